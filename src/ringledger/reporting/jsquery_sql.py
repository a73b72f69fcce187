"""A jsquery expression as the engine's SQL over an array's or object's column; its shape types every path.

The JSON value that jsquery sees is that of the reply: missing members are null, moments are texts in the
account's time zone. What a path cannot find is decided here and costs the engine nothing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from ringledger.reporting.jsquery import (
    ANYTHING,
    Chain,
    Comparison,
    Expression,
    Filter,
    Index,
    IsType,
    Item,
    JsqueryError,
    Key,
    Literal,
    Logic,
    Step,
)

Bind = Callable[[object, str], str]

TRUE: Final = "1"
FALSE: Final = "0"
_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**63 - 1
_MOST_STEPS: Final = 20_000
_DEEPEST: Final = 210
_COMPARISONS: Final = {"=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_FORMAT: Final = "'%Y-%m-%d %H:%i:%S'"


class Member(msgspec.Struct, frozen=True):
    """A member of an array's objects; `kind` is the protocol's name of its type."""

    name: str
    kind: str


class ArrayShape(msgspec.Struct, frozen=True):
    """The shape of an array's elements: objects with these members, or plain strings where None."""

    members: tuple[Member, ...] | None


class ObjectShape(msgspec.Struct, frozen=True):
    """The members of an object."""

    members: tuple[Member, ...]


Shape = ArrayShape | ObjectShape


class _Scalar(msgspec.Struct, frozen=True):
    """A value that is no container; `sql` is its column, which is null where the JSON value is."""

    sql: str
    kind: str


class _Object(msgspec.Struct, frozen=True):
    """An object with members."""

    members: dict[str, _Scalar]


class _Array(msgspec.Struct, frozen=True):
    """An array's column."""

    sql: str
    shape: ArrayShape


_Value = _Scalar | _Object | _Array


def to_sql(expression: Expression, column: str, shape: Shape, bind: Bind, timezone: str) -> str:
    """A condition, 0 or 1 and never null, that tells whether the column's value matches the expression.

    `bind` gives a placeholder for a value of an engine type, `timezone` is the SQL text of the zone's name. Raises
    JsqueryError for an expression that stands for more paths than a query should hold.
    """
    writer = _Writer(bind, timezone)
    return writer.chain(expression, 0, writer.value(column, shape), of_length=False)


