"""Asterisk's call detail records as cdr_csv writes them: less than channel events tell, but whole calls.

Columns: accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration,
billsec, disposition, amaflags and, by configuration, uniqueid, userfield, peeraccount, linkedid, sequence. Stamps
are read as UTC (`usegmtime=yes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from ringledger.calls.assembly import assemble
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.intake.csv_records import fields, records

SOURCE: Final = "asterisk-cdr"

_FEWEST_COLUMNS: Final = 16
_SECOND: Final = 1_000_000
_CAUSES: Final = {"ANSWERED": 16, "NO ANSWER": 19, "BUSY": 17, "FAILED": 38, "CONGESTION": 34}
_STATUSES: Final = {"NO ANSWER": "NOANSWER", "BUSY": "BUSY", "CONGESTION": "CONGESTION"}


class _Row(msgspec.Struct, frozen=True):
    """The columns that matter, times in microseconds."""

    caller: str
    dialled: str
    channel: str
    peer: str
    start: int
    answer: int | None
    end: int
    disposition: str
    uniqueid: str
    linkedid: str


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The records of a file's lines; what cannot be read is named with its line and the reason."""
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
        yield RecordedEvent(SOURCE, _keys(row), digest(record), row.start, record)


def sessions(events: Sequence[RecordedEvent], directory: Directory) -> list[CallSession]:
    """The sessions of records that are tied together; those that never overlap in time are calls of their own."""
    rows = [_row(event.payload) for event in {event.event_id: event for event in events}.values()]
    found: list[CallSession] = []
    for rows_of_call in _overlapping(sorted(rows, key=lambda row: (row.start, row.uniqueid, row.peer))):
        call = assemble([event for row in rows_of_call for event in _translated(row)], directory)
        if call is not None:
            found.append(derive(call, directory))
    return found


def _row(record: str) -> _Row:
    columns = fields(record)
    if len(columns) < _FEWEST_COLUMNS:
        raise ValueError(f"{len(columns)} columns, at least {_FEWEST_COLUMNS} belong here")
    start, end = _stamp(columns[9], "start"), _stamp(columns[11], "end")
    if columns[14] not in _CAUSES:
        raise ValueError(f"disposition {columns[14]!r} is unknown")
    if end < start:
        raise ValueError("the call ends before it starts")
    return _Row(
        caller=columns[1],
        dialled=columns[2],
        channel=columns[5],
        peer=columns[6],
        start=start,
        answer=_stamp(columns[10], "answer") if columns[10] else None,
        end=end,
        disposition=columns[14],
        uniqueid=columns[16] if len(columns) > 16 and columns[16] else f"{columns[5]} {columns[9]}",
        linkedid=columns[19] if len(columns) > 19 else "",
    )


def _stamp(text: str, name: str) -> int:
    try:
        stamp = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{name} {text!r} is no date and time") from None
    return int(stamp.timestamp()) * _SECOND


def _keys(row: _Row) -> tuple[str, ...]:
    """What ties rows together: linkedid where it is logged, the caller's uniqueid, and the halves of Local channels."""
    locals_ = [f"{channel[:-2]} {row.start // (86_400 * _SECOND)}" for channel in _channels(row) if _is_half(channel)]
    return tuple(dict.fromkeys([row.linkedid or row.uniqueid, row.uniqueid, *locals_]))


def _channels(row: _Row) -> tuple[str, ...]:
    return (row.channel, row.peer)


def _is_half(channel: str) -> bool:
    return channel.startswith("Local/") and channel[-2:] in {";1", ";2"}


def _overlapping(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Channel names repeat after a restart: rows without a common moment are different calls, unless by linkedid."""
    together: list[_Row] = []
    for row in rows:
        tied = any(row.uniqueid == other.uniqueid or (row.linkedid and row.linkedid == other.linkedid)
                   for other in together)  # fmt: skip
        if together and not tied and row.start > max(other.end for other in together) + _SECOND:
            yield together
            together = []
        together.append(row)
    if together:
        yield together


def _translated(row: _Row) -> Iterator[CallEvent]:
    """The row as events of the caller's leg and of the called one, which is named by its channel."""
    caller, called = row.uniqueid, f"{row.peer} {row.start}"
    key = row.linkedid or row.uniqueid
    yield CallEvent(
        time=row.start,
        kind=Happening.STARTED,
        leg=caller,
        call_key=key,
        channel=row.channel,
        number=row.caller or None,
        dialled=row.dialled or None,
    )
    yield CallEvent(
        time=row.end, kind=Happening.ENDED, leg=caller, call_key=key, dial_status=_STATUSES.get(row.disposition)
    )
    if row.peer:
        yield CallEvent(time=row.start, kind=Happening.STARTED, leg=called, call_key=key, channel=row.peer)
        cause = _CAUSES[row.disposition]
        yield CallEvent(time=row.end, kind=Happening.ENDED, leg=called, call_key=key, cause=cause)
    if row.answer is None or row.disposition != "ANSWERED":
        return
    for leg in (caller, called) if row.peer else (caller,):
        yield CallEvent(time=row.answer, kind=Happening.ANSWERED, leg=leg, call_key=key)
    if row.peer:
        for leg in (caller, called):
            yield CallEvent(time=row.answer, kind=Happening.JOINED, leg=leg, call_key=key, bridge=called)
            yield CallEvent(time=row.end, kind=Happening.LEFT, leg=leg, call_key=key, bridge=called)
