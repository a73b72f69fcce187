"""Deletes what a session leaves behind at an old start time; the table's key has the start time in it."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement

_SLICE: Final = 1_000_000

_NEW: Final = """SELECT account, id FROM {table} WHERE version BETWEEN {{first:UInt64}} AND {{last:UInt64}}
    AND id BETWEEN {{least:Int64}} AND {{most:Int64}} AND id % {{slices:UInt32}} = {{slice:UInt32}}"""

_TOMBSTONES: Final = """
INSERT INTO {table} (account, {moment}, id, version, is_deleted)
SELECT account, arrayJoin(arrayFilter(old -> old != newest, starts)), id, latest, 1
FROM (
    SELECT account, id, groupUniqArray({moment}) AS starts, argMaxIf({moment}, version, is_deleted = 0) AS newest,
        max(version) AS latest
    FROM {table}
    WHERE id BETWEEN {{least:Int64}} AND {{most:Int64}} AND (account, id) IN ({moved})
    GROUP BY account, id
)"""

_MOVED: Final = """SELECT account, id FROM {table}
    WHERE id BETWEEN {{least:Int64}} AND {{most:Int64}} AND id % {{slices:UInt32}} = {{slice:UInt32}}
    AND (account, id) IN ({new})
    GROUP BY account, id HAVING min({moment}) != max({moment})"""


def bury_moved(engine: Engine, first: int, last: int) -> None:
    """Deletes the older rows of the sessions written with versions from `first` to `last` that had another start.

    Safe to repeat. Raises EngineFault.
    """
    table, moment = CALLS_REPORT.table, CALLS_REPORT.moment
    span = engine.rows(
        Statement(
            f"SELECT count() AS rows, min(id) AS least, max(id) AS most FROM {table} "
            "WHERE version BETWEEN {first:UInt64} AND {last:UInt64}",
            {"first": first, "last": last},
        )
    )[0]
    new = _NEW.format(table=table)
    moved = _MOVED.format(table=table, moment=moment, new=new)
    slices = span["rows"] // _SLICE + 1
    for slice_ in range(slices if span["rows"] else 0):
        values = {"first": first, "last": last, "least": span["least"], "most": span["most"]}
        values |= {"slices": slices, "slice": slice_}
        if engine.rows(Statement(f"SELECT count() AS moved FROM ({moved})", values))[0]["moved"]:
            engine.run(Statement(_TOMBSTONES.format(table=table, moment=moment, moved=moved), values))
