"""A question as SQL, and a field's column, in the words that the peers share; each peer says where it differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from questions import Question
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind

MOMENTS = {field.name for field in CALLS_REPORT.fields if field.kind is Kind.ISO8601}
ARRAYS = {field.name for field in CALLS_REPORT.fields if field.kind is Kind.ARRAY}
KEYS = ("account", "id", "start_time")


def literal(value: object) -> str:
    """A value as SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


class Dialect:
    """WHERE and ORDER BY of a question; a peer's own dialect overrides what it writes otherwise."""

    def moment(self, value: str) -> str:
        """A moment as SQL."""
        return literal(value)

    def has(self, question: Question, field: str, member: str, value: int) -> str:
        """The condition that one of an array's objects has that value as its member."""
        raise NotImplementedError

    def span(self, question: Question) -> str:
        """The condition that a row is the account's and of the period."""
        begin, end = (self.moment(question.params[name]) for name in ("date_from", "date_till"))
        return f"account = {literal(question.account)} AND start_time BETWEEN {begin} AND {end}"

    def where(self, question: Question) -> str:
        """All that chooses the rows."""
        condition = question.params.get("filter")
        return self.span(question) + (f" AND {self._condition(question, condition)}" if condition else "")

    def order(self, question: Question, column: Callable[[str], str] = str) -> str:
        """The rows' order: `id` breaks ties and nulls come last; start_time has none, and planners that are told so
        use the order of their index.
        """
        parts = [
            column(one["field"])
            + (" DESC" if one.get("order") == "desc" else "")
            + ("" if one["field"] == "start_time" else " NULLS LAST")
            for one in question.sort
        ]
        return ", ".join([*parts, "id"])

    def window(self, question: Question) -> str:
        """Which of the rows."""
        return f"LIMIT {question.limit}" + (f" OFFSET {question.offset}" if question.offset else "")

    def _condition(self, question: Question, node: dict[str, Any]) -> str:
        if "filters" in node:
            word = f" {node['condition'].upper()} "
            return "(" + word.join(self._condition(question, one) for one in node["filters"]) + ")"
        field, operator, value = node["field"], node["operator"], node["value"]
        if operator == "in":
            return f"{field} IN ({', '.join(map(literal, value))})"
        if operator == "jsquery":
            found = re.fullmatch(r"#\.(\w+) = (\d+)", value)
            assert found, value
            return self.has(question, field, found[1], int(found[2]))
        return f"{field} {operator.upper()} {literal(value)}"


def engine_type(field: Field) -> str:
    """The column's type in ClickHouse, as one who knows it would choose it."""
    if field.members:
        return f"Array(Tuple({', '.join(f'{member.name} {engine_type(member)}' for member in field.members)}))"
    if field.kind is Kind.ARRAY:
        return "Array(LowCardinality(String))" if field.repeats else "Array(String)"
    number = "UInt32" if field.bits == 32 else "Int64"
    kind = {Kind.NUMBER: number, Kind.DECIMAL: "Float64", Kind.BOOLEAN: "Bool", Kind.ISO8601: "DateTime('UTC')"}
    value = kind.get(field.kind, "String")
    if field.name in KEYS:
        return value
    return f"LowCardinality(Nullable({value}))" if field.repeats else f"Nullable({value})"


def array_of(name: str) -> str:
    """An array of the sessions' file as the engine's SQL, the moments in its objects as the API writes them."""
    field = CALLS_REPORT.field(name)
    assert field is not None
    if not any(member.kind is Kind.ISO8601 for member in field.members):
        return name
    values, kinds = [], []
    for member in field.members:
        is_moment = member.kind is Kind.ISO8601
        values.append(f"toString(toDateTime(item.{member.name}, 'UTC'))" if is_moment else f"item.{member.name}")
        kinds.append(f"{member.name} {'Nullable(String)' if is_moment else engine_type(member)}")
    return f"CAST(arrayMap(item -> ({', '.join(values)}), {name}), 'Array(Tuple({', '.join(kinds)}))')"


def copied(field: Field) -> str:
    """A field of the sessions' file as the engine's SQL, in a form that other databases read: arrays are JSON."""
    if field.kind is Kind.ARRAY:
        return f"toJSONString({array_of(field.name)})"
    return f"toString(toDateTime({field.name}, 'UTC'))" if field.name in MOMENTS else field.name
