"""Channel events as Asterisk's manager interface (AMI) tells them: messages become events; opens no connection.

A message is kept as it came. Its EventTime is a whole second in the switch's own time zone; the zone and the place in
that second come from the moment at which it was told: the Timestamp that manager.conf's `timestampevents` adds, else
the moment of its arrival, which is added to what is kept as Received.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ringledger.calls.events import RecordedEvent, RejectedLine, digest
from ringledger.faults import RecordFault
from ringledger.intake.asterisk_row import SECOND, SOURCE, Row, micros

MARK: Final = "Event: CEL\n"
"""How a kept message begins, which no CSV record does."""

_QUARTER: Final = 900 * SECOND
"""Time zones lie whole quarters of an hour apart."""
_RECEIVED: Final = "Received: "
_NEEDED: Final = ("EventName", "EventTime", "UniqueID", "LinkedID")


def is_channel_event(message: bytes) -> bool:
    """Whether the message is one of those that tell calls."""
    return message.startswith(b"Event: CEL\r\n")


def received(message: bytes, moment: int) -> bytes:
    """The message with the moment (microseconds) at which it arrived."""
    return b"%b\r\n%b%d.%06d" % (message.rstrip(b"\r\n"), _RECEIVED.encode(), *divmod(moment, SECOND))


def read(messages: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of received messages; what cannot be read is named with its number and the reason."""
    for number, message in enumerate(messages, 1):
        text = message.decode("utf-8", "replace").replace("\r\n", "\n")
        try:
            yield _recorded(text)
        except RecordFault as fault:
            yield RejectedLine(number, fault.reason, text)


def row(kept: str, time: int) -> Row:
    """The channel event of a kept message and the time that was found for it."""
    headers = _headers(kept)
    return Row(
        event=headers["EventName"],
        time=time,
        number=headers.get("CallerIDnum", ""),
        dnid=headers.get("CallerIDdnid", ""),
        exten=headers.get("Exten", ""),
        channel=headers.get("Channel", ""),
        app=headers.get("Application", ""),
        app_data=headers.get("AppData", ""),
        uniqueid=headers["UniqueID"],
        linkedid=headers["LinkedID"],
        peer=headers.get("Peer", ""),
        extra=headers.get("Extra", ""),
        is_live=True,
    )


def _recorded(text: str) -> RecordedEvent:
    headers = _headers(text)
    missing = [name for name in _NEEDED if not headers.get(name)]
    if missing:
        raise RecordFault(f"{missing[0]} is empty")
    told = "\n".join(line for line in text.split("\n") if not line.startswith(_RECEIVED))
    seen = micros(headers.get("Timestamp") or headers["Received"])
    return RecordedEvent(
        SOURCE, (headers["LinkedID"], headers["UniqueID"]), digest(told), _time(headers["EventTime"], seen), text
    )


def _time(stamp: str, seen: int) -> int:
    """The moment in UTC: within the second of the stamp, as near as may be to when the event was told."""
    local = micros(stamp)
    zone = 0 if _is_number(stamp) else round((local - seen) / _QUARTER) * _QUARTER
    first = local - zone
    return first if first % SECOND else min(max(seen, first), first + SECOND - 1)


def _is_number(stamp: str) -> bool:
    return stamp.replace(".", "", 1).isdecimal()


def _headers(text: str) -> dict[str, str]:
    pairs: Sequence[tuple[str, str, str]] = [line.partition(":") for line in text.split("\n")]
    return {name.strip(): value.strip() for name, _, value in pairs}
