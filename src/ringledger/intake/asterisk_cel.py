"""Asterisk's Channel Event Logging: what its rows tell of calls, whether a file or the manager interface told them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from ringledger.calls.assembly import assemble, group
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory
from ringledger.calls.events import CallEvent, Happening, RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_ami
from ringledger.intake.asterisk_row import SOURCE, Row, row_of_csv, told_once
from ringledger.intake.csv_records import events as csv_events

__all__ = ["SOURCE", "read", "sessions"]

_CAUSE_DIGITS: Final = 3


_OLD_BRIDGES: Final = {"BRIDGE_START": 1, "BRIDGE_UPDATE": 2, "BRIDGE_END": 3}
"""The bridge rows up to Asterisk 11, in the order in which they count when their times are equal."""


_COACHING: Final = frozenset({"ChanSpy", "ExtenSpy"})
"""The applications in which a channel listens in on another one."""


class _Pair(msgspec.Struct, frozen=True):
    """Two legs in a bridge since a time in microseconds; the peer is empty where it is not known."""

    leg: str
    peer: str
    since: int


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of a file's lines; what cannot be read is named with its line and the reason."""
    return csv_events(lines, _recorded)


def sessions(events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False) -> list[CallSession]:
    """The sessions of the calls that the events tell of, where a contact took part; their order does not matter."""
    told = (list(_translated(told_once(map(_row, tied)))) for tied in group(events))
    calls = (assemble(one, directory, silent=silent) for one in told)
    return [derive(call, directory) for call in calls if call is not None]


def _recorded(record: str) -> RecordedEvent:
    row = row_of_csv(record)
    return RecordedEvent(SOURCE, (row.linkedid, row.uniqueid), digest(record), row.time, record)


def _row(event: RecordedEvent) -> Row:
    if event.payload.startswith(asterisk_ami.MARK):
        return asterisk_ami.row(event.payload, event.time)
    return row_of_csv(event.payload)


def _translated(rows: Sequence[Row]) -> Iterator[CallEvent]:
    channels = {row.channel: row.uniqueid for row in reversed(rows)}
    pairs: dict[str, _Pair] = {}
    queue = ""
    for row in sorted(rows, key=lambda row: (row.time, _OLD_BRIDGES.get(row.event, 0))):
        if row.app == "Queue":
            queue = row.app_data.partition(",")[0]
        event = _event(row, queue if row.app == "AppQueue" else "")
        if event is not None:
            yield event
        elif row.event in _OLD_BRIDGES:
            yield from _paired(row, _Pair(row.uniqueid, channels.get(row.peer, ""), row.time), pairs)


def _paired(row: Row, pair: _Pair, pairs: dict[str, _Pair]) -> Iterator[CallEvent]:
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


def _event(row: Row, group: str) -> CallEvent | None:
    """`group` is the queue whose member the channel is."""
    if row.event in _PLAIN:
        return _told(row, _PLAIN[row.event], group=group)
    match row.event:
        case "CHAN_START":
            return _told(row, Happening.STARTED, group=group)
        case "BRIDGE_ENTER" | "CONF_ENTER":
            return _in_bridge(row, Happening.JOINED)
        case "BRIDGE_EXIT" | "CONF_EXIT":
            return _in_bridge(row, Happening.LEFT)
        case "HANGUP":
            return _hangup(row, group)
    return None


def _told(row: Row, kind: Happening, **more: Any) -> CallEvent:  # noqa: ANN401 - fields of CallEvent
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


def _dialled(row: Row) -> str | None:
    """What the channel called: at its start in exten, later in dnid, as exten follows the dialplan."""
    dialled = row.exten if row.event == "CHAN_START" else row.dnid
    return dialled if dialled not in {"", "s"} else None


def _in_bridge(row: Row, kind: Happening) -> CallEvent:
    extra = _extra(row)
    holding = extra.get("bridge_technology") == "holding_bridge"
    return _told(row, kind, bridge=str(extra.get("bridge_id", "")), holding=holding)


def _hangup(row: Row, group: str) -> CallEvent:
    extra = _extra(row)
    cause = str(extra.get("hangupcause"))
    is_cause = cause.isascii() and cause.isdigit() and len(cause) <= _CAUSE_DIGITS
    return _told(
        row,
        Happening.ENDED,
        cause=int(cause) if is_cause else None,
        hung_up_by=str(extra.get("hangupsource") or "") or None,
        dial_status=str(extra.get("dialstatus") or "") or None,
        group=group,
    )


def _extra(row: Row) -> dict[str, Any]:
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
