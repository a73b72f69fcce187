"""The vocabulary of call events that any system may post: what each event has and means; makes no calls of them.

docs/intake.md tells it to those who send it. Every event names its call and has an id of its own within it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ringledger.calls.codes import Direction, FinishReason
from ringledger.faults import RecordFault
from ringledger.intake.web_address import is_web_address

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
ORDER: Final = {
    kind: place
    for place, kind in enumerate(
        (SessionStarted, LegStarted, Answered, Resumed, Transferred, Unbridged, Bridged, Held, Ended, Rated,
         RecordingReady, SessionFinished)
    )
}  # fmt: skip
"""In which order events of one instant count."""


def parse(payload: str) -> AnyEvent:
    """The event of a record's text. Raises RecordFault that names the member that does not fit."""
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


def micros(moment: datetime | float) -> int:
    """A moment in microseconds since 1970."""
    if isinstance(moment, datetime):
        return (moment - _EPOCH) // _MICROSECOND
    return round(moment * 1_000_000)
