"""The filter operators and the kinds of fields that take them; holds no SQL."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ringledger.catalogue.fields import Kind


class Operator(StrEnum):
    """An operator as a filter spells it."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    GREATER = ">"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="
    LIKE = "like"
    REGEXP = "regexp"
    IN = "in"
    JSQUERY = "jsquery"


_NUMBERS: Final = frozenset({Kind.NUMBER, Kind.DECIMAL})
_ORDERED: Final = _NUMBERS | {Kind.ISO8601}

TAKEN_BY: Final[dict[Operator, frozenset[Kind]]] = {
    # Arrays and objects take = and != with null only; reporting/filters.py sees to that.
    Operator.EQUAL: frozenset(Kind),
    Operator.NOT_EQUAL: frozenset(Kind),
    Operator.LESS: _ORDERED,
    Operator.GREATER: _ORDERED,
    Operator.LESS_OR_EQUAL: _ORDERED,
    Operator.GREATER_OR_EQUAL: _ORDERED,
    Operator.LIKE: frozenset({Kind.STRING}),
    Operator.REGEXP: frozenset({Kind.STRING}),
    Operator.IN: _NUMBERS | {Kind.STRING, Kind.ENUM},
    Operator.JSQUERY: frozenset({Kind.ARRAY, Kind.OBJECT}),
}
"""Which kinds of fields an operator applies to (the protocol's operator table)."""
