"""From the events of one call to its legs; knows nothing of who its parties are."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ringledger.calls.durations import Span
from ringledger.calls.events import CallEvent, Happening


class Stay(msgspec.Struct):
    """A leg's time in a bridge; `end` is None while it is there."""

    leg: str
    bridge: str
    begin: int
    holding: bool = False
    end: int | None = None


class Leg(msgspec.Struct):
    """A channel's life, in microseconds; `number` is the party's, `dialled` what the leg called."""

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
    transferred: bool = False
    parked: bool = False
    stays: list[Stay] = []
    holds: list[Span] = []


def legs(events: Iterable[CallEvent]) -> list[Leg]:
    """The legs of a call in the order of their starts; the order of the events does not matter."""
    found: dict[str, Leg] = {}
    for event in sorted(events, key=lambda event: (event.time, event.kind, event.leg, event.bridge)):
        if event.kind is Happening.FINISHED:
            continue
        leg = found.get(event.leg)
        if leg is None:
            leg = found[event.leg] = Leg(event.leg, start=event.time)
        _take(leg, event)
    for leg in found.values():
        for stay in leg.stays:
            if stay.end is None:
                stay.end = leg.end
    return sorted(found.values(), key=lambda leg: (leg.start, leg.key))


def _take(leg: Leg, event: CallEvent) -> None:
    leg.channel = leg.channel or event.channel
    leg.number = leg.number or event.number
    leg.wire = leg.wire or event.wire
    match event.kind:
        case Happening.STARTED:
            leg.dialled = leg.dialled or event.dialled
        case Happening.ANSWERED:
            leg.answer = event.time if leg.answer is None else leg.answer
        case Happening.JOINED:
            leg.stays.append(Stay(leg.key, event.bridge, event.time, event.holding))
        case Happening.LEFT:
            _leave(leg, event)
        case Happening.HELD:
            leg.holds.append((event.time, event.time))
        case Happening.RESUMED if leg.holds:
            leg.holds[-1] = (leg.holds[-1][0], event.time)
        case Happening.TRANSFERRED:
            leg.transferred = True
        case Happening.PARKED:
            leg.parked = True
        case Happening.ENDED:
            leg.end = event.time if leg.end is None else max(leg.end, event.time)
            leg.cause = event.cause if leg.cause is None else leg.cause
            leg.hung_up_by = leg.hung_up_by or event.hung_up_by
            leg.dial_status = leg.dial_status or event.dial_status


def _leave(leg: Leg, event: CallEvent) -> None:
    for stay in reversed(leg.stays):
        if stay.bridge == event.bridge and stay.end is None:
            stay.end = event.time
            return
