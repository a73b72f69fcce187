"""What a filter's JSON becomes."""

from __future__ import annotations

import pytest

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.operators import Operator
from ringledger.reporting.filters import FilterReader
from ringledger.reporting.query import Condition, Junction

IN = {"field": "direction", "operator": "=", "value": "in"}
LOST = {"field": "is_lost", "operator": "=", "value": True}


def _condition(name: str, value: object) -> Condition:
    field = CALLS_REPORT.field(name)
    assert field is not None
    return Condition(field, Operator.EQUAL, value)


IS_IN, IS_LOST = _condition("direction", "in"), _condition("is_lost", True)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({}, None),
        ([], None),
        (None, None),
        ({"filters": []}, None),
        ({"filters": None, "condition": "or"}, None),
        ({"filters": [{}, {"filters": []}], "condition": "or"}, None),
        (IN, IS_IN),
        ({"filters": [IN]}, IS_IN),
        ({"filters": [IN, LOST]}, Junction("and", (IS_IN, IS_LOST))),
        ({"filters": [IN, LOST], "condition": "or"}, Junction("or", (IS_IN, IS_LOST))),
        # Every row passes an empty filter: it adds nothing to an "and", and makes an "or" pass every row.
        ({"filters": [IN, {}]}, IS_IN),
        ({"filters": [{}, IN, None, LOST], "condition": "and"}, Junction("and", (IS_IN, IS_LOST))),
        ({"filters": [IN, {}], "condition": "or"}, None),
        ({"filters": [IN, {"filters": []}, LOST], "condition": "or"}, None),
        ({"filters": [{"filters": [IN, {}], "condition": "or"}, LOST]}, IS_LOST),
    ],
)
def test_a_filter_becomes_conditions(given: object, read: Condition | Junction | None) -> None:
    assert FilterReader(CALLS_REPORT, "UTC", lambda _: True).read(given) == read
