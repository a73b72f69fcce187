"""Which sessions of an account name recordings of the store, and which recordings are named at all; changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement

COLUMNS: Final = ("call_records", "wav_call_records", "voice_mail_records")
"""The columns of a session that hold ids of recordings."""

_TABLE: Final = CALLS_REPORT.table
_IDS: Final = f"arrayConcat({', '.join(COLUMNS)})"
_OURS: Final = r"match(record, '^[0-9a-f]{64}([.]wav)?$')"

_HOLDING: Final = f"""
SELECT id FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND start_time >= toDateTime({{begin:UInt32}}, 'UTC')
    AND start_time <= toDateTime({{end:UInt32}}, 'UTC') AND arrayExists(record -> {_OURS}, {_IDS})
ORDER BY start_time, id LIMIT {{most:UInt32}}"""

_NAMED: Final = f"""
SELECT DISTINCT substring(arrayJoin({_IDS}), 1, 64) AS digest FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND hasAny(arrayMap(record -> substring(record, 1, 64), {_IDS}),
    {{digests:Array(String)}})"""


def holding(engine: Engine, account: int, begin: int, end: int, most: int) -> list[int]:
    """Ids of sessions with recordings that started from `begin` to `end` (Unix seconds, both included), `most` of them.

    Raises EngineFault.
    """
    values: dict[str, object] = {"account": account, "begin": max(0, begin), "end": min(end, 2**32 - 1), "most": most}
    return [row["id"] for row in engine.rows(Statement(_HOLDING, values))]


def unnamed(engine: Engine, account: int, digests: Collection[str]) -> set[str]:
    """Those of the digests that no session of the account names. Raises EngineFault."""
    if not digests:
        return set()
    rows: list[dict[str, Any]] = engine.rows(Statement(_NAMED, {"account": account, "digests": sorted(digests)}))
    return set(digests) - {row["digest"] for row in rows}