class _Writer:
    """Walks a chain over typed values as the extension's recursiveExecute walks it over a JSON value."""

    def __init__(self, bind: Bind, timezone: str) -> None:
        self._bind = bind
        self._timezone = timezone
        self._lambdas = 0
        self._steps = 0
        self._depth = 0

    def value(self, column: str, shape: Shape) -> _Value:
        """The column as a typed value."""
        if isinstance(shape, ArrayShape):
            return _Array(column, shape)
        return _Object({m.name: _Scalar(self._text(f"{column}.{m.name}", m.kind), m.kind) for m in shape.members})

    def chain(self, chain: Chain, at: int, value: _Value, *, of_length: bool) -> str:
        """The condition that the chain holds for the value from its step `at` on."""
        self._steps += 1
        self._depth += 1
        if self._steps > _MOST_STEPS or self._depth > _DEEPEST:
            raise JsqueryError("the expression means too many paths")
        held: list[str] = []
        for place in range(at, len(chain)):
            match chain[place]:
                case Step("$"):
                    continue
                case Step("@#"):
                    of_length = True
                case Filter(expression):
                    held.append(self.chain(expression, 0, value, of_length=of_length))
                case Logic() as logic:
                    held.append(self._logic(logic, value, of_length=of_length))
                case Comparison() as comparison:
                    compare = self._length if of_length else self._comparison
                    held.append(compare(comparison, value))
                case IsType(name):
                    held.append(self._is(name, value))
                case item:
                    held.append(self._move(item, chain, place + 1, value))
                    break
        self._depth -= 1
        return _all(held)

    def _move(self, item: Item, chain: Chain, at: int, value: _Value) -> str:
        match item:
            case Key(name):
                member = value.members.get(name) if isinstance(value, _Object) else None
                return FALSE if member is None else self.chain(chain, at, member, of_length=False)
            case Index(place):
                return self._element(chain, at, value, place)
            case Step("#" | "#:" as sign):
                return self._elements(chain, at, value, every=sign == "#:")
            case Step("%" | "%:" as sign):
                return self._members(chain, at, value, every=sign == "%:")
            case Step(sign):
                return self._anywhere(chain, at, value, every=sign == "*:")
        raise TypeError(f"{item!r} is no step of a path")

    def _logic(self, item: Logic, value: _Value, *, of_length: bool) -> str:
        if item.operator == "not":
            return _negated(self.chain(item.parts[0], 0, value, of_length=of_length))
        parts = [self.chain(part, 0, value, of_length=of_length) for part in item.parts]
        return _all(parts) if item.operator == "and" else _any(parts)

    def _elements(self, chain: Chain, at: int, value: _Value, *, every: bool) -> str:
        if not isinstance(value, _Array):
            return FALSE
        if at == len(chain):
            return TRUE
        found = None if every else self._has(chain, at, value)
        return found or self._over(value, lambda element: self.chain(chain, at, element, of_length=False), every=every)

    def _has(self, chain: Chain, at: int, value: _Array) -> str | None:
        """`# = literal` and `#.member = literal`, what most filters are, without a lambda."""
        match chain[at:]:
            case (Key(name), Comparison("=", (literal,), False)) if literal is not None:
                kinds = {member.name: member.kind for member in value.shape.members or ()}
                array, kind = f"{value.sql}.{name}", kinds.get(name)
            case (Comparison("=", (literal,), False),) if literal is not None and value.shape.members is None:
                array, kind = value.sql, "string"
            case _:
                return None
        if kind is None or kind == "iso8601":
            return None
        found = self._literal(literal, kind)
        return FALSE if found is None else f"has({array}, {found})"

    def _over(self, value: _Array, condition: Callable[[_Value], str], *, every: bool) -> str:
        self._lambdas += 1
        prefix = f"x{self._lambdas}"
        element = self._variables(value.shape, prefix)
        body = condition(element)
        if body == TRUE:
            return TRUE if every else f"notEmpty({value.sql})"
        if body == FALSE:
            return f"empty({value.sql})" if every else FALSE
        names, arrays = self._used(value, prefix, body)
        return f"array{'All' if every else 'Exists'}(({', '.join(names)}) -> {body}, {', '.join(arrays)})"

    def _variables(self, shape: ArrayShape, prefix: str) -> _Value:
        if shape.members is None:
            return _Scalar(prefix, "string")
        return _Object({m.name: _Scalar(self._text(f"{prefix}_{m.name}", m.kind), m.kind) for m in shape.members})

    def _used(self, value: _Array, prefix: str, body: str) -> tuple[list[str], list[str]]:
        """The variables that the body needs and the arrays that they run over: whole tuples are never read."""
        if value.shape.members is None:
            return [prefix], [value.sql]
        names = [m.name for m in value.shape.members if f"{prefix}_{m.name}" in _words(body)]
        return [f"{prefix}_{name}" for name in names], [f"{value.sql}.{name}" for name in names]

    def _element(self, chain: Chain, at: int, value: _Value, place: int) -> str:
        if not isinstance(value, _Array):
            return FALSE
        element: _Value
        if value.shape.members is None:
            element = _Scalar(f"{value.sql}[{place + 1}]", "string")
        else:
            element = _Object(
                {
                    m.name: _Scalar(self._text(f"{value.sql}.{m.name}[{place + 1}]", m.kind), m.kind)
                    for m in value.shape.members
                }
            )
        return _all([f"length({value.sql}) > {place}", self.chain(chain, at, element, of_length=False)])

    def _members(self, chain: Chain, at: int, value: _Value, *, every: bool) -> str:
        if not isinstance(value, _Object):
            return FALSE
        if at == len(chain):
            return TRUE
        found = [self.chain(chain, at, member, of_length=False) for member in value.members.values()]
        return _all(found) if every else _any(found)

    def _anywhere(self, chain: Chain, at: int, value: _Value, *, every: bool) -> str:
        while at < len(chain) and chain[at] == Step("*:" if every else "*"):
            at += 1  # anywhere below anywhere is anywhere
        if at == len(chain):
            return TRUE
        combine = _all if every else _any
        return combine([self.chain(chain, at, value, of_length=False), self._below(chain, at, value, every=every)])

    def _below(self, chain: Chain, at: int, value: _Value, *, every: bool) -> str:
        combine = _all if every else _any
        if isinstance(value, _Array):
            return self._over(value, lambda element: self._anywhere(chain, at, element, every=every), every=every)
        if isinstance(value, _Object):
            return combine([self.chain(chain, at, member, of_length=False) for member in value.members.values()])
        return TRUE if every else FALSE

    def _is(self, name: str, value: _Value) -> str:
        if isinstance(value, _Scalar):
            fits = _json_kind(value.kind) == ("number" if name == "numeric" else name)
            return f"isNotNull({value.sql})" if fits else FALSE
        return TRUE if name == ("array" if isinstance(value, _Array) else "object") else FALSE

    def _length(self, item: Comparison, value: _Value) -> str:
        if isinstance(value, _Scalar) or item.operator not in {"=", "<", ">", "<=", ">=", "in"}:
            return FALSE
        if item.operator == "=" and item.is_array:
            return FALSE
        numbers = [number for number in item.literals if isinstance(number, Decimal)]
        sign = "=" if item.operator == "in" else item.operator
        if isinstance(value, _Object):
            return TRUE if any(_COMPARISONS[sign](len(value.members), number) for number in numbers) else FALSE
        return _any([self._numbers(f"toInt64(length({value.sql}))", sign, number) for number in numbers])

    def _comparison(self, item: Comparison, value: _Value) -> str:
        if item.operator == ANYTHING:
            return TRUE
        if isinstance(value, _Array):
            return self._array(item, value)
        if isinstance(value, _Object) or item.operator in {"@>", "<@", "&&"}:
            return FALSE
        if item.operator in {"=", "in"}:
            if item.is_array and item.operator == "=":
                return FALSE
            return _any([self._equal(value, literal) for literal in item.literals])
        number = item.literals[0]
        if value.kind != "number" or not isinstance(number, Decimal):
            return FALSE
        return self._numbers(value.sql, item.operator, number, nullable=True)

    def _equal(self, value: _Scalar, literal: Literal) -> str:
        if literal is None:
            return f"isNull({value.sql})"
        found = self._literal(literal, value.kind)
        return FALSE if found is None else f"ifNull({value.sql} = {found}, 0)"

    def _literal(self, literal: Literal, kind: str) -> str | None:
        """A placeholder for a literal that a value of the kind can equal, else None."""
        match literal, _json_kind(kind):
            case bool(), "boolean":
                return self._bind(literal, "Bool")
            case str(), "string":
                return self._bind(literal, "String")
            case Decimal(), "number" if _SMALLEST <= literal <= _LARGEST and literal == literal.to_integral_value():
                return self._bind(int(literal), "Int64")
        return None

    def _numbers(self, sql: str, sign: str, number: Decimal, *, nullable: bool = False) -> str:
        """The value against a number that may have a fraction or be beyond 64 bits."""
        if sign == "=":
            found = self._literal(number, "number")
            if found is None:
                return FALSE
            condition = f"{sql} = {found}"
        elif not _SMALLEST <= number <= _LARGEST:
            holds = (number > 0) == sign.startswith("<")
            return (f"isNotNull({sql})" if nullable else TRUE) if holds else FALSE
        else:
            whole = math.floor(number)
            if whole != number:
                sign = "<=" if sign.startswith("<") else ">"
            condition = f"{sql} {sign} {self._bind(whole, 'Int64')}"
        return f"ifNull({condition}, 0)" if nullable else condition

    def _array(self, item: Comparison, value: _Array) -> str:
        if not item.is_array or item.operator == "in":
            return FALSE
        strings = [literal for literal in item.literals if isinstance(literal, str)]
        if value.shape.members is not None:
            return f"empty({value.sql})" if item.operator == "<@" else FALSE
        if len(strings) < len(item.literals) and item.operator in {"=", "@>"}:
            return FALSE
        literals = self._bind(strings, "Array(String)")
        match item.operator:
            case "=":
                return f"{value.sql} = {literals}"
            case "@>":
                return f"hasAll({value.sql}, {literals})"
            case "<@":
                return f"hasAll({literals}, {value.sql})"
            case _:
                return f"hasAny({value.sql}, {literals})"

    def _text(self, sql: str, kind: str) -> str:
        return f"formatDateTime({sql}, {_FORMAT}, {self._timezone})" if kind == "iso8601" else sql


def _json_kind(kind: str) -> str:
    return "string" if kind in {"enum", "iso8601"} else kind


def _words(sql: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in sql).split())


def _negated(condition: str) -> str:
    return {TRUE: FALSE, FALSE: TRUE}.get(condition, f"NOT {condition}")


def _all(conditions: Sequence[str]) -> str:
    found = [condition for condition in conditions if condition != TRUE]
    if FALSE in found:
        return FALSE
    return _parenthesised(" AND ", found) if found else TRUE


def _any(conditions: Sequence[str]) -> str:
    found = [condition for condition in conditions if condition != FALSE]
    if TRUE in found:
        return TRUE
    return _parenthesised(" OR ", found) if found else FALSE


def _parenthesised(joiner: str, conditions: Sequence[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({joiner.join(conditions)})"
