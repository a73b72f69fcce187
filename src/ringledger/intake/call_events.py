"""Call events of any other system: a small vocabulary as JSON; events become legs, legs become sessions.

docs/intake.md tells the vocabulary to those who send it. Every event names its call and has an id of its own within it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ringledger.calls.assembly import assemble, group
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.derivation import Stated, derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession, RemoteRecording
from ringledger.faults import RecordFault
from ringledger.intake.json_records import objects, shown, text
from ringledger.intake.web_address import is_web_address

SOURCE: Final = "events"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[str, Meta(max_length=100)]
Url = Annotated[str, Meta(min_length=1, max_length=2000)]
Moment = Annotated[datetime, Meta(tz=True)] | Annotated[float, Meta(ge=0, lt=2**32)]


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event"):
    """What every event tells; `time` is ISO 8601 with a zone, or Unix seconds."""

    call_id: Identifier
    event_id: Identifier
    time: Moment


class SessionStarted(Event, frozen=True, kw_only=True, tag="session_started"):
    """The call begins. What it states need not be made out from the legs."""

    direction: Direction | None = None
    contact_number: Number | None = None
    virtual_number: Number | None = None


class LegStarted(Event, frozen=True, kw_only=True, tag="leg_started"):
    """A party calls or is rung: its number, what it dialled, its channel, and who it is where the system knows.

    `group` is the group of employees that one is rung of, `action` the step of a scenario that made the leg.
    """

    leg_id: Identifier
    number: Number | None = None
    dialled: Number | None = None
    channel: Number = ""
    party: Literal["contact", "employee", "other"] | UnsetType = UNSET
    group: Number = ""
    action: Number = ""


class Answered(Event, frozen=True, kw_only=True, tag="answered"):
    """The leg's party answers."""

    leg_id: Identifier


class Bridged(Event, frozen=True, kw_only=True, tag="bridged"):
    """The legs hear each other from now on, and nobody else unless `bridge_id` names a bridge that others are in."""

    leg_ids: Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=1000)]
    bridge_id: Identifier | None = None


class Unbridged(Event, frozen=True, kw_only=True, tag="unbridged"):
    """The legs leave the bridge that they are in."""

    leg_ids: Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=1000)]


class Held(Event, frozen=True, kw_only=True, tag="held"):
    """The leg's party does not hear the others for a while."""

    leg_id: Identifier


class Resumed(Event, frozen=True, kw_only=True, tag="resumed"):
    """The leg's party hears the others again."""

    leg_id: Identifier


class Transferred(Event, frozen=True, kw_only=True, tag="transferred"):
    """The leg's party hands the call on and leaves its bridge."""

    leg_id: Identifier


class Ended(Event, frozen=True, kw_only=True, tag="ended"):
    """The leg is over: its cause (Q.850), and the leg that hung up."""

    leg_id: Identifier
    cause: Annotated[int, Meta(ge=0, le=127)] | None = None
    hung_up_by: Identifier | None = None


class Rated(Event, frozen=True, kw_only=True, tag="rated"):
    """The contact rates the employee of the leg."""

    leg_id: Identifier
    rating: Annotated[int, Meta(ge=0, le=100)]


class SessionFinished(Event, frozen=True, kw_only=True, tag="session_finished"):
    """The call is over, whatever its legs say."""

    finish_reason: FinishReason | None = None


class RecordingReady(Event, frozen=True, kw_only=True, tag="recording_ready"):
    """The call was recorded, or a leg of it: under an id that `call_records` will name, or at a url to fetch."""

    recording_id: Identifier | None = None
    url: Url | None = None
    leg_id: Identifier | None = None
    voice_mail: bool = False


AnyEvent = (
    SessionStarted
    | LegStarted
    | Answered
    | Bridged
    | Unbridged
    | Held
    | Resumed
    | Transferred
    | Ended
    | Rated
    | SessionFinished
    | RecordingReady
)
_DECODER: Final = msgspec.json.Decoder(AnyEvent)
_ORDER: Final = {
    kind: place
    for place, kind in enumerate(
        (SessionStarted, LegStarted, Answered, Resumed, Transferred, Unbridged, Bridged, Held, Ended, Rated,
         RecordingReady, SessionFinished)
    )
}  # fmt: skip
"""In which order events of one instant count."""


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
    event = _event(payload)
    identity = digest(f"{event.call_id}\0{event.event_id}")
    return RecordedEvent(SOURCE, (event.call_id,), identity, _micros(event.time), payload)


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter."""
    made = (_session([_event(event.payload) for event in tied], directory, silent=silent) for tied in group(events))
    return [session for session in made if session is not None]


def _event(payload: str) -> AnyEvent:
    try:
        event: AnyEvent = _DECODER.decode(payload)
    except RecursionError:
        raise RecordFault("the event is nested too deep") from None
    except msgspec.ValidationError as error:
        raise RecordFault(_told(error)) from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise RecordFault(f"not JSON: {error}") from None
    for name in ("call_id", "event_id", "leg_id", "bridge_id"):
        if "\0" in (getattr(event, name, None) or ""):
            raise RecordFault(f"{name}: holds a NUL")
    if isinstance(event, RecordingReady):
        _check(event)
    return event


def _check(event: RecordingReady) -> None:
    if (event.recording_id is None) == (event.url is None):
        raise RecordFault("recording_ready: has to have either recording_id or url")
    if event.url is None and event.voice_mail:
        raise RecordFault("voice_mail: is for recordings with a url")
    if event.url is not None and not is_web_address(event.url):
        raise RecordFault("url: is no http or https address without a password in it")


def _told(error: msgspec.ValidationError) -> str:
    """A validation error with the member first, such as `leg_id: Expected str, got int`."""
    message, _, path = str(error).replace("`", "").partition(" - at $.")
    return f"{path}: {message}" if path else message


def _micros(moment: datetime | float) -> int:
    if isinstance(moment, datetime):
        return (moment - _EPOCH) // _MICROSECOND
    return round(moment * 1_000_000)


def _session(events: list[AnyEvent], directory: Directory, *, silent: bool) -> CallSession | None:
    events.sort(key=lambda event: (_micros(event.time), _ORDER[type(event)], event.event_id))
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
        time, key = _micros(event.time), event.call_id
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
