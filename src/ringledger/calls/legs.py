"""From the events of one call to its legs; knows nothing of who its parties are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ringledger.calls.durations import Span
from ringledger.calls.events import CallEvent, Happening

_DIGITS: Final = re.compile(r"([0-9]+)")


class Stay(msgspec.Struct):
    """A leg's time in a bridge; `end` is None while it is there."""

    leg: str
    bridge: str
    begin: int
    holding: bool = False
    end: int | None = None


class Leg(msgspec.Struct):
    """A channel's life, in microseconds; `number` is the party's, `dialled` what the leg called.

    `opens` says that a call is named after it: it was there before the other legs of that call. `transferred` are the
    moments at which its party moved the call on, `coaches` says that it listened in on another leg.
    """

    key: str
    channel: str = ""
    number: str | None = None
    dialled: str | None = None
    start: int = 0
    answer: int | None = None
    end: int | None = None
    cause: int | None = None
    hung_up_by: str | None = None
    dial_status: str | None = None
    wire: str = ""
    party: str = ""
    group: str = ""
    action: str = ""
    opens: bool = False
    coaches: bool = False
    transferred: list[int] = []
    parked: list[int] = []
    stays: list[Stay] = []
    holds: list[Span] = []
    held_since: int | None = None


def legs(events: Iterable[CallEvent]) -> list[Leg]:
    """The legs of a call in the order of their starts; only events of one time and kind keep the order they come in."""
    found: dict[str, Leg] = {}
    last = 0
    for event in sorted(events, key=lambda event: (event.time, event.kind, event.leg, event.bridge)):
        last = event.time
        if event.kind in {Happening.BEGUN, Happening.FINISHED}:
            continue
        leg = found.get(event.leg)
        if leg is None:
            leg = found[event.leg] = Leg(event.leg, start=event.time)
        _take(leg, event)
    for leg in found.values():
        for stay in leg.stays:
            if stay.end is None:
                stay.end = leg.end
        _resume(leg, last if leg.end is None else leg.end)
    return sorted(found.values(), key=lambda leg: (leg.start, not leg.opens, age(leg.key)))


def age(key: str) -> tuple[tuple[int, str], ...]:
    """Sorts keys that count up, such as `1773133200.9` before `1773133200.10`, whatever stands around the numbers."""
    parts = _DIGITS.split(key)
    return tuple((len(part.lstrip("0")) if at % 2 else 0, part) for at, part in enumerate(parts))


def _take(leg: Leg, event: CallEvent) -> None:
    leg.channel = leg.channel or event.channel
    leg.number = leg.number or event.number
    leg.dialled = leg.dialled or event.dialled
    leg.wire = leg.wire or event.wire
    leg.coaches = leg.coaches or event.coaches
    leg.party = leg.party or event.party
    leg.group = leg.group or event.group
    leg.action = leg.action or event.action
    leg.opens = leg.opens or event.call_key == leg.key
    match event.kind:
        case Happening.ANSWERED:
            leg.answer = event.time if leg.answer is None else leg.answer
        case Happening.JOINED:
            _join(leg, event)
        case Happening.LEFT:
            _leave(leg, event)
        case Happening.HELD:
            leg.held_since = event.time if leg.held_since is None else leg.held_since
        case Happening.RESUMED:
            _resume(leg, event.time)
        case Happening.TRANSFERRED:
            leg.transferred.append(event.time)
        case Happening.PARKED:
            leg.parked.append(event.time)
        case Happening.ENDED:
            leg.end = event.time if leg.end is None else max(leg.end, event.time)
            leg.cause = event.cause if leg.cause is None else leg.cause
            leg.hung_up_by = leg.hung_up_by or event.hung_up_by
            leg.dial_status = leg.dial_status or event.dial_status


def _join(leg: Leg, event: CallEvent) -> None:
    at_once = any(stay.bridge == event.bridge and stay.begin == stay.end == event.time for stay in leg.stays)
    if not at_once:
        leg.stays.append(Stay(leg.key, event.bridge, event.time, event.holding))


def _leave(leg: Leg, event: CallEvent) -> None:
    for stay in reversed(leg.stays):
        if stay.bridge == event.bridge and stay.end is None:
            stay.end = event.time
            return
    # It came in the same instant, as in records with whole seconds: a stay of no length, which _join must not open.
    leg.stays.append(Stay(leg.key, event.bridge, event.time, event.holding, event.time))


def _resume(leg: Leg, time: int) -> None:
    if leg.held_since is not None:
        leg.holds.append((leg.held_since, time))
        leg.held_since = None
