"""The jsquery language as PostgreSQL's extension reads it: text to a typed expression; makes no SQL.

An expression is a chain of steps; every step is tried on the value that the one before it found. The words and
their meaning follow postgrespro/jsquery 1.1 (jsquery_scan.l, jsquery_gram.y, jsquery_op.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

LONGEST: Final = 10_000
DEEPEST: Final = 50
MOST_STEPS: Final = 100
_LARGEST_INDEX: Final = 2**31 - 1
_LARGEST_EXPONENT: Final = 16_000

Literal = str | bool | Decimal | None


class JsqueryError(ValueError):
    """The text is no jsquery."""


class Key(msgspec.Struct, frozen=True, tag=True):
    """The member of that name."""

    name: str


class Index(msgspec.Struct, frozen=True, tag=True):
    """The array's element at that place, from 0."""

    place: int


class Step(msgspec.Struct, frozen=True, tag=True):
    """A step without a name: `*`, `#`, `%`, their forms for all (`*:`, `#:`, `%:`), `$` or `@#`."""

    sign: str


class Filter(msgspec.Struct, frozen=True, tag=True):
    """`?(...)`: goes on with the value if the expression holds for it."""

    expression: Chain


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """A comparison of the value; `literals` is what stands to its right, a single one unless `is_array`."""

    operator: str
    literals: tuple[Literal, ...]
    is_array: bool = False


class IsType(msgspec.Struct, frozen=True, tag=True):
    """`is array`, `is numeric` and so on."""

    name: str


class Logic(msgspec.Struct, frozen=True, tag=True):
    """`and`, `or` over two expressions or more, `not` over one."""

    operator: str
    parts: tuple[Chain, ...]


Item = Key | Index | Step | Filter | Comparison | IsType | Logic
Chain = tuple[Item, ...]
Expression = Chain

ANYTHING: Final = "= *"

_WORD: Final = r'[^?%$.\[\]()|&!=<>@#,* \t\n\r\f\\"/:]'
_TOKEN: Final = re.compile(
    rf"""(?P<blank>[ \t\n\r\f]+)
    |(?P<comment>/\*)
    |(?P<special>[?%$.\[\]()|&!=<>@#,*:])
    |(?P<quoted>")
    |(?P<number>(?:[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+|[+-]?\.[0-9]+[eE][+-]?[0-9]+|[+-]?[0-9]*\.[0-9]+|[+-][0-9]+)
       (?!{_WORD}))
    |(?P<whole>[0-9]+(?!{_WORD}))
    |(?P<word>{_WORD}|\\)
    |(?P<slash>/)""",
    re.VERBOSE,
)
_ESCAPES: Final = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_UNICODE: Final = re.compile(r"u([0-9A-Fa-f]{4})")
_HINT: Final = re.compile(r"--\s*(no)?index", re.IGNORECASE)
_ANY_CASE: Final = frozenset(["and", "or", "not", "in", "is", "array", "boolean", "numeric", "object", "string"])
_LOWER_CASE: Final = frozenset(["null", "true", "false"])
_TYPES: Final = frozenset(["array", "numeric", "object", "string", "boolean"])


class _Token(msgspec.Struct, frozen=True):
    """`kind` is a special sign, "number", "whole", "string", "hint", "end" or a keyword."""

    kind: str
    text: str


def parse(text: str) -> Expression:
    """The expression that the text writes down. Raises JsqueryError, also for a text out of all proportion."""
    if len(text) > LONGEST or "\0" in text:
        raise JsqueryError("the text is too long or holds a NUL")
    parser = _Parser(_tokens(text))
    expression = parser.expression(0)
    parser.expect("end")
    return expression


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise JsqueryError(f"unexpected {text[at]!r}")
        kind, at = str(found.lastgroup), found.end()
        if kind == "comment":
            hint, at = _comment(text, at)
            tokens.extend([_Token("hint", "")] if hint else [])
        elif kind == "quoted":
            value, at = _string(text, at, quoted=True)
            tokens.append(_Token("string", value))
        elif kind == "word":
            value, at = _string(text, found.start(), quoted=False)
            tokens.append(_Token(_keyword(value), value))
        elif kind == "special":
            tokens.append(_Token(found.group(), found.group()))
        elif kind in {"number", "whole"}:
            tokens.append(_Token(kind, found.group()))
    tokens.append(_Token("end", ""))
    return tokens


