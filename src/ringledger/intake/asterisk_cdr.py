"""Asterisk's call detail records as cdr_csv writes them: less than channel events tell, but whole calls.

Columns: accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration,
billsec, disposition, amaflags and, by configuration, uniqueid, userfield, peeraccount, linkedid, sequence. Where a
caller that was answered before is dialled on, Asterisk writes the answer at the row's start: ringing looks like talk.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

import msgspec

from ringledger.calls.assembly import Ties, assemble, group
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.faults import RecordFault
from ringledger.intake.csv_records import events as csv_events
from ringledger.intake.csv_records import fields

SOURCE: Final = "asterisk-cdr"

_COLUMNS: Final = range(16, 25)
_SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CAUSES: Final = {"ANSWERED": 16, "NO ANSWER": 19, "BUSY": 17, "FAILED": 38, "CONGESTION": 34}
_STATUSES: Final = {"NO ANSWER": "NOANSWER", "BUSY": "BUSY", "CONGESTION": "CONGESTION"}
_SERIAL: Final = re.compile(r"-[0-9a-f]{8}$")
"""The end of a channel's name that no other channel has until Asterisk is started again."""


class _Row(msgspec.Struct, frozen=True):
    """The columns that matter, times in microseconds."""

    caller: str
    dialled: str
    channel: str
    peer: str
    queue: str
    start: int
    answer: int | None
    end: int
    disposition: str
    uniqueid: str
    linkedid: str

    @property
    def call_key(self) -> str:
        """The key of the call as far as the row alone tells."""
        return self.linkedid or self.uniqueid

    @property
    def names(self) -> list[str]:
        """Names of channels and of Local channels as a whole, by which rows without a linkedid hang together."""
        if self.linkedid:
            return []
        return [_wire(channel) or channel for channel in (self.channel, self.peer) if _is_tie(channel)]


def read(lines: Iterable[bytes], timezone: tzinfo = UTC) -> Iterator[RecordedEvent | RejectedLine]:
    """The records of a file's lines; what cannot be read is named with its line and the reason.

    `timezone` is what the stamps are in: UTC with `usegmtime=yes`, else the switch's own.
    """
    return csv_events(lines, lambda record: _recorded(record, timezone))


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter.

    Names of channels repeat after a restart: rows that only a name ties and that never overlap are different calls.
    """
    found: list[CallSession] = []
    for tied in group(events):
        for rows in _calls([_kept_row(event) for event in tied]):
            call = assemble(list(_translated(rows)), directory, silent=silent)
            if call is not None:
                found.append(derive(call, directory))
    return found


def _recorded(record: str, timezone: tzinfo) -> RecordedEvent:
    row = _row(record, timezone)
    if row.end < row.start:
        raise RecordFault("the call ends before it starts")
    if row.answer is not None and not row.start <= row.answer <= row.end:
        raise RecordFault("the answer is not between start and end")
    days = sorted({moment // (86_400 * _SECOND) for moment in (row.start, row.end)})
    names = [f"{name} {day}" for name in row.names for day in days]
    keys = tuple(dict.fromkeys([row.call_key, row.uniqueid, *names]))
    return RecordedEvent(SOURCE, keys, digest(record), row.start, record)


def _kept_row(event: RecordedEvent) -> _Row:
    """The row of a kept event; how far its time is from the stamp tells the zone that it was read in."""
    row = _row(event.payload, UTC)
    shift = event.time - row.start
    answer = None if row.answer is None else row.answer + shift
    return msgspec.structs.replace(row, start=row.start + shift, answer=answer, end=row.end + shift)


def _row(record: str, timezone: tzinfo) -> _Row:
    columns = fields(record)
    if len(columns) not in _COLUMNS:
        raise RecordFault(f"{len(columns)} columns, {_COLUMNS[0]} to {_COLUMNS[-1]} belong here")
    start, end = _stamp(columns[9], "start", timezone), _stamp(columns[11], "end", timezone)
    if columns[14] not in _CAUSES:
        raise RecordFault(f"disposition {columns[14]!r} is unknown")
    return _Row(
        caller=columns[1],
        dialled=columns[2],
        channel=columns[5],
        peer=columns[6],
        queue=columns[8].partition(",")[0] if columns[7] == "Queue" else "",
        start=start,
        answer=_stamp(columns[10], "answer", timezone) if columns[10] else None,
        end=end,
        disposition=columns[14],
        uniqueid=columns[16] if len(columns) > 16 and columns[16] else f"{columns[5]} {columns[9]}",
        linkedid=columns[19] if len(columns) > 19 else "",
    )


def _stamp(text: str, name: str, timezone: tzinfo) -> int:
    try:
        stamp = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone)
    except ValueError:
        raise RecordFault(f"{name} {text!r} is no date and time") from None
    return (stamp - _EPOCH) // timedelta(seconds=1) * _SECOND


def _wire(channel: str) -> str:
    """The two halves of a Local channel, ;1 and ;2, are one wire."""
    return channel[:-2] if channel.startswith("Local/") and channel[-2:] in {";1", ";2"} else ""


def _is_tie(channel: str) -> bool:
    return bool(_wire(channel) or _SERIAL.search(channel))


def _calls(rows: Sequence[_Row]) -> list[list[_Row]]:
    """The rows by calls: tied by linkedid and uniqueid, and by names of channels as long as they overlap in time."""
    ties = Ties()
    until: dict[str, tuple[int, str]] = {}
    ordered = sorted(rows, key=lambda row: (row.start, row.uniqueid, row.peer, row.end))
    for row in ordered:
        ties.tie((f"id {row.uniqueid}", f"id {row.call_key}"))
        for name in row.names:
            end, other = until.get(name, (-1, ""))
            if row.start <= end:
                ties.tie((f"id {row.uniqueid}", other))
            until[name] = max((end, other), (row.end, f"id {row.uniqueid}"))
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in ordered:
        found[ties.root(f"id {row.uniqueid}")].append(row)
    return list(found.values())


def _translated(rows: Sequence[_Row]) -> Iterator[CallEvent]:
    """The rows of one call as events; a called leg is known by its channel's name unless it calls in another row."""
    uniqueids = {row.channel: row.uniqueid for row in reversed(rows)}
    for row in rows:
        called = uniqueids.get(row.peer, row.peer)
        yield from _lives(row, called)
        if row.disposition == "ANSWERED" and row.answer is not None:
            yield from _talk(row, called, row.answer)
    yield from _transfers(rows, uniqueids)


