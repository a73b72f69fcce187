"""One channel event of Asterisk, as a row of cel_custom's CSV files has it; knows nothing of calls.

Columns, as in Asterisk's own sample mapping: eventtype, eventtime, caller id name and number, ani, rdnis, dnid, exten,
context, channel, app, appdata, amaflags, accountcode, uniqueid, linkedid, bridgepeer, userfield, userdeftype,
eventextra. Many mappings leave out userfield or userdeftype: with 19 columns the last one is eventextra.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from ringledger.faults import RecordFault
from ringledger.intake.csv_records import fields

SOURCE: Final = "asterisk-cel"

SECOND: Final = 1_000_000
_COLUMNS: Final = range(17, 25)
"""Up to bridgepeer every column is needed; a mapping may leave out userfield or add a few of its own."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_OTHER_STAMPS: Final = ("%a %b %d %H:%M:%S %Y", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S")
"""Forms of `dateformat` besides ISO 8601; day and month between slashes are not told apart, so they are not here."""


class Row(msgspec.Struct, frozen=True):
    """What matters of a channel event, the time in microseconds; `is_live` if the manager interface told it."""

    event: str
    time: int
    number: str
    dnid: str
    exten: str
    channel: str
    app: str
    app_data: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: str
    is_live: bool = False


def row_of_csv(record: str) -> Row:
    """The channel event of a CSV record. Raises RecordFault."""
    columns = fields(record)
    if len(columns) not in _COLUMNS:
        raise RecordFault(
            f"{len(columns)} columns, where at least the {_COLUMNS[0]} from eventtype to bridgepeer belong and at most "
            f"{_COLUMNS[-1]}: cel_custom.conf needs the mapping that docs/asterisk.md shows"
        )
    if not columns[0]:
        raise RecordFault("eventtype is empty")
    if not columns[14] or not columns[15]:
        raise RecordFault("uniqueid or linkedid is empty")
    return Row(
        event=columns[0],
        time=micros(columns[1]),
        number=columns[3],
        dnid=columns[6],
        exten=columns[7],
        channel=columns[9],
        app=columns[10],
        app_data=columns[11],
        uniqueid=columns[14],
        linkedid=columns[15],
        peer=columns[16],
        extra=_extra_column(columns),
    )


def _extra_column(columns: Sequence[str]) -> str:
    """The last column of a short mapping is eventextra if there are 19 columns or it is JSON."""
    if len(columns) > 19:
        return columns[19]
    return columns[-1] if len(columns) == 19 or columns[-1].startswith("{") else ""


def micros(text: str) -> int:
    """Microseconds of Unix seconds with a fraction, or of a date and time, in UTC where it names no zone.

    Raises RecordFault.
    """
    try:
        moment = Decimal(text)
    except InvalidOperation:
        return _stamp(text)
    if not moment.is_finite() or not 0 <= moment < 2**32:
        raise RecordFault(f"eventtime {text!r} is out of range")
    return int(moment * 1_000_000)


def _stamp(text: str) -> int:
    stamp = _iso(text.removesuffix(" UTC").removesuffix(" GMT")) or _other(text)
    if stamp is None:
        raise RecordFault(f"eventtime {text!r} is neither Unix seconds nor a date and time")
    stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return (stamp - _EPOCH) // _MICROSECOND


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if len(text) >= len("2026-03-10 09:00:00") else None
    except ValueError:
        return None


def _other(text: str) -> datetime | None:
    for form in _OTHER_STAMPS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def told_once(rows: Iterable[Row]) -> list[Row]:
    """The rows without the live ones that a file has too: it tells the time exactly, live it is known by the second."""
    every = list(rows)
    filed = [row for row in every if not row.is_live]
    if len(filed) == len(every):
        return every
    with_extra = any(row.extra for row in filed)
    known = Counter(_sameness(row, with_extra=with_extra) for row in filed)
    left = list(filed)
    for row in every:
        if row.is_live and known[same := _sameness(row, with_extra=with_extra)] > 0:
            known[same] -= 1
        elif row.is_live:
            left.append(row)
    return left


def _sameness(row: Row, *, with_extra: bool) -> tuple[object, ...]:
    """What is equal in both tellings of an event; mappings of the file may leave out the extra."""
    extra = row.extra if with_extra else ""
    return row.event, row.time // SECOND, row.uniqueid, row.linkedid, row.peer, extra
