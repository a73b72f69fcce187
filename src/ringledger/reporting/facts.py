"""Filters that ask for whole numbers, as ids are and booleans may be: what an index by value can answer."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ringledger.catalogue.fields import Field, Kind
from ringledger.catalogue.operators import Operator
from ringledger.reporting.jsquery import Comparison, Key, Step
from ringledger.reporting.query import Condition, Junction

_LARGEST = 2**63 - 1


class Fact(msgspec.Struct, frozen=True):
    """What has the value: a field, or the member of that name of one of its items; true is 1 and false is 0."""

    field: Field
    member: str
    value: int

    @property
    def subject(self) -> tuple[str, str]:
        """What has a value, whichever it is."""
        return self.field.name, self.member


def facts(node: Condition | Junction | None) -> tuple[Fact, ...] | None:
    """The facts that must all hold for the filter to hold, or None where it asks for something else."""
    if isinstance(node, Junction):
        parts = [facts(part) for part in node.parts] if node.joiner == "and" else [None]
        return None if None in parts else tuple(fact for part in parts if part is not None for fact in part)
    fact = _fact(node) if node is not None else None
    return None if fact is None else (fact,)


def _fact(node: Condition) -> Fact | None:
    value = node.value
    if node.operator is Operator.EQUAL and node.field.kind in {Kind.NUMBER, Kind.BOOLEAN} and isinstance(value, int):
        return Fact(node.field, "", int(value)) if abs(value) <= _LARGEST else None
    if node.operator is not Operator.JSQUERY or node.field.kind is not Kind.ARRAY:
        return None
    match value:
        case (Step("#"), Key(name), Comparison("=", (Decimal() as literal,), False)) if literal == int(literal):
            member = next((one for one in node.field.members if one.name == name), None)
            is_whole = member is not None and member.kind is Kind.NUMBER and abs(literal) <= _LARGEST
            return Fact(node.field, name, int(literal)) if is_whole else None
    return None
