"""What an HTML page says of the site's scripts.

The standard library's parser of HTML takes quadratic time for what a hostile page may hold.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

_TAG = re.compile(
    r"""<!-- [^-]*+ (?: -(?!->) [^-]*+ )*+
    | < (script|link|base) (?=[\s/>]) ( (?: [^>"']++ | "[^"]*+"?+ | '[^']*+'?+ )*+ ) >?+""",
    re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]++) (?: \s*+ = \s*+ (?: "([^"]*+) | '([^']*+) | ([^\s"'>]++) ) )?+""",
    re.VERBOSE,
)
_END_OF_SCRIPT = re.compile(r"</script", re.IGNORECASE)
_SCRIPT_TYPES = ("", "module", "text/javascript", "application/javascript")

MAX_ATTRIBUTE = 2000
"""How long an attribute may be: a longer one is no link, and might hold a number that Python does
not read."""

MAX_FOLDERS = 100
"""How many folders of an import map are looked through for each import."""


class Likelihood(IntEnum):
    """How likely a link leads to the constants; the most likely first."""

    NEEDED = 0
    """A script that was read needs it to say what is sent."""
    LOADED = 1
    """The page loads it."""
    IMPORTED = 2
    """A script imports it."""
    ON_DEMAND = 3
    """It is loaded when somebody goes to another page of the site."""
    FALLBACK = 4
    """It is for old browsers, and says what another one says, too."""


class Link(NamedTuple):
    """A link to a script.

    Attributes:
        url: where it leads; "" where it is no URL.
        likelihood: how likely that is where the constants are.
        others: where else the script may be, if it is not there.
    """

    url: str
    likelihood: Likelihood
    others: tuple[str, ...] = ()


class ImportMap:
    """Which URLs the names in imports stand for."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}
        self._folders: list[str] = []

    def add(self, text: str, base: str) -> None:
        """Take in the text of an import map; a damaged one says nothing."""
        try:
            imports = json.loads(text)["imports"]
            named = {name: target for name, target in imports.items() if isinstance(target, str)}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        for name, target in named.items():
            self._urls[_absolute(name, base) or name] = joined(base, target)
        folders = sorted((key for key in self._urls if key.endswith("/")), key=len, reverse=True)
        self._folders = folders[:MAX_FOLDERS]

    def resolve(self, importer: str, name: str) -> str:
        """Return the URL of what an import names; "" where it names nothing that can be read.

        Args:
            importer: the URL of the script that imports it.
            name: the import's name.
        """
        url = _absolute(name, importer) or name
        if url in self._urls:
            return self._urls[url]
        for folder in self._folders:
            if url.startswith(folder):
                return joined(self._urls[folder], url.removeprefix(folder))
        return _absolute(name, importer)


def joined(base: str, link: str) -> str:
    """Return the URL that a link stands for; "" where it cannot be one."""
    try:
        return urldefrag(urljoin(base, link)).url
    except ValueError:
        return ""


def _absolute(name: str, base: str) -> str:
    is_url = name.startswith(("/", "./", "../")) or "://" in name
    return joined(base, name) if is_url else ""


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


def read_page(text: str, url: str) -> Page:
    """Return what a page that came from a URL says of its scripts."""
    page = Page(url)
    links: dict[str, Likelihood] = {}
    maps: list[str] = []
    position = 0
    while (tag := _TAG.search(text, position)) is not None:
        position = tag.end()
        name = (tag[1] or "").lower()
        attributes = _attributes(tag[2] or "")
        link = ""
        likelihood = Likelihood.LOADED
        if name == "base" and page.base == url:
            page.base = joined(url, attributes.get("href", ""))
        elif name == "script":
            end = _END_OF_SCRIPT.search(text, position)
            content = text[position : end.start() if end else len(text)]
            position = end.end() if end else len(text)
            link = attributes.get("src", "") or attributes.get("data-src", "")
            if "nomodule" in attributes:
                likelihood = Likelihood.FALLBACK
            if attributes.get("type") == "importmap":
                maps.append(content)
            elif not link and attributes.get("type", "") in _SCRIPT_TYPES:
                page.inline.append(content)
        elif name == "link":
            relations = attributes.get("rel", "").lower().split()
            if "modulepreload" in relations or attributes.get("as") == "script":
                link = attributes.get("href", "")
            if "prefetch" in relations:
                likelihood = Likelihood.ON_DEMAND
        if link:
            links[link] = min(likelihood, links.get(link, likelihood))
    for text_of_map in maps:
        page.import_map.add(text_of_map, page.base)
    page.links = [Link(joined(page.base, link), likelihood) for link, likelihood in links.items()]
    return page


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(text):
        value = "".join(values)
        if len(value) <= MAX_ATTRIBUTE:
            found.setdefault(name.lower(), html.unescape(value).strip())
    return found
