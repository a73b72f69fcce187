"""Fields that are objects: shown, filtered and sorted by the engine over rows given to it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import structs

from ringledger.catalogue.fields import Report
from ringledger.catalogue.lines import moment, number, record, text
from ringledger.faults import CallerFault
from ringledger.registry.rights import WHOLE
from ringledger.reporting.params import report_query
from ringledger.reporting.reply import Plain
from ringledger.reporting.turns import Turns
from ringledger.store.engine import Engine

COACH = record("coach", "FS", "", number("coach_id", "", ""), text("name", "", ""), moment("since", "", ""))
REPORT = Report(method="get.coached", title="", fields=(number("id", "F", "", required=True), COACH))
ROWS = [
    {"id": 1, "coach": {"coach_id": 7, "name": "Zoë", "since": 1772323200}},
    {"id": 2, "coach": None},
    {"id": 3, "coach": {"coach_id": 5, "name": None, "since": 1782777600}},
]
FIRST = {"coach_id": 7, "name": "Zoë", "since": "2026-03-01 00:00:00"}
THIRD = {"coach_id": 5, "name": None, "since": "2026-06-30 01:00:00"}


def ask(engine: Engine, timezone: str = "Europe/London", **params: Any) -> list[dict[str, Any]]:
    query = report_query(REPORT, params, account=1, view=WHOLE, timezone=timezone, now=0, compiles=lambda _: True)
    page = Plain(engine, Turns()).answer(structs.replace(query, rows=msgspec.json.Encoder().encode_lines(ROWS)))
    rows: list[dict[str, Any]] = msgspec.json.decode(b"".join(page.data))
    assert page.total == len(rows)
    return rows


def test_an_object_shows_its_members_and_is_empty_where_there_is_none(engine: Engine) -> None:
    assert [row["coach"] for row in ask(engine)] == [FIRST, {}, THIRD]
    assert ask(engine, timezone="UTC")[2]["coach"]["since"] == "2026-06-30 00:00:00"


def test_objects_are_sorted_by_their_members_in_order(engine: Engine) -> None:
    assert [row["id"] for row in ask(engine, sort=[{"field": "coach"}])] == [3, 1, 2]


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("=", None, [2]),
        ("!=", None, [1, 3]),
        ("jsquery", "coach_id > 5", [1]),
        ("jsquery", 'name = "Zoë"', [1]),
        ("jsquery", 'since = "2026-06-30 01:00:00"', [3]),
        ("jsquery", "% = 5", [3]),
        ("jsquery", "nothing = 5", []),
    ],
)
def test_an_object_is_filtered_by_jsquery_and_by_null(
    engine: Engine, operator: str, value: object, found: list[int]
) -> None:
    rows = ask(engine, filter={"field": "coach", "operator": operator, "value": value})
    assert [row["id"] for row in rows] == found


@pytest.mark.parametrize(
    ("operator", "value", "mnemonic"),
    [("=", {"a": 1}, "invalid_parameter_value"), ("=", 1, "data_type_error"), ("like", "a", "invalid_parameter_value")],
)
def test_an_object_takes_no_other_operator_and_equals_nothing(
    engine: Engine, operator: str, value: object, mnemonic: str
) -> None:
    with pytest.raises(CallerFault, match=mnemonic):
        ask(engine, filter={"field": "coach", "operator": operator, "value": value})
