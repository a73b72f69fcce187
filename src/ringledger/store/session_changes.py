"""Changes of what others say of a session (tags, sales, recordings): a new version of its newest row.

A change is a function of the row as it is. The intake's door runs it under the lock under which it writes sessions, so
that no two read the same row before one has written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import columns
from ringledger.store.sessions import KEPT_COLUMNS

Row = Mapping[str, Any]
Change = Callable[[Row], Mapping[str, object]]
"""From a session's row to the new values of some of `KEPT_COLUMNS`; none for no change."""

_TABLE: Final = CALLS_REPORT.table
_COPIED: Final = ("account", *columns(CALLS_REPORT), "call_key", "fingerprint", "version")

_ROWS: Final = f"""
SELECT {", ".join(_COPIED)} FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND id IN {{ids:Array(Int64)}}"""

_ENCODER: Final = msgspec.json.Encoder()


def change_sessions(engine: Engine, account: int, changes: Mapping[int, Change], version: int) -> int:
    """Changes sessions of the account by their ids; returns how many there are of them. Raises EngineFault.

    `version` is the least that the new rows get. A session that is not there is left out.
    """
    if not changes:
        return 0
    found = engine.rows(Statement(_ROWS, {"account": account, "ids": list(changes)}))
    rows = []
    for row in found:
        values = changes[row["id"]](row)
        unknown = set(values) - set(KEPT_COLUMNS)
        if unknown:
            raise ValueError(f"{sorted(unknown)} are derived and not to be changed")
        if any(row[name] != value for name, value in values.items()):
            rows.append({**row, **values, "version": max(version, row["version"] + 1)})
    if rows:
        starts = [row["start_time"] for row in rows]
        with engine.changes.writing(account, _seconds(min(starts)), _seconds(max(starts))):
            engine.insert(_TABLE, _COPIED, _ENCODER.encode_lines(rows))
    return len(found)


def _seconds(moment: str) -> int:
    """Unix seconds of a moment as the engine writes it."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
