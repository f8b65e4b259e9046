"""The tokens and brackets of a script, read in time that is linear in its length."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property
from sys import intern

from magickpen.discovery.javascript.tokens import Work, is_name

# Each of these takes what it began with to its end, or to the end of the line or the source where
# it has none, and gives no character back: whatever the input, nothing is read over and over.
_SPACE = r"\s++ | //[^\n]*+ | /\* [^*]*+ (?: \*(?!/) [^*]*+ )*+ (?: \*/ )?+"
_STRING = r""""[^"\\\n]*+ (?: \\. [^"\\\n]*+ )*+ "?+ | '[^'\\\n]*+ (?: \\. [^'\\\n]*+ )*+ '?+"""
_TEMPLATE_TEXT = r"[^`\\$]*+ (?: (?: \\. | \$(?!\{) ) [^`\\$]*+ )*+"

_FLAGS = re.VERBOSE | re.DOTALL
_TOKEN = re.compile(
    rf"""(?: {_SPACE} )*+
    ( \d[\w]*+ (?: \.\d\w*+ )?+ (?: (?<=[eE]) [-+]\d++ )?+ | [\w$\#]++
    | [{{}}()\[\],;] | => | \.{{3}} | \?\.(?!\d) | [=!]==?+ | &&=?+ | \|\|=?+ | \?\?=?+ | \+\+ | --
    | \*\*=?+ | <<=?+ | >>>?+=?+ | [-+*%&|^<>]= | {_STRING} | `{_TEMPLATE_TEXT}` | . | )""",
    _FLAGS,
)
# One call of a regular expression holds Python's lock, so each takes in a slice of the source.
_PLAIN = re.compile(
    rf"""(?: [^"'`/]{{1,400}}+ [\w$\#.=&|?+*<>!%^~-]{{0,64}}+
    | {_STRING} | `{_TEMPLATE_TEXT}` | {_SPACE} ){{0,256}}+""",
    _FLAGS,
)
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
_NOWHERE = array("i")
_PUNCTUATION = frozenset(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ".",
        ":",
        "=",
        "=>",
        "?",
        "+",
        "-",
        "*",
        "!",
        "&&",
        "||",
        "===",
        "!==",
        "/",
        "<",
        ">",
    ]
)
_OPENER_OF = {")": "(", "]": "[", "}": "{"}
_OPENERS = frozenset(_OPENER_OF.values())
_BRACKETS = _OPENERS | _OPENER_OF.keys()
_OPERATORS = frozenset(
    ["return", "typeof", "instanceof", "in", "of", "new", "delete", "void", "throw"]
)
BEFORE_EXPRESSION = (
    _OPERATORS
    | frozenset(["case", "yield", "await", "default", "extends", "else", "do"])
    | frozenset(["import", "export"])
)
_DECLARING = frozenset(["var", "let", "const", "export"])
_BEFORE_BLOCK = frozenset([";", "{", "}", "]", "else", "do", "try", "finally", "static"])
_WITH_BLOCK = frozenset(["if", "for", "while", "with", "switch", "catch", "await"])


STEPS_PER_CHARACTER = 3
MIN_STEPS = 3_000_000


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

    def __init__(self, source: str, expired: Callable[[], bool] = lambda: False) -> None:
        self.tokens: list[str] = []
        self.partner: array[int] = array("i")
        self.parent: array[int] = array("i")
        self.kind: bytearray = bytearray()
        self.work: Work = Work(STEPS_PER_CHARACTER * len(source) + MIN_STEPS, expired)
        self._brackets: array[int] = array("i")
        self._open: list[int] = []
        self._open_templates = 0
        self._last_closed = 0
        self._read(source)
        for opener in self._open:
            self.partner[opener] = len(self.tokens)

    @cached_property
    def places(self) -> Mapping[str, array[int]]:
        """Where each name and string stands."""
        found: dict[str, array[int]] = {}
        for index, token in enumerate(self.tokens):
            if token in _PUNCTUATION:
                continue
            if token in found:
                found[token].append(index)
            else:
                found[token] = array("i", (index,))
        return found

    def occurrences(self, token: str, start: int = 0, end: int | None = None) -> array[int]:
        """Return where a token stands between two indexes, from left to right."""
        places = self.places.get(token, _NOWHERE)
        first = bisect_left(places, start)
        last = len(places) if end is None else bisect_left(places, end)
        self.work.spend(1 + last - first)
        return places[first:last]

    def matches(self, index: int, *tokens: str) -> bool:
        """Whether these tokens stand at an index."""
        return index >= 0 and self.tokens[index : index + len(tokens)] == list(tokens)

    def end_of_expression(self, index: int) -> int:
        """Return the index after an expression: of its comma, semicolon or closing bracket."""
        tokens, partner = self.tokens, self.partner
        size, start, steps = len(tokens), index, 0
        while index < size:
            token = tokens[index]
            if partner[index] > index:
                index = partner[index]
            elif token[0] in ",;)]}" or (token in _DECLARING and tokens[index - 1] != "."):
                break
            index += 1
            steps += 1
        self.work.spend(1 + steps)
        return min(max(index, start), size)

    def start_of_operand(self, end: int) -> int:
        """Return where the operand begins that ends before an index: `a.b(c)[d]`."""
        tokens, partner = self.tokens, self.partner
        index = end - 1
        while index > 0:
            self.work.spend(1)
            if 0 <= partner[index] < index:
                index = partner[index]
                before = tokens[index - 1]
                is_keyword = before in BEFORE_EXPRESSION and tokens[index - 2] != "."
                belongs = is_name(before) and not is_keyword
                if tokens[index] in ("[", "(") and (belongs or before in (")", "]", "}")):
                    index -= 1
                    continue
            if tokens[index - 1] not in (".", "?."):
                break
            index -= 2
        return max(index, 0)

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
            self.work.spend(1)
            plain = _PLAIN_WITHOUT_BRACES if self._open_templates else _PLAIN
            start, position = position, _end(plain, source, position)
            if position > start:
                self.work.spend(position - start)
                self._take(_TOKEN.findall(source, start, position))
                continue
            mark = source[position]
            if mark == "/":
                divides = self._divides()
                end = position + 1 if divides else _end(_REGULAR_EXPRESSION, source, position)
                is_assignment = divides and source.startswith("=", end)
                self._append("/=" if is_assignment else "/")
                end += is_assignment
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
        self.tokens += map(intern, tokens)
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


def _end(pattern: re.Pattern[str], source: str, position: int) -> int:
    match = pattern.match(source, position)
    assert match is not None, "these patterns match the empty text, or what stands here"
    return match.end()
