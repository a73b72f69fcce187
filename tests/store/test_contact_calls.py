"""What follows for calls from their contacts' other calls: a case a line, in any order of arrival."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from ringledger.calls.inquiries import ContactCall, SiteRules
from ringledger.store.contact_calls import followings, update_followings
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


def fill(engine: Engine, *contacts: str) -> int:
    """Brings the stored calls of these contacts up to date; how many changed."""
    return update_followings(engine, 1, followings(engine, 1, contacts, SITES))


def coming(row: dict[str, Any]) -> ContactCall:
    """The call before it is written."""
    return ContactCall(
        id=row["id"],
        start=row["start_time"],
        finish=row["finish_time"],
        direction=row["direction"],
        contact=row["contact_phone_number"],
        site=row["site_id"] or 0,
        talk=row["talk_duration"],
        lost=row["is_lost"],
        talked=0 if row["is_lost"] else row["start_time"] + 7,
    )


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
    fill(engine, "44", "45")
    assert found(engine) == [expected for _, expected in calls]
    assert fill(engine, "44", "45") == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_does_not_matter(engine: Engine, seed: int) -> None:
    calls = [(one, expected) for _, some in CASES[1:4] for one, expected in some][3:7]
    shuffled = [one for one, _ in calls]
    random.Random(seed).shuffle(shuffled)
    for one in shuffled:
        write(engine, one)
        fill(engine, "44")
    assert found(engine) == [expected for _, expected in calls]


@pytest.mark.parametrize(("case", "calls"), CASES, ids=[name for name, _ in CASES])
def test_a_call_knows_before_it_is_written(
    engine: Engine, case: str, calls: list[tuple[dict[str, Any], list[str]]]
) -> None:
    *before, (last, _) = calls
    expected = {one["id"]: tuple(attributes) for one, attributes in calls}
    together = followings(engine, 1, ["44", "45"], SITES, [coming(one) for one, _ in calls])
    assert {number: of.attributes for number, of in together.coming.items()} == expected
    if before:
        write(engine, *(one for one, _ in before))
    alone = followings(engine, 1, [last["contact_phone_number"]], SITES, [coming(last)])
    assert {number: of.attributes for number, of in alone.coming.items()} == {last["id"]: expected[last["id"]]}


def test_a_lost_call_waits_for_the_next_conversation(engine: Engine) -> None:
    lost, again, other, talk = call(0, None), call(1, None), call(2, 60, contact="45"), call(3, 60)
    write(engine, lost, again, other)
    fill(engine, "44", "45")
    after = followings(engine, 1, ["44"], SITES, [coming(talk)])
    waited = {row.id: following.waited for row, following in after.changed}
    assert waited == {lost["id"]: 3 * DAY - 300 + 7, again["id"]: 2 * DAY - 300 + 7}
    write(engine, talk | {"wait_duration": 7})
    assert update_followings(engine, 1, after) == 2
    assert fill(engine, "44", "45") == 1  # what the talk itself is was not written above


def test_a_late_lost_call_knows_how_long_it_waited(engine: Engine) -> None:
    talk = call(1, 60) | {"wait_duration": 7}
    write(engine, talk)
    fill(engine, "44")
    late = followings(engine, 1, ["44"], SITES, [coming(call(0, None))])
    assert late.coming[T0].waited == DAY - 300 + 7
    assert [(row.id, list(following.attributes)) for row, following in late.changed] == [
        (talk["id"], ["secondary", "target"])
    ]


def test_uploaded_calls_count_and_are_not_written(engine: Engine) -> None:
    write(engine, call(0, 60) | {"call_key": ""}, call(1, 60))
    fill(engine, "44")
    assert found(engine) == [[], ["secondary", "target", "rest"]]
