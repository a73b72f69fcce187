"""The dialect of call events that any system may post: events become legs, legs become sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec import UNSET

from ringledger.calls.assembly import assemble, group
from ringledger.calls.derivation import Stated, derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession, RemoteRecording
from ringledger.faults import RecordFault
from ringledger.intake.event_vocabulary import (
    ORDER,
    Answered,
    AnyEvent,
    Bridged,
    Ended,
    Held,
    LegStarted,
    Rated,
    RecordingReady,
    Resumed,
    SessionFinished,
    SessionStarted,
    Transferred,
    Unbridged,
    micros,
    parse,
)
from ringledger.intake.json_records import objects, shown, text

SOURCE: Final = "events"


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of a file, one or more JSON objects; what cannot be read is named with its line and the reason."""
    for number, record in objects(lines):
        try:
            yield recorded(record)
        except RecordFault as fault:
            yield RejectedLine(number, fault.reason, shown(record))


def recorded(record: bytes) -> RecordedEvent:
    """The event of one JSON object. Raises RecordFault that names the member that does not fit."""
    payload = text(record)
    event = parse(payload)
    identity = digest(f"{event.call_id}\0{event.event_id}")
    return RecordedEvent(SOURCE, (event.call_id,), identity, micros(event.time), payload)


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter."""
    made = (_session([parse(event.payload) for event in tied], directory, silent=silent) for tied in group(events))
    return [session for session in made if session is not None]


def _session(events: list[AnyEvent], directory: Directory, *, silent: bool) -> CallSession | None:
    events.sort(key=lambda event: (micros(event.time), ORDER[type(event)], event.event_id))
    stated = _stated(events)
    told = list(_translated(events))
    call = assemble(told, directory, silent=silent)
    if call is None and stated.contact:
        # Nobody has told of the contact's leg, or not yet: it is there from the beginning to the end.
        begun = next(event for event in told if event.kind is Happening.BEGUN)
        contact = CallEvent(
            time=begun.time,
            kind=Happening.STARTED,
            leg="contact",
            call_key=begun.call_key,
            party="contact",
            number=stated.contact,
            dialled=stated.virtual,
        )
        told.append(contact)
        call = assemble(told, directory, silent=silent)
    return None if call is None else derive(call, directory, stated)


def _stated(events: Sequence[AnyEvent]) -> Stated:
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, SessionStarted):
            values = {"direction": event.direction, "contact": event.contact_number, "virtual": event.virtual_number}
            found |= {name: value for name, value in values.items() if value and name not in found}
        if isinstance(event, SessionFinished) and event.finish_reason:
            found["finish_reason"] = event.finish_reason
    ready = [event for event in events if isinstance(event, RecordingReady)]
    recordings = {event.recording_id: event.leg_id for event in ready if event.recording_id}
    downloads = {event.url: RemoteRecording(event.url, event.leg_id, event.voice_mail) for event in ready if event.url}
    return Stated(
        **found,
        recordings=tuple(recordings),
        leg_recordings=tuple(recordings.items()),
        downloads=tuple(downloads.values()),
        ratings=tuple((event.leg_id, event.rating) for event in events if isinstance(event, Rated)),
    )


def _translated(events: Sequence[AnyEvent]) -> Iterator[CallEvent]:
    channels = {event.leg_id: event.channel or event.leg_id for event in events if isinstance(event, LegStarted)}
    bridges: dict[str, str] = {}
    for event in events:
        time, key = micros(event.time), event.call_id
        match event:
            case SessionStarted():
                yield CallEvent(time=time, kind=Happening.BEGUN, leg="", call_key=key)
            case SessionFinished():
                yield CallEvent(time=time, kind=Happening.FINISHED, leg="", call_key=key)
            case Bridged() | Unbridged():
                yield from _moved(event, time, bridges)
            case RecordingReady() | Rated():
                continue
            case _:
                if isinstance(event, (Transferred, Ended)) and event.leg_id in bridges:
                    bridge = bridges.pop(event.leg_id)
                    yield CallEvent(time=time, kind=Happening.LEFT, leg=event.leg_id, bridge=bridge)
                yield _of_leg(event, time, channels)


def _moved(event: Bridged | Unbridged, time: int, bridges: dict[str, str]) -> Iterator[CallEvent]:
    """A leg is in one bridge at a time: it leaves the one that it was in."""
    bridge = ""
    if isinstance(event, Bridged):
        bridge = f"named {event.bridge_id}" if event.bridge_id else f"event {event.event_id}"
    for leg in dict.fromkeys(event.leg_ids):
        before = bridges.pop(leg, "")
        if before and before != bridge:
            yield CallEvent(time=time, kind=Happening.LEFT, leg=leg, bridge=before)
        if bridge and before != bridge:
            yield CallEvent(time=time, kind=Happening.JOINED, leg=leg, bridge=bridge)
        if bridge:
            bridges[leg] = bridge


_OF_LEG: Final = {
    LegStarted: Happening.STARTED,
    Answered: Happening.ANSWERED,
    Held: Happening.HELD,
    Resumed: Happening.RESUMED,
    Transferred: Happening.TRANSFERRED,
    Ended: Happening.ENDED,
}


def _of_leg(
    event: LegStarted | Answered | Held | Resumed | Transferred | Ended, time: int, channels: dict[str, str]
) -> CallEvent:
    more: dict[str, Any] = {}
    if isinstance(event, LegStarted):
        party = "" if event.party is UNSET else event.party
        more = {"number": event.number, "dialled": event.dialled, "party": party}
        more |= {"group": event.group, "action": event.action}
    if isinstance(event, Ended):
        by = event.hung_up_by
        more = {"cause": event.cause, "hung_up_by": None if by is None else channels.get(by, by)}
    return CallEvent(
        time=time,
        kind=_OF_LEG[type(event)],
        leg=event.leg_id,
        call_key=event.call_id,
        channel=channels.get(event.leg_id, event.leg_id),
        **more,
    )
