"""Which filters an index by value can answer, and what they then ask for."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reporting.test_reports import LOST, TAGGED, asked

from ringledger.reporting.facts import facts

CAMPAIGN: dict[str, Any] = {"field": "campaign_id", "operator": "=", "value": 4}


def said(node: dict[str, Any] | None) -> list[tuple[str, str, int]] | None:
    """What the filter's facts say, or None."""
    found = facts(asked(filter=node).filter if node else None)
    return None if found is None else [(*fact.subject, fact.value) for fact in found]


def tags(expression: str) -> dict[str, Any]:
    return {"field": "tags", "operator": "jsquery", "value": expression}


def both(joiner: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"condition": joiner, "filters": list(parts)}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (LOST, [("is_lost", "", 1)]),
        ({**LOST, "value": False}, [("is_lost", "", 0)]),
        (CAMPAIGN, [("campaign_id", "", 4)]),
        (TAGGED, [("tags", "tag_id", 3)]),
        (tags("#(tag_id = 3.0)"), [("tags", "tag_id", 3)]),
        (
            both("and", LOST, both("and", CAMPAIGN, TAGGED)),
            [("is_lost", "", 1), ("campaign_id", "", 4), ("tags", "tag_id", 3)],
        ),
    ],
)
def test_equal_whole_numbers_that_must_all_hold_are_facts(
    node: dict[str, Any], expected: list[tuple[str, str, int]]
) -> None:
    assert said(node) == expected


@pytest.mark.parametrize(
    "node",
    [
        None,
        {**CAMPAIGN, "operator": "!="},
        {**CAMPAIGN, "operator": ">"},
        {**CAMPAIGN, "value": None},
        {**CAMPAIGN, "operator": "in", "value": [4, 5]},
        {"field": "campaign_name", "operator": "=", "value": "4"},
        tags("#.tag_id = 3.5"),
        tags("#.tag_id = 9223372036854775808"),
        tags('#.tag_id = "3"'),
        tags("#.tag_id = true"),
        tags("#.tag_id in (3, 4)"),
        tags("#.tag_id > 3"),
        tags("#.tag_id = *"),
        tags('#.tag_name = "3"'),
        tags("not #.tag_id = 3"),
        tags("#:.tag_id = 3"),
        tags("%.tag_id = 3"),
        tags("*.tag_id = 3"),
        tags("#.other_id = 3"),
        both("or", LOST, CAMPAIGN),
        both("and", LOST, both("or", CAMPAIGN, TAGGED)),
    ],
)
def test_whatever_else_a_filter_asks_for_is_left_to_the_engine(node: dict[str, Any] | None) -> None:
    assert said(node) is None
