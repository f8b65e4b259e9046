"""What an HTML page says of the site's scripts, as far as a browser would load them.

The page is read as the HTML Standard of the WHATWG does it (13.2.5, Tokenization), in time that is
linear in its length, and in steps that are short: no call on a long text holds the interpreter up.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html.entities import html5
from typing import NamedTuple

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.import_map import ImportMap
from magickpen.discovery.javascript.tokens import Work, WorkLimitError
from magickpen.discovery.urls import joined
from magickpen.discovery.waiting import Likelihood, Link

MAX_LINKS = 1000
"""How many links of a page are kept: ten times as many as scripts are read by default."""

MAX_INLINE = 200
"""How many scripts that stand in a page are kept: each is understood by itself."""

MAX_DEPTH = 100
"""How many elements are known that a place in the page is inside of."""

_SLICE = 64 * 1024
"""How many characters a regular expression looks at in one call, during which no other thread
runs."""

_LONGEST_MARK = 16
"""More characters than a mark has that is searched for."""

_SPACES = re.compile(r"[\t\n\f\r ]*+")
_BETWEEN = re.compile(r"[\t\n\f\r /]*+")
_NAME = re.compile(r"[^\t\n\f\r />=]*+")
_UNQUOTED = re.compile(r"[^\t\n\f\r >]*+")
_TAG = re.compile(r"<(/?)([a-zA-Z][^\t\n\f\r />]{0,31}+)")
_EMPTY_COMMENT = re.compile(r"<!---?>")
_END_OF_COMMENT = re.compile(r"--!?>")
_MARK_IN_SCRIPT = re.compile(r"<!--|-->|</?script(?=[\t\n\f\r />])", re.I | re.A)
_REFERENCE = re.compile(r"&(?:#(?:[0-9]{1,4000}+|[xX][0-9a-fA-F]++);?|[a-zA-Z0-9]++(?:;|(?!=)))")

_RAW = ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript")
_END_OF_RAW = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.I | re.A) for name in _RAW}
_NESTED = ("svg", "foreignobject", "template")
_ATTRIBUTES = ("src", "data-src", "href", "xlink:href", "type", "nomodule", "rel", "as")
_SCRIPT_TYPE = re.compile(
    r"module | (?:application|text)/(?:x-)?(?:java|ecma)script"
    r"| text/(?:javascript1\.[0-5]|jscript|livescript)",
    re.VERBOSE | re.ASCII,
)


@dataclass(slots=True)
class Page:
    """The scripts of a page.

    Attributes:
        base: the URL that its links are relative to.
        links: the scripts that it links to.
        inline: the text of the scripts that stand in it.
        import_map: its import map.
    """

    base: str
    links: list[Link] = field(default_factory=list[Link])
    inline: list[str] = field(default_factory=list[str])
    import_map: ImportMap = field(default_factory=ImportMap)


def read_page(text: str, url: str, work: Work) -> Page:
    """Return what a page says of its scripts, or of the first of them if it takes too long.

    Args:
        text: the page.
        url: where it came from.
        work: what the steps of reading it are spent from.
    """
    reader = _PageReader(text, url, work)
    with suppress(WorkLimitError):
        reader.read()
    for (base, link), likelihood in reader.links.items():
        reader.page.links.append(Link(joined(base, link), likelihood))
    return reader.page


class _Tag(NamedTuple):
    name: str
    attributes: Mapping[str, str]
    closes_itself: bool
    end: int


class _PageReader:
    def __init__(self, text: str, url: str, work: Work) -> None:
        self._text = text
        self._work = work
        self.page = Page(url)
        self._has_base = False
        self._around: list[str] = []
        """The elements around that change the meaning of others: templates, and SVG."""
        self.links: dict[tuple[str, str], Likelihood] = {}

    def read(self) -> None:
        """Read the page, tag by tag."""
        position = 0
        while (position := self._text.find("<", position)) >= 0:
            self._work.spend(1)
            opening = _TAG.match(self._text, position)
            tag = self._tag(opening) if opening else None
            if opening is None:
                position = self._end_of_declaration(position)
            elif tag is None:
                return
            elif opening[1]:
                # Whatever was left open in it is closed, too.
                inside = self._around[::-1].index(tag.name) + 1 if tag.name in self._around else 0
                del self._around[len(self._around) - inside :]
                position = tag.end
            else:
                position = self._end_of_element(tag)

    def _end_of_run(self, pattern: re.Pattern[str], position: int) -> int:
        """Return where the characters end that a pattern matches, however many there are."""
        while True:
            match = pattern.match(self._text, position, position + _SLICE)
            end = match.end() if match else position
            if end < position + _SLICE:
                return end
            position = end

    def _search(self, pattern: re.Pattern[str], position: int) -> re.Match[str] | None:
        """Return the first match of a pattern for a mark."""
        while position < len(self._text):
            match = pattern.search(self._text, position, position + _SLICE + _LONGEST_MARK)
            if match is not None:
                return match
            position += _SLICE
        return None

    def _after(self, mark: str, position: int) -> int:
        found = self._text.find(mark, position)
        return len(self._text) if found < 0 else found + len(mark)

    def _end_of_declaration(self, start: int) -> int:
        """Return where a comment or a declaration ends, or a `<` that begins nothing."""
        text = self._text
        if text.startswith("<!--", start):
            end = _EMPTY_COMMENT.match(text, start) or self._search(_END_OF_COMMENT, start + 4)
            return end.end() if end else len(text)
        return self._after(">", start) if text.startswith(("<!", "<?", "</"), start) else start + 1

    def _tag(self, opening: re.Match[str]) -> _Tag | None:
        """Return a tag by its beginning; None if the page ends in it."""
        text = self._text
        attributes: dict[str, str] = {}
        position = opening.end()
        while (start := self._end_of_run(_BETWEEN, position)) < len(text):
            self._work.spend(1)
            if text[start] == ">":
                closes_itself = start > position and text[start - 1] == "/"
                return _Tag(opening[2].lower(), attributes, closes_itself, start + 1)
            # An equals sign may begin a name.
            end = self._end_of_run(_NAME, start + 1)
            name, value = text[start : min(end, start + 32)].lower(), ""
            position = self._end_of_run(_SPACES, end)
            if text.startswith("=", position):
                start = self._end_of_run(_SPACES, position + 1)
                if text.startswith(("'", '"'), start):
                    position = self._after(text[start], start + 1)
                    start, end = start + 1, position - 1
                else:
                    position = end = self._end_of_run(_UNQUOTED, start)
                # What is longer is no URL, and has to stay so.
                value = text[start : min(end, start + MAX_URL_LENGTH + 1)]
            if name in _ATTRIBUTES and name not in attributes:
                attributes[name] = _REFERENCE.sub(_character, value)
        return None

    def _end_of_element(self, tag: _Tag) -> int:
        """Take in an element. Return where its tag ends, or its content if that is no markup."""
        name, in_svg = tag.name, self._around[-1:] == ["svg"]
        if name == "script":
            return self._end_of_script(tag, in_svg)
        if name in _NESTED and len(self._around) < MAX_DEPTH:
            # HTML has no elements that close themselves, and SVG has.
            self._around += [name] * (name == "template" or not tag.closes_itself)
        elif name in _RAW and not in_svg:
            match = self._search(_END_OF_RAW[name], tag.end)
            return match.start() if match else len(self._text)
        elif not in_svg and "template" not in self._around:
            self._take_base_or_link(name, tag.attributes)
        return tag.end

    def _take_base_or_link(self, name: str, attributes: Mapping[str, str]) -> None:
        link = attributes.get("href", "")
        relations = attributes.get("rel", "").lower().split()
        is_script = attributes.get("as", "").lower() == "script"
        if name == "base" and "href" in attributes and not self._has_base:
            self._has_base = True
            self.page.base = joined(self.page.base, link) or self.page.base
        elif name == "link" and (is_script or "modulepreload" in relations):
            if "prefetch" in relations:
                self._add(link, Likelihood.ON_DEMAND)
            elif not {"modulepreload", "preload"}.isdisjoint(relations):
                self._add(link, Likelihood.LOADED)

    def _end_of_script(self, tag: _Tag, in_svg: bool) -> int:
        """Take in a script. Return where it ends."""
        end = tag.end if in_svg and tag.closes_itself else self._end_of_script_text(tag.end)
        names = ("href", "xlink:href", "src") if in_svg else ("src", "data-src")
        link = next((tag.attributes[name] for name in names if name in tag.attributes), None)
        # A browser loads what the page ends in, but does not run it.
        if "template" not in self._around and (link is not None or end < len(self._text)):
            self._take_script(tag, link, end)
        return end

    def _take_script(self, tag: _Tag, link: str | None, end: int) -> None:
        kind = (tag.attributes.get("type") or "text/javascript").strip().lower()
        is_script = _SCRIPT_TYPE.fullmatch(kind) is not None
        is_old = "nomodule" in tag.attributes and kind != "module"
        if link is not None:
            if is_script:
                self._add(link, Likelihood.FALLBACK if is_old else Likelihood.LOADED)
        elif kind == "importmap":
            self.page.import_map.add(self._text[tag.end : end], self.page.base)
        elif is_script and not is_old and len(self.page.inline) < MAX_INLINE:
            self.page.inline.append(self._text[tag.end : end])

    def _end_of_script_text(self, position: int) -> int:
        """Return where the end tag of a script begins.

        After `<!--`, a `<script>` takes an end tag of its own, up to `-->`.
        """
        in_comment = in_script = False
        while (mark := self._search(_MARK_IN_SCRIPT, position)) is not None:
            self._work.spend(1)
            # The dashes of `<!-->` end what they begin.
            position = mark.end() - 2 * (mark[0] == "<!--")
            if mark[0] == "<!--":
                in_comment = True
            elif mark[0] == "-->":
                in_comment = in_script = False
            elif mark[0][1] != "/":
                in_script = in_comment
            elif in_script:
                in_script = False
            else:
                return mark.start()
        return len(self._text)

    def _add(self, link: str, likelihood: Likelihood) -> None:
        key = (self.page.base, link)
        if link and (key in self.links or len(self.links) < MAX_LINKS):
            self.links[key] = min(likelihood, self.links.get(key, likelihood))


def _character(reference: re.Match[str]) -> str:
    """Return the character that a reference in an attribute stands for."""
    text = reference[0]
    return html.unescape(text) if text[1] == "#" or text[1:] in html5 else text
