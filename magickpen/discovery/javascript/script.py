"""JavaScript source -> its tokens and brackets, in time that is linear in its length."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

# Each of these takes what it began with to its end, or to the end of the line or the source where
# it has none, and gives no character back: whatever the input, nothing is read over and over.
_SPACE = r"\s++ | //[^\n]*+ | /\* [^*]*+ (?: \*(?!/) [^*]*+ )*+ (?: \*/ )?+"
_STRING = r""""[^"\\\n]*+ (?: \\. [^"\\\n]*+ )*+ "?+ | '[^'\\\n]*+ (?: \\. [^'\\\n]*+ )*+ '?+"""
_TEMPLATE_TEXT = r"[^`\\$]*+ (?: (?: \\. | \$(?!\{) ) [^`\\$]*+ )*+"

_FLAGS = re.VERBOSE | re.DOTALL
_TOKEN = re.compile(
    rf"""(?: {_SPACE} )*+
    ( [\w$\#]++
    | [{{}}()\[\],;] | => | \.{{3}} | \?\. | [=!]==?+ | &&=?+ | \|\|=?+ | \?\?=?+ | \+\+ | --
    | [-+*%&|^]= | {_STRING} | `{_TEMPLATE_TEXT}` | . | )""",
    _FLAGS,
)
_PLAIN = re.compile(rf"(?: [^\"'`/]++ | {_STRING} | `{_TEMPLATE_TEXT}` | {_SPACE} )*+", _FLAGS)
_PLAIN_WITHOUT_BRACES = re.compile(_PLAIN.pattern.replace("`/]", "`/{}]"), _FLAGS)
_TEMPLATE_PIECE = re.compile(rf"[`}}] {_TEMPLATE_TEXT} (?: ` | \$\{{ )?+", _FLAGS)
_REGULAR_EXPRESSION = re.compile(
    r"""/ [^/\\\[\n]*+
    (?: (?: \\. | \[ [^\]\\\n]*+ (?: \\. [^\]\\\n]*+ )*+ \]?+ ) [^/\\\[\n]*+ )*+ /?+ [\w$]*+""",
    re.VERBOSE,
)

GROUP, OBJECT, BLOCK, FUNCTION, CLASS = range(5)
"""What a bracket opens: parentheses, an array or a template; or one of the uses of braces."""

_UNMATCHED = array("i", [-1])
_OPENER_OF = {")": "(", "]": "[", "}": "{"}
_BRACKETS = frozenset("()[]{}")
_OPENERS = frozenset("([{")
BEFORE_EXPRESSION = frozenset(
    [
        "return",
        "typeof",
        "instanceof",
        "in",
        "of",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "yield",
        "await",
        "default",
        "extends",
        "else",
        "do",
        "import",
        "export",
    ]
)
_BEFORE_BLOCK = frozenset([";", "{", "}", "]", "else", "do", "try", "finally", "static"])
_WITH_BLOCK = frozenset(["if", "for", "while", "with", "switch", "catch", "await"])


STEPS_PER_TOKEN = 4
MIN_STEPS = 3_000_000


class WorkLimitError(Exception):
    """A script would take more work to understand than is reasonable for its size."""


class Work:
    """Counts the steps of making sense of a script: as many as it is long, and no more."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def spend(self, steps: int) -> None:
        """Count steps that are taken now.

        Raises:
            WorkLimitError: there are none left.
        """
        self._steps -= steps
        if self._steps < 0:
            raise WorkLimitError


class Script:
    """The tokens of a script, without spaces and comments, and how its brackets nest.

    Attributes:
        tokens: the tokens; strings and templates stand with their quotes, a regular expression as
            `/`. Of a template with substitutions, the text before the first one counts as an
            opening bracket, and the text after the last as its closing one.
        partner: for the index of a bracket, that of its partner (`len(tokens)` if it has none);
            -1 for other tokens.
        parent: for the index of an opening bracket, that of the one around it; -1 at the top.
        kind: for the index of an opening bracket, what it opens.
        work: what its readers spend their steps on.
    """

    def __init__(self, source: str) -> None:
        self.tokens: list[str] = []
        self.partner: array[int] = array("i")
        self.parent: array[int] = array("i")
        self.kind: bytearray = bytearray()
        self._brackets: array[int] = array("i")
        self._open: list[int] = []
        self._open_templates = 0
        self._last_closed = 0
        self._read(source)
        for opener in self._open:
            self.partner[opener] = len(self.tokens)
        self.work: Work = Work(STEPS_PER_TOKEN * len(self.tokens) + MIN_STEPS)

    @cached_property
    def places(self) -> Mapping[str, list[int]]:
        """Where each token stands."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for index, token in enumerate(self.tokens):
            found[token].append(index)
        return found

    @cached_property
    def called(self) -> Mapping[str, list[int]]:
        """Where each token stands before a `(`."""
        return self._before("(")

    @cached_property
    def assigned(self) -> Mapping[str, list[int]]:
        """Where each token stands before a `=`."""
        return self._before("=")

    @cached_property
    def appended(self) -> Mapping[str, list[int]]:
        """Where each token stands before a `+=`."""
        return self._before("+=")

    @cached_property
    def defined(self) -> Mapping[str, list[int]]:
        """The braces of the objects that are passed after each token: `define(token, {…})`."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for brace in self.places.get("{", []):
            if brace > 2 and self.tokens[brace - 1] == "," and self.tokens[brace - 3] == "(":
                found[self.tokens[brace - 2]].append(brace)
        return found

    def _before(self, following: str) -> Mapping[str, list[int]]:
        found: defaultdict[str, list[int]] = defaultdict(list)
        for index in self.places.get(following, []):
            found[self.tokens[index - 1]].append(index - 1)
        return found

    def around(self, index: int) -> int:
        """Return the index of the opening bracket around a token; -1 at the top."""
        place = bisect_left(self._brackets, index) - 1
        if place < 0:
            return -1
        bracket = self._brackets[place]
        partner = self.partner[bracket]
        return bracket if partner > bracket else self.parent[partner]

    def _read(self, source: str) -> None:
        position = 0
        while position < len(source):
            plain = _PLAIN_WITHOUT_BRACES if self._open_templates else _PLAIN
            start, position = position, _end(plain, source, position)
            if position > start:
                self._take(_TOKEN.findall(source, start, position))
            mark = source[position : position + 1]
            if mark == "/":
                end = (
                    position + 1 if self._divides() else _end(_REGULAR_EXPRESSION, source, position)
                )
                self._append("/")
            elif mark == "`" or (mark == "}" and self._in_template()):
                end = _end(_TEMPLATE_PIECE, source, position)
                self._take_template(source[position:end])
            else:
                end = position + 1
                self._take([mark])
            position = end

    def _take(self, tokens: list[str]) -> None:
        while tokens and not tokens[-1]:
            tokens.pop()
        start = len(self.tokens)
        self.tokens += tokens
        unmatched = _UNMATCHED * len(tokens)
        self.partner += unmatched
        self.parent += unmatched
        self.kind += bytes(len(tokens))
        # Bundles have a bracket every few characters, so these are not opened and closed by calls.
        every, stack, brackets = self.tokens, self._open, self._brackets
        partner, parent, kind = self.partner, self.parent, self.kind
        for index in [index for index, token in enumerate(tokens, start) if token in _BRACKETS]:
            token = every[index]
            if token in _OPENERS:
                if token == "{":
                    kind[index] = self._kind_of_brace(index)
                if stack:
                    parent[index] = stack[-1]
                stack.append(index)
                brackets.append(index)
            elif stack and every[stack[-1]] == _OPENER_OF[token]:
                opener = self._last_closed = stack.pop()
                partner[opener] = index
                partner[index] = opener
                brackets.append(index)

    def _append(self, token: str) -> None:
        """Take in a token that is no bracket by itself."""
        self.tokens.append(token)
        self.partner.append(-1)
        self.parent.append(-1)
        self.kind.append(GROUP)

    def _take_template(self, text: str) -> None:
        index = len(self.tokens)
        self._append(text)
        if text[0] == "`":
            self._open_at(index)
            self._open_templates += 1
        if not text.endswith("${"):
            self._close(index)
            self._open_templates -= 1

    def _open_at(self, index: int) -> None:
        self.parent[index] = self._open[-1] if self._open else -1
        self._open.append(index)
        self._brackets.append(index)

    def _close(self, index: int) -> None:
        opener = self._last_closed = self._open.pop()
        self.partner[opener] = index
        self.partner[index] = opener
        self._brackets.append(index)

    def _in_template(self) -> bool:
        return bool(self._open) and self.tokens[self._open[-1]][0] == "`"

    def _divides(self) -> bool:
        """Whether a slash is a division here, rather than the beginning of a regular expression."""
        if not self.tokens:
            return False
        before = self.tokens[-1]
        if before == ")":
            return not self._has_block(self._last_closed)
        if before == "}":
            return self.kind[self._last_closed] == OBJECT
        if before in BEFORE_EXPRESSION:
            return self.tokens[-2:-1] == ["."]
        if before.endswith("${"):
            return False
        return before in ("]", "++", "--") or before[0] in "\"'`}" or is_name(before)

    def _has_block(self, paren: int) -> bool:
        return paren > 0 and self.tokens[paren - 1] in _WITH_BLOCK

    def _kind_of_brace(self, index: int) -> int:
        before = self.tokens[index - 1] if index else ";"
        if before == ")":
            return BLOCK if self._has_block(self._last_closed) else FUNCTION
        if before == "=>":
            return FUNCTION
        if before in _BEFORE_BLOCK:
            return BLOCK
        if is_name(before) and before not in BEFORE_EXPRESSION:
            names_class = before == "class" or self.tokens[index - 2] in ("class", "extends", ".")
            return CLASS if names_class else BLOCK
        return OBJECT


def is_name(token: str) -> bool:
    """Whether a token is a name, a keyword or a number."""
    return token[0].isalnum() or token[0] in "_$#"


def _end(pattern: re.Pattern[str], source: str, position: int) -> int:
    match = pattern.match(source, position)
    assert match is not None, "these patterns match the empty text, or what stands here"
    return match.end()
