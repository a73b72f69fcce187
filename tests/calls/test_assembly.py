"""Which records make one call, who its parties are and when they talked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ringledger.calls.assembly import Call, assemble, group
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.events import CallEvent, Happening, RecordedEvent

BOB = Employee(1, "Bob", ("201", "+493023125201"), ("SIP/bob",))
CAROL = Employee(2, "Carol", ("202",), ("SIP/carol",))
TRUNK = External(None, ("SIP/trunk",))
WHO = Directory((BOB, CAROL), (TRUNK,))


def event(time: int, kind: Happening, leg: str, **more: Any) -> CallEvent:
    return CallEvent(time=time, kind=kind, leg=leg, call_key="k", **more)


def start(time: int, leg: str, channel: str, **more: Any) -> CallEvent:
    return event(time, Happening.STARTED, leg, channel=channel, **more)


def stay(leg: str, begin: int, end: int, bridge: str = "x", **more: Any) -> list[CallEvent]:
    return [
        event(begin, Happening.JOINED, leg, bridge=bridge, **more),
        event(end, Happening.LEFT, leg, bridge=bridge, **more),
    ]


def call(*events: CallEvent, who: Directory = WHO) -> Call:
    found = assemble(events, who)
    assert found is not None
    return found


def periods(found: Call) -> list[tuple[int, int, tuple[str, ...]]]:
    return [(*talk.span, talk.legs) for talk in found.conversations]


CALLER = start(0, "c", "SIP/trunk-1", number="+493023125017")
RUNG = start(1, "b", "SIP/bob-1")


def recorded(event_id: str, time: int, *keys: str) -> RecordedEvent:
    return RecordedEvent("test", keys, event_id, time, event_id)


@pytest.mark.parametrize("seed", range(5))
def test_records_that_share_a_key_make_one_call_in_any_order_and_each_once(seed: int) -> None:
    events = [
        recorded("1", 10, "a"),
        recorded("2", 20, "b"),
        recorded("3", 30, "c", "b"),
        recorded("4", 40, "c", "d"),
        recorded("5", 25, "e"),
    ]
    shuffled = events * 2
    random.Random(seed).shuffle(shuffled)
    assert [[event.event_id for event in tied] for tied in group(shuffled)] == [["1"], ["2", "3", "4"], ["5"]]


def test_no_records_make_no_call() -> None:
    assert group([]) == []


def test_a_conversation_is_the_time_that_contact_and_employee_share_a_bridge() -> None:
    assert periods(call(CALLER, RUNG, *stay("b", 3, 9), *stay("c", 4, 8))) == [(4, 8, ("b",))]


def test_different_bridges_are_no_conversation() -> None:
    assert periods(call(CALLER, RUNG, *stay("b", 3, 9), *stay("c", 4, 8, "y"))) == []


def test_a_holding_bridge_is_no_conversation() -> None:
    held = [*stay("b", 3, 9, holding=True), *stay("c", 4, 8, holding=True)]
    assert periods(call(CALLER, RUNG, *held)) == []


def test_the_halves_of_a_wire_join_their_bridges() -> None:
    halves = [start(1, "1", "Local/9@x-1;1", wire="w"), start(1, "2", "Local/9@x-1;2", wire="w")]
    bridged = [*stay("c", 3, 9, "x"), *stay("1", 3, 9, "x"), *stay("2", 5, 8, "y"), *stay("b", 5, 8, "y")]
    assert periods(call(CALLER, RUNG, *halves, *bridged)) == [(5, 8, ("b",))]


def test_who_is_in_two_bridges_does_not_join_them() -> None:
    consulted = [start(2, "d", "SIP/carol-1"), *stay("b", 5, 6, "y"), *stay("d", 5, 6, "y")]
    found = call(CALLER, RUNG, *stay("b", 3, 9), *stay("c", 3, 9), *consulted)
    assert {legs for _, _, legs in periods(found)} == {("b",)}


def test_hold_is_taken_out_of_a_conversation() -> None:
    held = [event(5, Happening.HELD, "b"), event(6, Happening.RESUMED, "b")]
    assert periods(call(CALLER, RUNG, *stay("b", 3, 9), *stay("c", 3, 9), *held)) == [(3, 5, ("b",)), (6, 9, ("b",))]


def test_employees_among_themselves_make_no_call() -> None:
    assert assemble([RUNG, start(2, "d", "SIP/carol-1"), *stay("b", 3, 4), *stay("d", 3, 4)], WHO) is None


def test_an_office_phone_that_is_not_listed_is_no_contact() -> None:
    assert assemble([RUNG, start(2, "d", "SIP/door-1", number="900")], WHO) is None


def test_a_full_phone_number_on_a_line_that_is_not_listed_is_a_contact() -> None:
    found = call(start(0, "d", "SIP/new-1", number="+493023125017"), RUNG)
    assert [leg.key for leg in found.contact_legs] == ["d"]


def test_where_no_outside_line_is_listed_whoever_is_no_employee_is_the_contact() -> None:
    found = call(start(0, "d", "SIP/door-1", number="900"), RUNG, who=Directory((BOB,)))
    assert [leg.key for leg in found.contact_legs] == ["d"]


def test_a_mobile_that_a_call_goes_on_to_over_the_trunk_is_its_employee() -> None:
    found = call(CALLER, start(1, "m", "SIP/trunk-2", number="+49 30 23125201"), *stay("c", 2, 5), *stay("m", 2, 5))
    assert found.employee_legs[0][1] is BOB
    assert periods(found) == [(2, 5, ("m",))]


def test_an_outgoing_call_that_shows_the_employees_own_number_keeps_its_contact() -> None:
    found = call(RUNG, start(2, "t", "SIP/trunk-2", number="+493023125201"))
    assert [leg.key for leg in found.contact_legs] == ["t"]


def test_a_call_is_complete_when_every_leg_ended_or_the_switch_says_so() -> None:
    ends = [event(9, Happening.ENDED, "c"), event(9, Happening.ENDED, "b")]
    assert not call(CALLER, RUNG, ends[0]).is_complete
    assert call(CALLER, RUNG, *ends).is_complete
    assert call(CALLER, RUNG, event(9, Happening.FINISHED, "c")).is_complete


def test_the_end_of_a_younger_call_that_was_merged_is_not_the_end() -> None:
    merged = CallEvent(time=5, kind=Happening.FINISHED, leg="b", call_key="younger")
    assert not call(CALLER, RUNG, merged).is_complete


def test_two_who_have_just_been_bridged_are_talking() -> None:
    who = Directory((Employee(1, "Bob", ("201",), ("PJSIP/201",)),), (External(None, ("PJSIP/trunk",)),))
    told = [
        CallEvent(time=0, kind=Happening.STARTED, leg="a", call_key="a", channel="PJSIP/trunk-1"),
        CallEvent(time=1_000_000, kind=Happening.STARTED, leg="b", call_key="a", channel="PJSIP/201-2"),
        CallEvent(time=4_000_000, kind=Happening.JOINED, leg="b", call_key="a", bridge="x"),
        CallEvent(time=5_000_000, kind=Happening.JOINED, leg="a", call_key="a", bridge="x"),
    ]
    call = assemble(told, who)
    assert call is not None
    session = derive(call, who)
    assert (session.is_complete, session.is_lost, session.wait_duration) == (False, False, 5)
    assert session.employees[0].is_talked
