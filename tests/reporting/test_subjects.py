"""Which filters and orders the values of single fields answer, and which are left to the engine."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reporting.test_reports import LOST, TAGGED, asked

from ringledger.registry.rights import Scope, View
from ringledger.reporting.subjects import subjects

CAMPAIGN: dict[str, Any] = {"field": "campaign_id", "operator": "=", "value": 4}
NUMBER: dict[str, Any] = {"field": "contact_phone_number", "operator": "like", "value": "%12"}


def named(**params: Any) -> set[str] | None:
    """What the query is about, or None."""
    found = subjects(asked(**params))
    return None if found is None else {".".join(filter(None, (one.field.name, one.member))) for one in found}


def tags(expression: str) -> dict[str, Any]:
    return {"field": "tags", "operator": "jsquery", "value": expression}


def both(joiner: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"condition": joiner, "filters": list(parts)}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (LOST, {"is_lost"}),
        ({**CAMPAIGN, "operator": "!=", "value": None}, {"campaign_id"}),
        ({**CAMPAIGN, "operator": "in", "value": [4, 5]}, {"campaign_id"}),
        ({"field": "campaign_name", "operator": "=", "value": "4"}, {"campaign_name"}),
        ({"field": "weekday", "operator": "<", "value": 3}, {"weekday"}),
        (TAGGED, {"tags.tag_id"}),
        (tags("#(tag_id = 3.0)"), {"tags.tag_id"}),
        (
            both("or", LOST, both("and", NUMBER, CAMPAIGN, TAGGED)),
            {"is_lost", "contact_phone_number", "campaign_id", "tags.tag_id"},
        ),
    ],
)
def test_a_filter_is_about_every_field_of_its_conditions(node: dict[str, Any], expected: set[str]) -> None:
    assert named(filter=node) == {"id", *expected}


def test_an_order_is_about_the_fields_that_it_names() -> None:
    sort = [{"field": "virtual_phone_number", "order": "desc"}, {"field": "sale_cost", "order": "asc"}]
    assert named(sort=sort, filter=LOST) == {"id", "virtual_phone_number", "sale_cost", "is_lost"}


@pytest.mark.parametrize(
    "node",
    [
        {"field": "campaign_name", "operator": "regexp", "value": "4"},
        {"field": "campaign_name", "operator": "like", "value": "a_b"},
        {"field": "campaign_name", "operator": "like", "value": "a%b"},
        {"field": "tags", "operator": "=", "value": None},
        tags("#.tag_id = 3.5"),
        tags("#.tag_id = 9223372036854775808"),
        tags("#.tag_id = 1e131071"),
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
    ],
)
def test_whatever_else_a_filter_asks_for_is_left_to_the_engine(node: dict[str, Any]) -> None:
    assert named(filter=node) is None
    assert named(filter=both("or", LOST, node)) is None


def test_a_filter_for_very_many_values_is_left_to_the_engine() -> None:
    listed: dict[str, Any] = {"field": "campaign_name", "operator": "in", "value": [str(one) for one in range(60)]}
    assert named(filter=listed) == {"id", "campaign_name"}
    assert named(filter=both("or", listed, listed)) is None
    assert named(filter=both("or", *[LOST] * 100)) == {"id", "is_lost"}
    assert named(filter=both("or", *[LOST] * 101)) is None


def test_what_a_user_is_confined_to_is_left_to_the_engine() -> None:
    assert named(filter=LOST, view=View(scope=Scope(virtual_numbers=("442079460102",)))) is None
