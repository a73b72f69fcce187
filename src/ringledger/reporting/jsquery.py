"""The jsquery language as PostgreSQL's extension reads it: text to a typed expression; makes no SQL.

An expression is a chain of steps; every step is tried on the value that the one before it found. The grammar and its
meaning follow postgrespro/jsquery 1.1 (jsquery_gram.y, jsquery_op.c).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from ringledger.reporting.jsquery_tokens import CONSTANTS, KEYWORDS, JsqueryError, Token, number, tokens

__all__ = [
    "ANYTHING",
    "Chain",
    "Comparison",
    "Expression",
    "Filter",
    "Index",
    "IsType",
    "Item",
    "JsqueryError",
    "Key",
    "Literal",
    "Logic",
    "Step",
    "parse",
]

DEEPEST: Final = 100
_LARGEST_INDEX: Final = 2**31 - 1

Literal = str | bool | Decimal | None


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

_TYPES: Final = frozenset(["array", "numeric", "object", "string", "boolean"])
_NAMES: Final = frozenset(["text", "number", "whole"]) | KEYWORDS | CONSTANTS
_OPERATORS: Final = frozenset(["=", "<", ">", "&", "hint"])


def parse(text: str) -> Expression:
    """The expression that the text writes down. Raises JsqueryError, also for a text out of all proportion."""
    parser = _Parser(tokens(text))
    expression = parser.expression(0)
    parser.expect("end")
    _check_lengths(expression, after_length=False)
    return expression


def _check_lengths(chain: Chain, *, after_length: bool) -> None:
    """Nothing can be looked for in a length: refuses names and places after `@#`."""
    for item in chain:
        match item:
            case Logic():
                for part in item.parts:
                    _check_lengths(part, after_length=after_length)
            case Filter():
                _check_lengths(item.expression, after_length=after_length)
            case Step("@#"):
                after_length = True
            case Step("$") | IsType():
                continue
            case Comparison(operator) if operator != ANYTHING:
                continue
            case _ if after_length:
                raise JsqueryError("a length is no longer looked into")


class _Parser:
    """Recursive descent over the tokens; `or` binds looser than `and`, and that than `not`."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    def expect(self, *kinds: str) -> Token:
        """Takes the next token, which must be of one of the kinds."""
        token = self._tokens[self._at]
        if token.kind not in kinds:
            raise JsqueryError(f"unexpected {token.text or token.kind!r}")
        self._at += 1
        return token

    def _kind(self, ahead: int = 0) -> str:
        place = min(self._at + ahead, len(self._tokens) - 1)
        return self._tokens[place].kind

    def _takes(self, kind: str) -> bool:
        taken = self._kind() == kind
        self._at += taken
        return taken

    def expression(self, depth: int) -> Chain:
        """Expressions joined by `or` and `and`, `depth` parentheses deep."""
        if depth > DEEPEST:
            raise JsqueryError("the expression is nested too deep")
        choices: list[Chain] = []
        while True:
            parts = [self._negation(depth)]
            while self._takes("and"):
                parts.append(self._negation(depth))
            choices.append(_joined("and", parts))
            if not self._takes("or"):
                return _joined("or", choices)

    def _negation(self, depth: int) -> Chain:
        negated = False
        while self._kind() == "not" and not self._is_key_named_not():
            self._at += 1
            negated = not negated
        part = self._in_parentheses(depth) if self._kind() == "(" else self._path(depth)
        return (Logic("not", (part,)),) if negated else part

    def _is_key_named_not(self) -> bool:
        """Whether a comparison or another key follows the `not`."""
        follows = self._kind(1)
        match follows:
            case "in":
                return self._kind(2) == "("
            case "is":
                return self._kind(2) in _TYPES
            case "@":
                return self._kind(2) == ">"
        return follows == "." or follows in _OPERATORS

    def _in_parentheses(self, depth: int) -> Chain:
        self.expect("(")
        inner = self.expression(depth + 1)
        self.expect(")")
        return inner

    def _path(self, depth: int) -> Chain:
        items = [self._step(depth)]
        while self._takes("."):
            items.append(self._step(depth))
        if self._kind() == "(":
            return (*items, *self._in_parentheses(depth))
        comparison = self._comparison()
        return tuple(items) if comparison is None else (*items, comparison)

    def _step(self, depth: int) -> Item:
        if self._kind() == "?":
            self._at += 1
            return Filter(self._in_parentheses(depth))
        token = self.expect("*", "#", "%", "$", "@", *_NAMES)
        match token.kind:
            case "@":
                self.expect("#")
                return Step("@#")
            case "$":
                return Step("$")
            case "*" | "#" | "%":
                return self._sign(token.kind)
        return Key(token.text)

    def _sign(self, sign: str) -> Item:
        if self._takes(":"):
            return Step(f"{sign}:")
        if sign == "#" and self._kind() == "whole":
            place = int(self.expect("whole").text.lstrip("0")[:11] or "0")
            if place > _LARGEST_INDEX:
                raise JsqueryError("an index is out of range")
            return Index(place)
        return Step(sign)

    def _comparison(self) -> Comparison | IsType | None:
        hinted = self._takes("hint")
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
        if self._takes("*"):
            return Comparison(ANYTHING, ())
        if self._kind() == "[":
            return Comparison("=", self._array(), is_array=True)
        return Comparison("=", (self._literal(),))

    def _order(self) -> Comparison:
        sign = self.expect("<", ">").kind
        if sign == "<" and self._kind() == "@":
            self._at += 1
            return Comparison("<@", self._array(), is_array=True)
        if self._takes("="):
            sign += "="
        return Comparison(sign, (number(self.expect("number", "whole").text),))

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
        while self._takes(","):
            literals.append(self._literal())
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self.expect(*_NAMES)
        match token.kind:
            case "null":
                return None
            case "true" | "false":
                return token.kind == "true"
            case "number" | "whole":
                return number(token.text)
        return token.text


def _joined(operator: str, parts: list[Chain]) -> Chain:
    return parts[0] if len(parts) == 1 else (Logic(operator, tuple(parts)),)
