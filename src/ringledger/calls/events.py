"""What switches tell: records as they came, and the vocabulary that every dialect is translated to."""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Final

import msgspec

from ringledger.faults import RecordFault

_END_OF_TIME: Final = 2**32 * 1_000_000


class RecordedEvent(msgspec.Struct, frozen=True):
    """A switch's record as it came.

    Records that share one of `keys` may belong to one call; the first is the call's key. `event_id` is the digest of
    the content, so that the same record twice is one. `time` is in microseconds since 1970, UTC; one that no table
    can hold raises RecordFault.
    """

    source: str
    keys: tuple[str, ...]
    event_id: str
    time: int
    payload: str

    def __post_init__(self) -> None:
        """Refuses a time that no table can hold."""
        if not 0 <= self.time < _END_OF_TIME:
            raise RecordFault("the time is outside the years 1970 to 2105")


class RejectedLine(msgspec.Struct, frozen=True):
    """A line that cannot be read, with its number from 1 and the reason."""

    line: int
    reason: str
    text: str


class Happening(IntEnum):
    """What can happen to a leg or, BEGUN and FINISHED, to a call; at the same instant the smaller comes first."""

    BEGUN = 0
    STARTED = 1
    WIRED = 2
    ANSWERED = 3
    TRANSFERRED = 4
    LEFT = 5
    PARKED = 6
    JOINED = 7
    HELD = 8
    RESUMED = 9
    ENDED = 10
    FINISHED = 11


class CallEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a leg at a time (microseconds, UTC).

    STARTED tells channel, number (of the party) and dialled (what it called); JOINED and LEFT the bridge, `holding`
    if it only parks; ENDED the cause (Q.850) and hung_up_by, the channel that ended it; `dial_status` the outcome of
    the dialling leg. WIRED names the wire that a leg is one end of. BEGUN and FINISHED begin and end the call of
    `call_key`. `coaches` says that the leg listens in on another one. Where the switch itself says who a leg's party
    is, `party` is "contact", "employee" or "other". `group` names the group of employees that the
    leg rings one of, `action` the scenario's operation that made it.
    """

    time: int
    kind: Happening
    leg: str
    call_key: str = ""
    channel: str = ""
    number: str | None = None
    dialled: str | None = None
    bridge: str = ""
    holding: bool = False
    cause: int | None = None
    hung_up_by: str | None = None
    dial_status: str | None = None
    wire: str = ""
    coaches: bool = False
    party: str = ""
    group: str = ""
    action: str = ""


def digest(record: str) -> str:
    """The event_id of a record's content."""
    return hashlib.blake2b(record.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
