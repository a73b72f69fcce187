"""Fills in how long lost sessions waited for the next conversation with their contact; touches no other column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows

_SLICE: Final = 5_000
_FILLED: Final = "lost_call_processing_duration"
_TABLE: Final = CALLS_REPORT.table

_OURS: Final = f"""{_TABLE} FINAL
    WHERE account = {{account:UInt32}} AND contact_phone_number IN {{contacts:Array(String)}}"""

_LOSERS: Final = f"""
SELECT DISTINCT assumeNotNull(contact_phone_number) AS contact FROM {_TABLE}
WHERE account = {{account:UInt32}} AND contact_phone_number IN {{contacts:Array(String)}}
    AND call_key != '' AND (is_lost OR isNotNull({_FILLED}))"""
"""Most contacts never were lost; which versions are the newest need not be known to leave those out."""

_CHANGED: Final = f"""
SELECT id, toUnixTimestamp(start_time) AS start, if(lost AND talked > 0, talked - finish, -1) AS duration
FROM (
    SELECT id, start_time, toInt64(ifNull({_FILLED}, -1)) AS old, assumeNotNull(contact_phone_number) AS contact,
        ifNull(is_lost, false) AND isNotNull(finish_time) AS lost,
        toInt64(toUnixTimestamp(ifNull(finish_time, start_time))) AS finish
    FROM {_OURS} AND call_key != '' AND (is_lost OR isNotNull({_FILLED}))
) AS sessions
ASOF LEFT JOIN (
    SELECT assumeNotNull(contact_phone_number) AS contact,
        toInt64(toUnixTimestamp(start_time)) + ifNull(wait_duration, 0) AS talked
    FROM {_OURS} AND is_lost = false AND isNotNull(wait_duration)
) AS conversations ON sessions.contact = conversations.contact AND sessions.finish <= conversations.talked
WHERE duration != old"""

_VALUE: Final = "nullIf(transform(id, {ids:Array(Int64)}, {durations:Array(Int64)}, toInt64(-1)), -1)"


def fill_lost_calls(engine: Engine, account: int, contacts: Iterable[str]) -> int:
    """Brings the derived sessions with these contacts up to date; returns how many rows changed.

    Any session counts as a conversation, uploaded ones too; only those derived from events are written. Safe to
    repeat. Raises EngineFault.
    """
    names = sorted(set(contacts))
    filled = 0
    for start in range(0, len(names), _SLICE):
        values: dict[str, object] = {"account": account, "contacts": names[start : start + _SLICE]}
        values["contacts"] = [row["contact"] for row in engine.rows(Statement(_LOSERS, values))]
        changed = engine.rows(Statement(_CHANGED, values)) if values["contacts"] else []
        if changed:
            _write(engine, account, changed)
        filled += len(changed)
    return filled


def _write(engine: Engine, account: int, changed: list[dict[str, int]]) -> None:
    starts = [row["start"] for row in changed]
    values: dict[str, object] = {
        "ids": [row["id"] for row in changed],
        "durations": [row["duration"] for row in changed],
    }
    chosen = Chosen(account, Statement("id IN {ids:Array(Int64)}", values), min(starts), max(starts))
    update_rows(engine, chosen, {_FILLED: _VALUE}, starts=starts)
