"""Call events of other systems: the vocabulary, what is refused, and sessions that no order of arrival changes."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.generated_calls import PEOPLE, T0, Facts, generate

from ringledger.calls.assembly import group
from ringledger.calls.codes import FinishReason
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import call_events
from ringledger.intake.dialects import DIALECTS
from ringledger.intake.door import Door
from ringledger.store.engine import Engine, Statement


def event(kind: str, at: float, event_id: str | None = None, **members: Any) -> dict[str, Any]:
    name = event_id or f"{kind} {at} {members.get('leg_id', '')}"
    return {"event": kind, "call_id": "A", "event_id": name, "time": T0 + at, **members}


def derived(events: Iterable[bytes], **options: bool) -> list[CallSession]:
    read = [call_events.recorded(one) for one in events]
    return [session for tied in group(read) for session in call_events.sessions(tied, PEOPLE, **options)]


def session(*events: dict[str, Any], **options: bool) -> CallSession:
    (found,) = derived([json.dumps(one).encode() for one in events], **options)
    return found


def facts(found: CallSession) -> Facts:
    plain = {name: getattr(found, name) for name in (
        "direction", "is_lost", "is_transfer", "total_duration", "wait_duration", "talk_duration", "clean_talk_duration"
    )}  # fmt: skip
    return {**plain, "employees": [(one.employee_id, one.is_answered, one.is_talked) for one in found.employees]}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_generated_call_comes_out_as_it_was_made_up(seed: int) -> None:
    made = generate(Random(seed), "A")
    (found,) = derived(made.events)
    assert facts(found) == made.facts
    assert found.is_complete
    shuffled = made.events * 2
    random.Random(seed).shuffle(shuffled)
    assert derived(shuffled) == [found]


def deliver(engine: Engine, events: list[RecordedEvent], sizes: Iterator[int]) -> list[list[dict[str, Any]]]:
    """Sends events to an empty store in batches of these sizes; the sessions and legs that are there then.

    Ids are left out: a call keeps the one that it got when it was first heard of.
    """
    for table in ("call_events", "call_event_keys", "call_sessions", "call_legs"):
        engine.run(Statement(f"TRUNCATE TABLE {table}"))
    moments = itertools.count(T0 * 1_000_000)
    opened = Door(engine, lambda: next(moments))
    left = list(events)
    while left:
        size = next(sizes)
        opened.commit(call_events, 1, PEOPLE, left[:size])
        del left[:size]
    return [engine.rows(Statement(SESSIONS)), engine.rows(Statement(LEGS))]


SESSIONS = """SELECT * EXCEPT (id, communication_id, account, version, is_deleted, fingerprint)
FROM call_sessions FINAL ORDER BY call_key"""
LEGS = """SELECT * EXCEPT (id, call_session_id, account, version, is_deleted)
FROM call_legs FINAL ORDER BY start_time, calling_phone_number, called_phone_number, leg_key"""


def test_events_in_any_order_and_batches_make_the_same_sessions(engine: Engine) -> None:
    rng = Random(7)
    calls = [generate(rng, f"call-{n}") for n in range(1000)]
    told = [call_events.recorded(one) for call in calls for one in call.events]
    in_order = deliver(engine, told, itertools.repeat(4000))
    shuffled = told + rng.sample(told, len(told) // 5)
    rng.shuffle(shuffled)
    sizes = (rng.choice([1, 50, 4000]) for _ in itertools.count())
    assert deliver(engine, shuffled, sizes) == in_order
    stored = {row["call_key"]: row for row in in_order[0]}
    assert stored.keys() == {f"events:{call.call_id}" for call in calls}
    for call in calls:
        row = stored[f"events:{call.call_id}"]
        row["employees"] = [(one["employee_id"], one["is_answered"], one["is_talked"]) for one in row["employees"]]
        assert {name: row[name] for name in call.facts} == call.facts


def test_what_the_session_states_counts_more_than_what_its_legs_tell() -> None:
    found = session(
        event("session_started", 0, direction="out", contact_number="+49 30 555", virtual_number="493023125100"),
        event("leg_started", 1, leg_id="c", number="49301", party="contact"),
        event("session_finished", 9, finish_reason="no_resources"),
    )
    assert (found.direction, found.contact_phone_number, found.virtual_phone_number) == (
        "out",
        "4930555",
        "493023125100",
    )
    assert (found.finish_reason, found.total_duration) == (FinishReason.NO_RESOURCES, 9)


def test_a_session_is_there_from_its_first_event_if_that_names_the_contact() -> None:
    found = session(event("session_started", 0, direction="in", contact_number="4930555"))
    assert (found.is_complete, found.contact_phone_number, found.direction) == (False, "4930555", "in")
    assert (found.finish, found.finish_reason, found.is_lost, found.total_duration) == (None, None, None, None)


def test_a_session_that_fell_silent_ends_with_its_last_event() -> None:
    found = session(
        event("leg_started", 0, leg_id="c", number="4930555", party="contact"),
        event("leg_started", 1, leg_id="e", number="201"),
        event("answered", 5, leg_id="e"),
        event("bridged", 5, leg_ids=["c", "e"]),
        event("held", 25, leg_id="e"),
        silent=True,
    )
    assert (found.finish_reason, found.is_lost) == (FinishReason.ADD_CDR_TIMEOUT, False)
    assert (found.total_duration, found.wait_duration, found.talk_duration) == (25, 5, 20)


def test_a_recording_belongs_to_the_leg_that_is_told_else_to_the_contacts() -> None:
    made = [json.loads(line) for line in generate(Random(3), "A").events]
    legs = [one["leg_id"] for one in made if one["event"] == "leg_started"]
    found = session(
        *made,
        event("recording_ready", 9, "r1", recording_id="whole"),
        event("recording_ready", 9, "r2", recording_id="one", leg_id=legs[-1]),
    )
    contact = next(leg.leg_key for leg in found.legs if leg.party == "contact")
    assert {leg.leg_key: leg.call_records for leg in found.legs if leg.call_records} == {
        contact: ("whole",),
        legs[-1]: ("one",),
    }


def test_group_action_and_rating_of_a_leg_are_what_is_stated() -> None:
    made = [json.loads(line) for line in generate(Random(3), "A").events]
    found = session(*made)
    rung = next(leg.leg_key for leg in found.legs if leg.employee_id == found.last_answered_employee_id)
    stated = [
        one | {"group": "Support", "action": "Ring all"}
        if one["event"] == "leg_started" and one["leg_id"] == rung
        else one
        for one in made
    ]
    rated = [event("rated", at, leg_id=rung, rating=rating) for at, rating in ((9, 3), (10, 5))]
    told = session(*stated, *rated)
    leg = next(leg for leg in told.legs if leg.leg_key == rung)
    assert (leg.group_name, leg.action_name, leg.employee_rating) == ("Support", "Ring all", 5)
    assert told.rating == 5
    assert {other.employee_rating for other in told.legs if other is not leg} == {None}


def test_a_rating_is_shown_and_stays_when_the_call_is_derived_again(engine: Engine) -> None:
    made = [call_events.recorded(line) for line in generate(Random(3), "A").events]
    (known,) = call_events.sessions(made, PEOPLE)
    rung = next(leg.leg_key for leg in known.legs if leg.employee_id == known.last_answered_employee_id)
    moments = itertools.count(T0 * 1_000_000)
    opened = Door(engine, lambda: next(moments))
    opened.commit(call_events, 1, PEOPLE, made)
    rated = json.dumps(event("rated", 99, leg_id=rung, rating=4)).encode()
    opened.commit(call_events, 1, PEOPLE, [call_events.recorded(rated)])
    opened.replay(1, PEOPLE, None, None)
    rows = engine.rows(Statement("SELECT last_answered_employee_rating AS rating FROM call_sessions FINAL"))
    assert rows == [{"rating": 4}]
    query = f"SELECT employee_rating FROM call_legs FINAL WHERE leg_key = '{rung}'"
    assert engine.rows(Statement(query)) == [{"employee_rating": 4}]


def test_an_employee_who_talks_has_answered_though_no_answer_was_told() -> None:
    made = [json.loads(line) for line in generate(Random(3), "A").events]
    told = session(*made)
    found = session(*(one for one in made if one["event"] != "answered"))
    assert found.last_talked_employee_id is not None
    assert found.last_answered_employee_id == told.last_answered_employee_id
    assert found.first_answered_employee_full_name == told.first_answered_employee_full_name


def test_recordings_are_told_each_once() -> None:
    found = session(
        event("leg_started", 0, leg_id="c", number="4930555", party="contact"),
        event("recording_ready", 9, "1", recording_id="r1"),
        event("recording_ready", 10, "2", recording_id="r2"),
        event("recording_ready", 10, "3", recording_id="r1"),
    )
    assert found.recordings == ("r1", "r2")


GOOD = event("ended", 3, "7", leg_id="a")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("{", "not JSON: Input data was truncated"),
        ('{"event": "ended", "leg_id": ' + "[" * 9999, "leg_id: Expected str, got array"),
        ("[]", "Expected object, got array"),
        ({}, "Object missing required field event"),
        ({**GOOD, "event": "exploded"}, "event: Invalid value 'exploded'"),
        ({key: value for key, value in GOOD.items() if key != "call_id"}, "Object missing required field call_id"),
        ({**GOOD, "call_id": ""}, "call_id: Expected str of length >= 1"),
        ({**GOOD, "call_id": 5}, "call_id: Expected str, got int"),
        ({**GOOD, "event_id": "x" * 201}, "event_id: Expected str of length <= 200"),
        ({**GOOD, "leg_id": "a\0"}, "leg_id: holds a NUL"),
        ({**GOOD, "time": "2026-03-10T09:00:00"}, "time: Expected datetime with a timezone component"),
        ({**GOOD, "time": "yesterday"}, "time: Invalid RFC3339 encoded datetime"),
        ({**GOOD, "time": -1}, "time: "),
        ({**GOOD, "cause": 300}, "cause: Expected int <= 127"),
        ({**GOOD, "colour": "red"}, "Object contains unknown field colour"),
        ({**event("bridged", 1), "leg_ids": []}, "leg_ids: Expected array of length >= 1"),
        ({**event("session_finished", 1), "finish_reason": "bored"}, "finish_reason: Invalid enum value 'bored'"),
        (event("rated", 1, leg_id="a", rating=101), "rating: Expected int <= 100"),
        (event("recording_ready", 1), "recording_ready: has to have either recording_id or url"),
        (event("recording_ready", 1, recording_id="r", url="http://x/y"), "recording_ready: has to have either"),
        (event("recording_ready", 1, recording_id="r", voice_mail=True), "voice_mail: is for recordings with a url"),
        (event("recording_ready", 1, url="file:///etc/passwd"), "url: is no http or https address"),
        (event("recording_ready", 1, url="http://user:secret@pbx/1.wav"), "url: is no http or https address"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_with_its_reason(broken: dict[str, Any] | str, reason: str) -> None:
    line = broken if isinstance(broken, str) else json.dumps(broken)
    (found,) = call_events.read([line.encode()])
    assert isinstance(found, RejectedLine)
    assert found.reason.startswith(reason)


def test_a_file_holds_events_one_a_line_or_over_many() -> None:
    lines = (json.dumps(GOOD) + "\n" + json.dumps({**GOOD, "event_id": "8"}, indent=2)).encode().splitlines()
    assert [type(one) for one in call_events.read([line + b"\n" for line in lines])] == [RecordedEvent] * 2
    assert DIALECTS["events"] is call_events