def _comment(text: str, at: int) -> tuple[bool, int]:
    end = text.find("*/", at)
    if end < 0:
        raise JsqueryError("a comment is not closed")
    return _HINT.match(text[at:end]) is not None, end + 2


def _keyword(word: str) -> str:
    if word in _LOWER_CASE or word.lower() in _ANY_CASE:
        return word.lower()
    return "string"


def _string(text: str, at: int, *, quoted: bool) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            part, at = _escaped(text, at + 1)
            parts.append(part)
        elif quoted and letter == '"':
            return _joined(parts), at + 1
        elif not quoted and (not re.match(_WORD, letter) and (letter != "/" or text.startswith("/*", at))):
            return _joined(parts), at
        else:
            parts.append(letter)
            at += 1
    if quoted:
        raise JsqueryError("a quoted string is not closed")
    return _joined(parts), at


def _escaped(text: str, at: int) -> tuple[str, int]:
    unicode = _UNICODE.match(text, at)
    if unicode:
        if unicode[1] == "0000":
            raise JsqueryError("a string cannot hold a NUL")
        return chr(int(unicode[1], 16)), at + 5
    letter = text[at : at + 1]
    if letter not in _ESCAPES or not letter:
        raise JsqueryError("a backslash escapes nothing")
    return _ESCAPES[letter], at + 1


def _joined(parts: list[str]) -> str:
    """The string of its parts, of which two may be the halves of a surrogate pair."""
    try:
        return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise JsqueryError("a surrogate stands alone") from None


