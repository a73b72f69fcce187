"""From the JSON of a filter to typed conditions; makes no SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, TypeVar

from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.operators import TAKEN_BY, Operator
from ringledger.faults import CallerFault
from ringledger.reporting import jsquery, jsquery_sql, patterns
from ringledger.reporting.jsquery_sql import ArrayShape, Member, ObjectShape, Shape
from ringledger.reporting.moments import instants, parse_local
from ringledger.reporting.query import Condition, Junction

DEEPEST: Final = 20
MOST_CONDITIONS: Final = 1000
MOST_VALUES: Final = 10_000
LARGEST_NUMBER: Final = 2**53

_SIMPLE: Final = {"field", "operator", "value"}
_TREE: Final = {"filters", "condition"}
T = TypeVar("T")

_CONTAINERS: Final[dict[Kind, type]] = {Kind.ARRAY: list, Kind.OBJECT: dict}
_NULLABLE: Final = {Operator.EQUAL, Operator.NOT_EQUAL}

Compiles = Callable[[str], bool]
"""Tells whether the engine compiles a regular expression."""


class FilterReader:
    """Reads one request's filter: counts its conditions and values over the whole tree."""

    def __init__(self, report: Report, timezone: str, compiles: Compiles) -> None:
        self._report = report
        self._timezone = timezone
        self._compiles = compiles
        self._conditions = 0
        self._values = 0

    def read(self, node: object, path: str = "filter", level: int = 1) -> Condition | Junction | None:
        """The conditions of a filter, or None where every row passes it. Raises CallerFault naming the exact path."""
        if node is None or node == []:
            return None
        if not isinstance(node, dict):
            raise CallerFault("data_type_error", path, node)
        if level > DEEPEST:
            raise CallerFault("invalid_parameter_value", path, node)
        _refuse_unknown(node, path)
        if not node:
            return None
        if _TREE & node.keys():
            return self._tree(node, path, level)
        return self._simple(node, path)

    def _tree(self, node: dict[str, Any], path: str, level: int) -> Condition | Junction | None:
        joiner = node.get("condition")
        if "filters" not in node:
            raise CallerFault("required_parameter_missed", f"{path}.filters")
        filters = node["filters"]
        if filters is not None and not isinstance(filters, list):
            raise CallerFault("data_type_error", f"{path}.filters", filters)
        if joiner is not None and not isinstance(joiner, str):
            raise CallerFault("data_type_error", f"{path}.condition", joiner)
        if joiner not in {None, "and", "or"}:
            raise CallerFault("invalid_parameter_value", f"{path}.condition", joiner)
        read = [self.read(item, f"{path}.filters.{at}", level + 1) for at, item in enumerate(filters or ())]
        parts = tuple(part for part in read if part is not None)
        if not parts or (joiner == "or" and len(parts) < len(read)):
            return None
        return parts[0] if len(parts) == 1 else Junction(joiner or "and", parts)

    def _simple(self, node: dict[str, Any], path: str) -> Condition:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise CallerFault("invalid_parameter_value", path, node)
        field = self._field(node, f"{path}.field")
        operator = _operator(node, field, f"{path}.operator")
        return Condition(field, operator, self._value(field, operator, node.get("value"), f"{path}.value"))

    def _field(self, node: dict[str, Any], path: str) -> Field:
        name = _text(node, "field", path)
        field = self._report.filter_field(name)
        if field is None:
            raise CallerFault("unexpected_parameters", path, name)
        if not field.filterable:
            raise CallerFault("filter_prohibited", path, name)
        return field

    def _value(self, field: Field, operator: Operator, value: object, path: str) -> object:
        if value is None and operator in _NULLABLE:
            return None
        if operator is Operator.IN:
            return self._list(field, value, path)
        if operator in {Operator.LIKE, Operator.REGEXP, Operator.JSQUERY}:
            return self._pattern(field, operator, value, path)
        if field.kind in _CONTAINERS:
            fits = isinstance(value, _CONTAINERS[field.kind])
            raise CallerFault("invalid_parameter_value" if fits else "data_type_error", path, value)
        return self._scalar(field, value, path)

    def _list(self, field: Field, value: object, path: str) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise CallerFault("data_type_error", path, value)
        self._values += len(value)
        if self._values > MOST_VALUES:
            raise CallerFault("invalid_parameter_value", path, value)
        return tuple(self._scalar(field, item, f"{path}.{at}") for at, item in enumerate(value))

    def _pattern(self, field: Field, operator: Operator, value: object, path: str) -> object:
        if not isinstance(value, str):
            raise CallerFault("data_type_error", path, value)
        try:
            if operator is Operator.LIKE:
                return patterns.like(value)
            if operator is Operator.JSQUERY:
                return _jsquery(field, value)
            pattern = patterns.regexp(value)
        except (patterns.PatternError, jsquery.JsqueryError):
            raise CallerFault("invalid_parameter_value", path, value) from None
        if not self._compiles(pattern):
            raise CallerFault("invalid_parameter_value", path, value)
        return pattern

    def _scalar(self, field: Field, value: object, path: str) -> object:
        match field.kind:
            case Kind.NUMBER | Kind.DECIMAL:
                return _number(field.kind, value, path)
            case Kind.BOOLEAN:
                return _of_type(bool, value, path)
            case Kind.ISO8601:
                local = parse_local(_of_type(str, value, path))
                if local is None:
                    raise CallerFault("invalid_parameter_value", path, value)
                return instants(local, self._timezone)
            case _:
                text = _of_type(str, value, path)
                if field.kind is Kind.ENUM and text not in field.values:
                    raise CallerFault("invalid_parameter_value", path, value)
                return text


