"""Calls under way: seen at once, closed when their switch fell silent, opened again by what comes later."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from ringledger.calls.directory import Directory, Employee
from ringledger.intake import call_events
from ringledger.intake.door import Door
from ringledger.store.engine import Engine, Statement

T0 = 1_773_134_400
WHO = Directory((Employee(7, "Anna Lang", ("201",)),))
SILENCE = 100
Row = dict[str, Any]


class Switch:
    """A door whose clock stands where the test sets it, in seconds after T0."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.now = 0.0
        ticks = itertools.count()
        self.door = Door(engine, lambda: int((T0 + self.now) * 1_000_000) + next(ticks), silence=SILENCE * 1_000_000)

    def tell(self, event: str, at: float, **members: Any) -> None:
        told = {"call_id": "A", "event_id": f"{event} {at}", "event": event, "time": T0 + at, **members}
        self.door.commit(call_events, 1, WHO, [call_events.recorded(json.dumps(told).encode())])

    def sweep(self) -> int:
        return self.door.close_silent(1, WHO)

    def session(self) -> Row:
        query = """SELECT id, finish_reason, toUnixTimestamp(finish_time) - {t0:UInt32} AS finish, talk_duration
            FROM call_sessions FINAL"""
        (row,) = self.engine.rows(Statement(query, {"t0": T0}))
        return row


@pytest.fixture
def switch(engine: Engine) -> Switch:
    found = Switch(engine)
    found.tell("leg_started", 0, leg_id="c", party="contact", number="4930555")
    found.tell("leg_started", 1, leg_id="e", number="201")
    found.tell("bridged", 5, leg_ids=["c", "e"])
    return found


def told(row: Row) -> tuple[Any, ...]:
    return row["finish_reason"], row["finish"], row["talk_duration"]


def test_a_call_is_closed_when_nothing_came_for_long_enough(switch: Switch) -> None:
    begun = switch.session()
    assert told(begun) == (None, None, None)
    switch.now = SILENCE - 1
    assert switch.sweep() == 0
    assert told(switch.session()) == (None, None, None)
    switch.now = SILENCE + 1
    assert switch.sweep() == 1
    assert told(switch.session()) == ("add_cdr_timeout", 5, 0)
    assert switch.session()["id"] == begun["id"]
    assert switch.sweep() == 0


def test_silence_is_counted_from_when_the_last_record_came_in_not_from_when_it_happened(switch: Switch) -> None:
    switch.now = 1_000_000
    switch.tell("held", 20, leg_id="e")
    assert switch.sweep() == 0
    assert told(switch.session()) == (None, None, None)
    switch.now += SILENCE + 1
    assert switch.sweep() == 1
    assert told(switch.session()) == ("add_cdr_timeout", 20, 15)


def test_a_late_event_opens_a_closed_call_again(switch: Switch) -> None:
    switch.now = SILENCE + 1
    switch.sweep()
    switch.tell("ended", 300, leg_id="e")
    assert told(switch.session()) == (None, None, None)
    switch.tell("ended", 301, leg_id="c", hung_up_by="c")
    assert told(switch.session()) == ("subscriber_disconnects", 301, 295)
    switch.now = 10_000
    assert switch.sweep() == 0


def test_an_event_that_is_told_again_does_not_open_a_closed_call(switch: Switch) -> None:
    switch.now = SILENCE + 1
    switch.sweep()
    switch.tell("bridged", 5, leg_ids=["c", "e"])
    assert told(switch.session()) == ("add_cdr_timeout", 5, 0)


@pytest.mark.parametrize("begin", [None, 0])
def test_a_replay_keeps_closed_what_fell_silent(switch: Switch, begin: int | None) -> None:
    switch.now = SILENCE + 1
    switch.sweep()
    before = switch.session()
    replayed = switch.door.replay(1, WHO, begin, None)
    assert (replayed.sessions, replayed.waiting) == (0, 0)
    assert switch.session() == before


def test_calls_of_other_accounts_and_finished_ones_are_left_alone(switch: Switch) -> None:
    switch.tell("session_finished", 9)
    switch.now = 10 * SILENCE
    assert switch.sweep() == 0
    assert switch.door.close_silent(2, WHO) == 0


def test_without_a_setting_no_call_is_closed(engine: Engine, switch: Switch) -> None:
    later = Door(engine, lambda: (T0 + 10**9) * 1_000_000)
    assert later.close_silent(1, WHO) == 0
