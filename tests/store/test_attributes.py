"""The attributes of calls by the contact's other calls: a case a line, in any order of arrival."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from ringledger.calls.inquiries import SiteRules
from ringledger.store.attributes import fill_attributes
from ringledger.store.engine import Engine, Statement

DAY = 86_400
T0 = 1_773_134_400
SITES = {5: SiteRules(target_talk=60, repeat_days=7)}


def call(
    at: float, talk: int | None, site: int | None = 5, direction: str = "in", contact: str = "44"
) -> dict[str, Any]:
    """A call `at` days after the first; without talk it is lost."""
    start = T0 + int(at * DAY)
    return {
        "id": start, "communication_id": start, "start_time": start, "finish_time": start + 300, "direction": direction,
        "contact_phone_number": contact, "site_id": site, "talk_duration": talk or 0, "is_lost": talk is None,
        "call_key": f"toy:{start}", "version": 1, "account": 1,
    }  # fmt: skip


def write(engine: Engine, *calls: dict[str, Any]) -> None:
    rows = b"".join(msgspec.json.encode(one) + b"\n" for one in calls)
    engine.insert("call_sessions", tuple(calls[0]), rows)


def found(engine: Engine) -> list[list[str]]:
    query = "SELECT attributes FROM call_sessions FINAL ORDER BY start_time, id"
    return [row["attributes"] for row in engine.rows(Statement(query))]


CASES: list[tuple[str, list[tuple[dict[str, Any], list[str]]]]] = [
    (
        "the first call is first and primary, every later one secondary",
        [(call(0, None), ["first", "primary", "lost", "off-target"]), (call(1, 10), ["secondary", "off-target"])],
    ),
    (
        "a talk of the site's threshold is a target, one of twice that quality",
        [
            (call(0, 59), ["first", "primary", "off-target"]),
            (call(1, 60), ["secondary", "target"]),
            (call(20, 120), ["secondary", "target", "quality"]),
        ],
    ),
    (
        "a target call within the period of another is a repeated one",
        [
            (call(0, 60), ["first", "primary", "target"]),
            (call(7, 60), ["secondary", "target", "rest"]),
            (call(14.1, 60), ["secondary", "target"]),
            (call(14.2, 10), ["secondary", "off-target"]),
        ],
    ),
    (
        "the first call to another site is first there, and came through",
        [
            (call(0, 60), ["first", "primary", "target"]),
            (call(1, 40, site=6), ["first", "through", "secondary", "target"]),
            (call(2, 40, site=6), ["secondary", "target", "rest"]),
        ],
    ),
    (
        "a call to no site is never first, and has thirty seconds for its threshold",
        [(call(0, 29, site=None), ["primary", "off-target"]), (call(1, 30, site=None), ["secondary", "target"])],
    ),
    (
        "an outgoing call is lost or nothing, and does not count",
        [
            (call(0, None, direction="out"), ["lost"]),
            (call(1, 90, direction="out"), []),
            (call(2, 60), ["first", "primary", "target"]),
        ],
    ),
    (
        "other contacts' calls do not count",
        [
            (call(0, 60, contact="45"), ["first", "primary", "target"]),
            (call(1, 60), ["first", "primary", "target"]),
        ],
    ),
]


@pytest.mark.parametrize(("case", "calls"), CASES, ids=[name for name, _ in CASES])
def test_attributes_follow_the_rules(engine: Engine, case: str, calls: list[tuple[dict[str, Any], list[str]]]) -> None:
    write(engine, *(one for one, _ in calls))
    fill_attributes(engine, 1, ["44", "45"], SITES)
    assert found(engine) == [expected for _, expected in calls]
    assert fill_attributes(engine, 1, ["44", "45"], SITES) == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_does_not_matter(engine: Engine, seed: int) -> None:
    calls = [(one, expected) for _, some in CASES[1:4] for one, expected in some][3:7]
    shuffled = [one for one, _ in calls]
    random.Random(seed).shuffle(shuffled)
    for one in shuffled:
        write(engine, one)
        fill_attributes(engine, 1, ["44"], SITES)
    assert found(engine) == [expected for _, expected in calls]


def test_uploaded_calls_count_and_are_not_written(engine: Engine) -> None:
    write(engine, call(0, 60) | {"call_key": ""}, call(1, 60))
    fill_attributes(engine, 1, ["44"], SITES)
    assert found(engine) == [[], ["secondary", "target", "rest"]]