def _jsquery(field: Field, text: str) -> jsquery.Expression:
    expression = jsquery.parse(text)
    # Written once for trial, so that an expression out of all proportion is refused where its path is known.
    jsquery_sql.to_sql(expression, "x", shape(field), lambda _value, kind: kind, "''")
    return expression


def shape(field: Field) -> Shape:
    """What jsquery may find in the array or object field: its plain members."""
    if not field.members:
        return ArrayShape(None)
    plain = (member for member in field.members if member.kind not in _CONTAINERS)
    members = tuple(Member(member.name, member.kind.protocol_name) for member in plain)
    return ArrayShape(members) if field.kind is Kind.ARRAY else ObjectShape(members)


def _refuse_unknown(node: dict[str, Any], path: str) -> None:
    unknown = _first(node.keys() - _SIMPLE - _TREE, node)
    if unknown is not None:
        raise CallerFault("unexpected_parameters", f"{path}.{unknown}", node[unknown])
    if _SIMPLE & node.keys() and _TREE & node.keys():
        raise CallerFault("invalid_parameters_combination", path, node)


def _first(names: Iterable[str], node: dict[str, Any]) -> str | None:
    chosen = set(names)
    return next((name for name in node if name in chosen), None)


def _text(node: dict[str, Any], name: str, path: str) -> str:
    if node.get(name) is None:
        raise CallerFault("required_parameter_missed", path)
    return _of_type(str, node[name], path)


def _operator(node: dict[str, Any], field: Field, path: str) -> Operator:
    text = _text(node, "operator", path)
    try:
        operator = Operator(text)
    except ValueError:
        raise CallerFault("invalid_parameter_value", path, text) from None
    if field.kind not in TAKEN_BY[operator]:
        raise CallerFault("invalid_parameter_value", path, text)
    return operator


def _of_type(kind: type[T], value: object, path: str) -> T:
    if not isinstance(value, kind):
        raise CallerFault("data_type_error", path, value)
    return value


def _number(kind: Kind, value: object, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise CallerFault("data_type_error", path, value)
    if kind is Kind.DECIMAL:
        return _finite(value, path)
    if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER or value != int(value):
        raise CallerFault("invalid_parameter_value", path, value)
    return int(value)


def _finite(value: float | Decimal, path: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise CallerFault("invalid_parameter_value", path, value)
    return number
