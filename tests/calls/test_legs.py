"""Legs are made of events in any order."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ringledger.calls.events import CallEvent, Happening
from ringledger.calls.legs import Leg, legs


def event(time: int, kind: Happening, leg: str = "a", **more: Any) -> CallEvent:
    return CallEvent(time=time, kind=kind, leg=leg, **more)


def one(*events: CallEvent) -> Leg:
    (leg,) = legs(events)
    return leg


def test_a_leg_tells_its_start_answer_end_and_why_it_ended() -> None:
    leg = one(
        event(1, Happening.STARTED, channel="SIP/a-1", number="201", dialled="100"),
        event(3, Happening.ANSWERED),
        event(4, Happening.ANSWERED),
        event(9, Happening.ENDED, cause=16, hung_up_by="SIP/a-1", dial_status="ANSWER"),
        event(9, Happening.ENDED),
    )
    assert (leg.start, leg.answer, leg.end) == (1, 3, 9)
    assert (leg.channel, leg.number, leg.dialled) == ("SIP/a-1", "201", "100")
    assert (leg.cause, leg.hung_up_by, leg.dial_status) == (16, "SIP/a-1", "ANSWER")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_events_does_not_matter(seed: int) -> None:
    events = [
        event(1, Happening.STARTED),
        event(2, Happening.JOINED, bridge="one"),
        event(5, Happening.LEFT, bridge="one"),
        event(5, Happening.JOINED, bridge="two"),
        event(7, Happening.LEFT, bridge="two"),
        event(7, Happening.ENDED),
        event(2, Happening.STARTED, "b"),
    ]
    shuffled = events[:]
    random.Random(seed).shuffle(shuffled)
    assert legs(shuffled) == legs(events)


def test_legs_come_in_the_order_of_their_starts() -> None:
    assert [leg.key for leg in legs([event(5, Happening.STARTED, "a"), event(2, Happening.STARTED, "b")])] == ["b", "a"]


def test_a_stay_that_is_never_left_lasts_as_long_as_the_leg() -> None:
    leg = one(event(1, Happening.STARTED), event(2, Happening.JOINED, bridge="x"), event(8, Happening.ENDED))
    assert [(stay.begin, stay.end) for stay in leg.stays] == [(2, 8)]


def test_coming_and_going_in_the_same_instant_is_a_stay_of_no_length() -> None:
    leg = one(
        event(1, Happening.STARTED),
        event(2, Happening.JOINED, bridge="x"),
        event(2, Happening.LEFT, bridge="x"),
        event(8, Happening.ENDED),
    )
    assert [(stay.begin, stay.end) for stay in leg.stays] == [(2, 2)]


def test_going_and_coming_back_in_the_same_instant_goes_on() -> None:
    leg = one(
        event(2, Happening.JOINED, bridge="x"),
        event(5, Happening.LEFT, bridge="x"),
        event(5, Happening.JOINED, bridge="x"),
        event(8, Happening.LEFT, bridge="x"),
    )
    assert [(stay.begin, stay.end) for stay in leg.stays] == [(2, 5), (5, 8)]


def test_a_hold_lasts_until_it_is_resumed_or_the_leg_ends() -> None:
    leg = one(
        event(1, Happening.STARTED),
        event(2, Happening.HELD),
        event(3, Happening.HELD),
        event(4, Happening.RESUMED),
        event(5, Happening.RESUMED),
        event(6, Happening.HELD),
        event(9, Happening.ENDED),
    )
    assert leg.holds == [(2, 4), (6, 9)]


def test_a_hold_of_a_leg_under_way_lasts_until_the_last_event() -> None:
    found = legs([event(2, Happening.HELD), event(7, Happening.STARTED, "b")])
    assert found[0].holds == [(2, 7)]
