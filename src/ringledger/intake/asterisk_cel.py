"""Asterisk's Channel Event Logging as cel_custom writes it; rows become events, events become sessions.

Columns: eventtype, eventtime, caller id name and number, ani, rdnis, dnid, exten, context, channel, app, appdata,
amaflags, accountcode, uniqueid, linkedid, bridgepeer, userfield, userdeftype, eventextra.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from ringledger.calls.assembly import assemble
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.intake.csv_records import fields, records

SOURCE: Final = "asterisk-cel"

_FEWEST_COLUMNS: Final = 17
_STAMPS: Final = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f%z")
_EVENTS: Final = frozenset(
    {
        *("CHAN_START", "CHAN_END", "ANSWER", "HANGUP", "APP_START", "APP_END", "LINKEDID_END", "USER_DEFINED"),
        *("BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "BRIDGE_ENTER", "BRIDGE_EXIT", "LOCAL_OPTIMIZE"),
        *("CONF_START", "CONF_END", "CONF_ENTER", "CONF_EXIT", "LOCAL_OPTIMIZE_BEGIN", "3WAY", "HOOKFLASH", "DTMF"),
        *("PARK_START", "PARK_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER", "PICKUP", "FORWARD"),
        *("STREAM_BEGIN", "STREAM_END"),
    }
)


class _Row(msgspec.Struct, frozen=True):
    """The columns that matter, the time in microseconds."""

    event: str
    time: int
    number: str
    exten: str
    channel: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: str


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of a file's lines; what cannot be read is named with its line and the reason."""
    for found in records(lines):
        if isinstance(found, RejectedLine):
            yield found
            continue
        number, record = found
        try:
            row = _row(record)
        except ValueError as error:
            yield RejectedLine(number, str(error), record)
            continue
        yield RecordedEvent(SOURCE, (row.linkedid, row.uniqueid), digest(record), row.time, record)


def sessions(events: Sequence[RecordedEvent], directory: Directory) -> list[CallSession]:
    """The session that the events of one call make, if a contact took part; their order does not matter."""
    rows = [_row(event.payload) for event in {event.event_id: event for event in events}.values()]
    call = assemble(list(_translated(sorted(rows, key=lambda row: row.time))), directory)
    return [] if call is None else [derive(call, directory)]


def _row(record: str) -> _Row:
    columns = fields(record)
    if len(columns) < _FEWEST_COLUMNS:
        raise ValueError(f"{len(columns)} columns, at least {_FEWEST_COLUMNS} belong here")
    if columns[0] not in _EVENTS and len(columns) > 18 and not columns[18]:
        raise ValueError(f"{columns[0]!r} is no event of channel event logging")
    if not columns[14] or not columns[15]:
        raise ValueError("uniqueid or linkedid is empty")
    extra = columns[19] if len(columns) > 19 else ""
    return _Row(
        columns[0], _time(columns[1]), columns[3], columns[7], columns[9], columns[14], columns[15], columns[16], extra
    )


def _time(text: str) -> int:
    """Microseconds of Unix seconds with a fraction, or of a strftime text in UTC."""
    try:
        moment = Decimal(text)
        if moment.is_finite() and 0 <= moment < 2**32:
            return int(moment * 1_000_000)
    except InvalidOperation:
        for form in _STAMPS:
            try:
                stamp = datetime.strptime(text, form)  # noqa: DTZ007 - a text without a zone is UTC
            except ValueError:
                continue
            stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
            return int(stamp.timestamp()) * 1_000_000 + stamp.microsecond
    raise ValueError(f"eventtime {text!r} is neither Unix seconds nor a date and time")


def _translated(rows: Sequence[_Row]) -> Iterator[CallEvent]:
    channels = {row.channel: row.uniqueid for row in reversed(rows)}
    for row in rows:
        event = _event(row)
        if event is not None:
            yield event
        if row.event in {"BRIDGE_START", "BRIDGE_END"} and row.peer in channels:
            # Up to Asterisk 11 one row stands for both channels of a bridge.
            kind = Happening.JOINED if row.event == "BRIDGE_START" else Happening.LEFT
            for leg in (row.uniqueid, channels[row.peer]):
                yield CallEvent(time=row.time, kind=kind, leg=leg, bridge=f"{row.uniqueid} {row.peer}")


_PLAIN: Final = {
    "ANSWER": Happening.ANSWERED,
    "BLINDTRANSFER": Happening.TRANSFERRED,
    "ATTENDEDTRANSFER": Happening.TRANSFERRED,
    "TRANSFER": Happening.TRANSFERRED,
    "PARK_START": Happening.PARKED,
    "CHAN_END": Happening.ENDED,
    "LINKEDID_END": Happening.FINISHED,
}


def _event(row: _Row) -> CallEvent | None:
    if row.event in _PLAIN:
        return _told(row, _PLAIN[row.event])
    match row.event:
        case "CHAN_START":
            return _told(row, Happening.STARTED, dialled=row.exten or None, wire=_wire(row.channel))
        case "BRIDGE_ENTER" | "CONF_ENTER":
            return _in_bridge(row, Happening.JOINED)
        case "BRIDGE_EXIT" | "CONF_EXIT":
            return _in_bridge(row, Happening.LEFT)
        case "HANGUP":
            return _hangup(row)
    return None


def _told(row: _Row, kind: Happening, **more: Any) -> CallEvent:  # noqa: ANN401 - fields of CallEvent
    return CallEvent(
        time=row.time,
        kind=kind,
        leg=row.uniqueid,
        call_key=row.linkedid,
        channel=row.channel,
        number=row.number or None,
        **more,
    )


def _in_bridge(row: _Row, kind: Happening) -> CallEvent:
    extra = _extra(row)
    holding = extra.get("bridge_technology") == "holding_bridge"
    return _told(row, kind, bridge=str(extra.get("bridge_id", "")), holding=holding)


def _hangup(row: _Row) -> CallEvent:
    extra = _extra(row)
    cause = str(extra.get("hangupcause"))
    return _told(
        row,
        Happening.ENDED,
        cause=int(cause) if cause.isdigit() else None,
        hung_up_by=str(extra.get("hangupsource") or "") or None,
        dial_status=str(extra.get("dialstatus") or "") or None,
    )


def _extra(row: _Row) -> dict[str, Any]:
    """The eventextra column: JSON, or `cause,source,dialstatus` up to Asterisk 11."""
    if row.extra.startswith("{"):
        try:
            found: dict[str, Any] = msgspec.json.decode(row.extra)
        except msgspec.MsgspecError:
            return {}
        return found
    return dict(zip(("hangupcause", "hangupsource", "dialstatus"), row.extra.split(","), strict=False))


def _wire(channel: str) -> str:
    """The two halves of a Local channel, ;1 and ;2, are one wire."""
    return channel[:-2] if channel.startswith("Local/") and channel[-2:] in {";1", ";2"} else ""
