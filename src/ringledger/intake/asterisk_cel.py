"""Asterisk's Channel Event Logging as cel_custom writes it; rows become events, events become sessions.

Columns, as in Asterisk's own sample mapping: eventtype, eventtime, caller id name and number, ani, rdnis, dnid, exten,
context, channel, app, appdata, amaflags, accountcode, uniqueid, linkedid, bridgepeer, userfield, userdeftype,
eventextra. Many mappings leave out userfield or userdeftype: with 19 columns the last one is eventextra.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from ringledger.calls.assembly import assemble, group
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.faults import RecordFault
from ringledger.intake.csv_records import events as csv_events
from ringledger.intake.csv_records import fields

SOURCE: Final = "asterisk-cel"

_COLUMNS: Final = range(17, 25)
"""Up to bridgepeer every column is needed; a mapping may leave out userfield or add a few of its own."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CAUSE_DIGITS: Final = 3


_OLD_BRIDGES: Final = {"BRIDGE_START": 1, "BRIDGE_UPDATE": 2, "BRIDGE_END": 3}
"""The bridge rows up to Asterisk 11, in the order in which they count when their times are equal."""
_OTHER_STAMPS: Final = ("%a %b %d %H:%M:%S %Y", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S")
"""Forms of `dateformat` besides ISO 8601; day and month between slashes are not told apart, so they are not here."""


_COACHING: Final = frozenset({"ChanSpy", "ExtenSpy"})
"""The applications in which a channel listens in on another one."""


class _Pair(msgspec.Struct, frozen=True):
    """Two legs in a bridge since a time in microseconds; the peer is empty where it is not known."""

    leg: str
    peer: str
    since: int


class _Row(msgspec.Struct, frozen=True):
    """The columns that matter, the time in microseconds."""

    event: str
    time: int
    number: str
    dnid: str
    exten: str
    channel: str
    app: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: str


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of a file's lines; what cannot be read is named with its line and the reason."""
    return csv_events(lines, _recorded)


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter."""
    told = (list(_translated([_row(event.payload) for event in tied])) for tied in group(events))
    calls = (assemble(one, directory, silent=silent) for one in told)
    return [derive(call, directory) for call in calls if call is not None]


def _recorded(record: str) -> RecordedEvent:
    row = _row(record)
    return RecordedEvent(SOURCE, (row.linkedid, row.uniqueid), digest(record), row.time, record)


def _row(record: str) -> _Row:
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
    return _Row(
        event=columns[0],
        time=_time(columns[1]),
        number=columns[3],
        dnid=columns[6],
        exten=columns[7],
        channel=columns[9],
        app=columns[10],
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


def _time(text: str) -> int:
    """Microseconds of Unix seconds with a fraction, or of a date and time, in UTC where it names no zone."""
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


def _translated(rows: Sequence[_Row]) -> Iterator[CallEvent]:
    channels = {row.channel: row.uniqueid for row in reversed(rows)}
    pairs: dict[str, _Pair] = {}
    for row in sorted(rows, key=lambda row: (row.time, _OLD_BRIDGES.get(row.event, 0))):
        event = _event(row)
        if event is not None:
            yield event
        elif row.event in _OLD_BRIDGES:
            yield from _paired(row, _Pair(row.uniqueid, channels.get(row.peer, ""), row.time), pairs)


def _paired(row: _Row, pair: _Pair, pairs: dict[str, _Pair]) -> Iterator[CallEvent]:
    """Up to Asterisk 11 one row stands for both channels of a bridge; BRIDGE_UPDATE changes who they are."""
    is_end = row.event == "BRIDGE_END"
    old = pairs.get(row.uniqueid, pair if is_end else None)
    if is_end and old is not None and old.since == row.time and old.peer != pair.peer:
        return  # The end of the pair before, which the start of this one in the same instant has ended already.
    if old is not None:
        yield from _both(old, Happening.LEFT, row.time)
    pairs.pop(row.uniqueid, None)
    if not is_end:
        pairs[row.uniqueid] = pair
        yield from _both(pair, Happening.JOINED, row.time)


def _both(pair: _Pair, kind: Happening, time: int) -> Iterator[CallEvent]:
    for leg in filter(None, (pair.leg, pair.peer)):
        yield CallEvent(time=time, kind=kind, leg=leg, bridge=f"{pair.leg} {pair.peer}")


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
            return _told(row, Happening.STARTED)
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
        dialled=_dialled(row),
        wire=_wire(row.channel),
        coaches=row.app in _COACHING,
        **more,
    )


def _dialled(row: _Row) -> str | None:
    """What the channel called: at its start in exten, later in dnid, as exten follows the dialplan."""
    dialled = row.exten if row.event == "CHAN_START" else row.dnid
    return dialled if dialled not in {"", "s"} else None


def _in_bridge(row: _Row, kind: Happening) -> CallEvent:
    extra = _extra(row)
    holding = extra.get("bridge_technology") == "holding_bridge"
    return _told(row, kind, bridge=str(extra.get("bridge_id", "")), holding=holding)


def _hangup(row: _Row) -> CallEvent:
    extra = _extra(row)
    cause = str(extra.get("hangupcause"))
    is_cause = cause.isascii() and cause.isdigit() and len(cause) <= _CAUSE_DIGITS
    return _told(
        row,
        Happening.ENDED,
        cause=int(cause) if is_cause else None,
        hung_up_by=str(extra.get("hangupsource") or "") or None,
        dial_status=str(extra.get("dialstatus") or "") or None,
    )


def _extra(row: _Row) -> dict[str, Any]:
    """The eventextra column: JSON, or `cause,source,dialstatus` up to Asterisk 11."""
    if row.extra.startswith("{"):
        try:
            found: dict[str, Any] = msgspec.json.decode(row.extra)
        except (msgspec.MsgspecError, RecursionError):
            return {}
        return found
    return dict(zip(("hangupcause", "hangupsource", "dialstatus"), row.extra.split(","), strict=False))


def _wire(channel: str) -> str:
    """The two halves of a Local channel, ;1 and ;2, are one wire."""
    return channel[:-2] if channel.startswith("Local/") and channel[-2:] in {";1", ";2"} else ""