def _lives(row: _Row, called: str) -> Iterator[CallEvent]:
    for leg, channel in ((row.uniqueid, row.channel), (called, row.peer)) if called else ((row.uniqueid, row.channel),):
        is_caller = leg == row.uniqueid
        yield CallEvent(
            time=row.start,
            kind=Happening.STARTED,
            leg=leg,
            call_key=row.call_key,
            channel=channel,
            number=(row.caller or None) if is_caller else None,
            dialled=(row.dialled or None) if is_caller else None,
            wire=_wire(channel),
            group="" if is_caller else row.queue,
        )
        yield CallEvent(
            time=row.end,
            kind=Happening.ENDED,
            leg=leg,
            call_key=row.call_key,
            cause=None if is_caller else _CAUSES[row.disposition],
            dial_status=_STATUSES.get(row.disposition) if is_caller else None,
        )


def _talk(row: _Row, called: str, answer: int) -> Iterator[CallEvent]:
    for leg in filter(None, (row.uniqueid, called)):
        yield CallEvent(time=answer, kind=Happening.ANSWERED, leg=leg)
        if called:
            bridge = f"{row.uniqueid} {row.peer} {row.start}"
            yield CallEvent(time=answer, kind=Happening.JOINED, leg=leg, bridge=bridge)
            yield CallEvent(time=row.end, kind=Happening.LEFT, leg=leg, bridge=bridge)


def _transfers(rows: Sequence[_Row], uniqueids: dict[str, str]) -> Iterator[CallEvent]:
    """A transfer is a further answered row of the caller's channel, with another, after the first one ended."""
    answered = [row for row in rows if row.peer and row.disposition == "ANSWERED"]
    for row, later in pairwise(sorted(answered, key=lambda row: (row.uniqueid, row.start, row.end, row.peer))):
        if row.uniqueid == later.uniqueid and row.peer != later.peer and later.start >= row.end:
            leg = uniqueids.get(row.peer, row.peer)
            yield CallEvent(time=later.start, kind=Happening.TRANSFERRED, leg=leg)
