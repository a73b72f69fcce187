"""Which derived sessions are still under way, found without reading a table as a whole; changes nothing."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement

_TABLE: Final = CALLS_REPORT.table

_OPEN: Final = f"""
SELECT call_key FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND start_time <= toDateTime({{before:UInt32}}, 'UTC') AND isNull(finish_time)
    AND id IN (
        SELECT id FROM {_TABLE}
        WHERE account = {{account:UInt32}} AND start_time <= toDateTime({{before:UInt32}}, 'UTC')
            AND isNull(finish_time) AND call_key != '' AND is_deleted = 0
    )
ORDER BY call_key"""


def open_calls(engine: Engine, account: int, before: int) -> dict[str, list[str]]:
    """By source the keys of the account's calls that began before a moment (Unix seconds) and have no end."""
    found: dict[str, list[str]] = {}
    for row in engine.rows(Statement(_OPEN, {"account": account, "before": max(0, before)})):
        source, _, key = row["call_key"].partition(":")
        found.setdefault(source, []).append(key)
    return found
