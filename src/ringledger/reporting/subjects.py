"""Which single fields a query's filter and order are about, where their values are enough to find its page."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from ringledger.catalogue.fields import Field, Kind
from ringledger.catalogue.operators import Operator
from ringledger.reporting.jsquery import Comparison, Key, Step
from ringledger.reporting.patterns import wanted
from ringledger.reporting.query import Condition, Junction, ReportQuery

_LARGEST: Final = 2**63 - 1

_MOST: Final = 100
"""Values that a filter may ask for in all: each is looked for in each day, where the engine makes one pass."""

NUMBERS: Final = frozenset({Kind.NUMBER, Kind.DECIMAL, Kind.BOOLEAN, Kind.ISO8601})
"""Kinds whose values are numbers: booleans 1 and 0, moments Unix seconds."""

TEXTS: Final = frozenset({Kind.STRING, Kind.ENUM})


class Subject(msgspec.Struct, frozen=True):
    """What has values: a field, or the member of that name of its items."""

    field: Field
    member: str = ""


def subjects(query: ReportQuery) -> frozenset[Subject] | None:
    """What the values are asked of by which the query's page is found, or None where they do not tell it."""
    if query.view.scope is not None or asked(query) > _MOST:
        return None
    sorted_by = [None if order.field.kind not in NUMBERS | TEXTS else Subject(order.field) for order in query.sort]
    found = {key(query), *sorted_by, *(_of_filter(query.filter) if query.filter is not None else ())}
    known = frozenset(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def asked(query: ReportQuery) -> int:
    """How many values the query's filter asks for."""
    return _asked(query.filter) if query.filter is not None else 0


def key(query: ReportQuery) -> Subject:
    """What tells the report's rows apart and breaks ties."""
    return Subject(next(field for field in query.report.fields if field.name == query.report.key))


def subject(condition: Condition) -> Subject | None:
    """What the condition is about, or None where the values of one thing do not tell whether it holds."""
    field = condition.field
    if condition.operator is Operator.JSQUERY:
        wanted_item = item(condition)
        return Subject(field, wanted_item[0]) if wanted_item else None
    if condition.operator is Operator.REGEXP or field.kind not in NUMBERS | TEXTS:
        return None
    return None if condition.operator is Operator.LIKE and wanted(str(condition.value)) is None else Subject(field)


def item(condition: Condition) -> tuple[str, int] | None:
    """The member and the whole number of a condition that one of a field's items has that number, else None."""
    match condition.value:
        # Its size first: a number of a hundred thousand digits takes long to be made.
        case (Step("#"), Key(name), Comparison("=", (Decimal() as literal,), False)) if abs(
            literal
        ) <= _LARGEST and literal == int(literal):
            member = next((one for one in condition.field.members if one.name == name), None)
            is_whole = member is not None and member.kind is Kind.NUMBER
            return (name, int(literal)) if is_whole and condition.field.kind is Kind.ARRAY else None
    return None


def _of_filter(node: Condition | Junction) -> set[Subject | None]:
    if isinstance(node, Junction):
        return {one for part in node.parts for one in _of_filter(part)}
    return {subject(node)}


def _asked(node: Condition | Junction) -> int:
    if isinstance(node, Junction):
        return sum(map(_asked, node.parts))
    return len(node.value) if isinstance(node.value, tuple) else 1