class _Parser:
    """Recursive descent over the tokens; or binds looser than and, and than not."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def expect(self, *kinds: str) -> _Token:
        """Takes the next token, which must be of one of the kinds."""
        token = self._tokens[self._at]
        if token.kind not in kinds:
            raise JsqueryError(f"unexpected {token.text or 'end'!r}")
        self._at += 1
        return token

    def _sees(self, *kinds: str) -> bool:
        return self._kind() in kinds

    def _kind(self, ahead: int = 0) -> str:
        place = min(self._at + ahead, len(self._tokens) - 1)
        return self._tokens[place].kind

    def expression(self, depth: int) -> Chain:
        """Expressions joined by or."""
        if depth > DEEPEST:
            raise JsqueryError("the expression is nested too deep")
        return self._joined("or", lambda: self._joined("and", lambda: self._negation(depth)))

    def _joined(self, operator: str, part: Callable[[], Chain]) -> Chain:
        parts = [part()]
        while self._sees(operator):
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else (Logic(operator, tuple(parts)),)

    def _negation(self, depth: int) -> Chain:
        if depth > DEEPEST:
            raise JsqueryError("the expression is nested too deep")
        # `not` is a key where a comparison or another key follows it.
        if self._sees("not") and not self._is_key_named_not():
            self._at += 1
            return (Logic("not", (self._negation(depth + 1),)),)
        if self._sees("("):
            return self._in_parentheses(depth)
        return self._path(depth)

    def _is_key_named_not(self) -> bool:
        follows = self._kind(1)
        if follows in {"in", "is"}:
            ahead = self._kind(2)
            return ahead == "(" if follows == "in" else ahead in _TYPES
        return follows in {".", "=", "<", ">", "&", "hint"} or (follows == "@" and self._kind(2) == ">")

    def _in_parentheses(self, depth: int) -> Chain:
        self.expect("(")
        inner = self.expression(depth + 1)
        self.expect(")")
        return inner

    def _path(self, depth: int) -> Chain:
        named_not = self._sees("not")
        items = [self._step(depth)]
        if named_not and not self._sees(".", "=", "<", ">", "&", "@", "in", "is", "hint"):
            raise JsqueryError("not stands alone")
        while self._sees("."):
            self._at += 1
            items.append(self._step(depth))
        if len(items) > MOST_STEPS:
            raise JsqueryError("a path has too many steps")
        if self._sees("("):
            return (*items, *self._in_parentheses(depth))
        comparison = self._comparison()
        if comparison is not None:
            return (*items, comparison)
        if items[-1] == Step("@#"):
            raise JsqueryError("a length is compared with nothing")
        return tuple(items)

    def _step(self, depth: int) -> Item:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind in {"*", "#", "%"}:
            return self._sign(token.kind)
        if token.kind == "$":
            return Step("$")
        if token.kind == "@":
            self.expect("#")
            return Step("@#")
        if token.kind == "?":
            return Filter(self._in_parentheses(depth))
        if token.kind in {"string", "number", "whole", *_ANY_CASE, *_LOWER_CASE}:
            return Key(token.text)
        raise JsqueryError(f"unexpected {token.text or 'end'!r}")

    def _sign(self, sign: str) -> Item:
        if self._sees(":"):
            self._at += 1
            return Step(f"{sign}:")
        if sign == "#" and self._sees("whole"):
            place = int(self.expect("whole").text)
            if place > _LARGEST_INDEX:
                raise JsqueryError("an index is out of range")
            return Index(place)
        return Step(sign)

    def _comparison(self) -> Comparison | IsType | None:
        hinted = self._sees("hint")
        self._at += hinted
        match self._kind():
            case "=":
                self._at += 1
                return self._equal()
            case "<" | ">":
                return self._order()
            case "@" | "&":
                return self._array_operator()
            case "in":
                self._at += 1
                self.expect("(")
                literals = self._literals()
                self.expect(")")
                return Comparison("in", literals, is_array=True)
            case "is":
                self._at += 1
                return IsType(self.expect(*_TYPES).kind)
        if hinted:
            raise JsqueryError("a hint stands before no comparison")
        return None

    def _equal(self) -> Comparison:
        if self._sees("*"):
            self._at += 1
            return Comparison(ANYTHING, ())
        if self._sees("["):
            return Comparison("=", self._array(), is_array=True)
        return Comparison("=", (self._literal(),))

    def _order(self) -> Comparison:
        sign = self.expect("<", ">").kind
        if sign == "<" and self._sees("@"):
            self._at += 1
            return Comparison("<@", self._array(), is_array=True)
        if self._sees("="):
            self._at += 1
            sign += "="
        return Comparison(sign, (_number(self.expect("number", "whole").text),))

    def _array_operator(self) -> Comparison:
        first = self.expect("@", "&").kind
        second = self.expect(">" if first == "@" else "&").kind
        return Comparison(first + second, self._array(), is_array=True)

    def _array(self) -> tuple[Literal, ...]:
        self.expect("[")
        literals = self._literals()
        self.expect("]")
        return literals

    def _literals(self) -> tuple[Literal, ...]:
        literals = [self._literal()]
        while self._sees(","):
            self._at += 1
            literals.append(self._literal())
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self.expect("string", "number", "whole", *_ANY_CASE, *_LOWER_CASE)
        match token.kind:
            case "null":
                return None
            case "true" | "false":
                return token.kind == "true"
            case "number" | "whole":
                return _number(token.text)
        return token.text


def _number(text: str) -> Decimal:
    exponent = re.search(r"[eE]([+-]?\d+)$", text)
    if exponent and (len(exponent[1]) > 8 or abs(int(exponent[1])) > _LARGEST_EXPONENT):
        raise JsqueryError("a number is out of range")
    return Decimal(text)
