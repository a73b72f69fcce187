"""Changes of some columns of rows that are there, made by the engine in place; knows no column's meaning."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine, Statement

_MANY: Final = 1_000
"""Updates of more rows of a month are worked into them: reading over many of them is slow."""

_LEFT: Final = """
SELECT month FROM (
    SELECT extract(partition_id, '[0-9]+$') AS month, startsWith(name, 'patch-') AS is_update, rows, data_version,
        minIf(data_version, NOT is_update) OVER (PARTITION BY month) AS worked_in
    FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}
)
WHERE is_update AND data_version > worked_in GROUP BY month HAVING sum(rows) > {many:UInt64} ORDER BY month"""
"""The months with many updated rows that are not worked in; those that are stay for a while all the same."""

_WHERE: Final = """account = {chosen_account:UInt32} AND start_time >= toDateTime({chosen_first:UInt32}, 'UTC')
    AND start_time <= toDateTime({chosen_last:UInt32}, 'UTC')"""


class Chosen(msgspec.Struct, frozen=True):
    """Rows of an account that start from `first` to `last` (Unix seconds) and meet `condition`, SQL over columns.

    A row's older versions may meet it too; what becomes of those shows nowhere.
    """

    account: int
    condition: Statement
    first: int = 0
    last: int = EVER


def update_rows(
    engine: Engine,
    chosen: Chosen,
    new: Mapping[str, str],
    table: str = CALLS_REPORT.table,
    starts: Collection[int] = (),
) -> None:
    """Gives the chosen rows of a report's table these values, SQL by column. Raises EngineFault.

    `starts` are when the rows start (Unix seconds), as far as there may be many. The caller has the account's turn: who
    derives a row again at the same moment would copy what it was before.
    """
    _update(engine, chosen, new, table)
    if len(starts) > _MANY:
        _work_in(engine, {time.strftime("%Y%m", time.gmtime(start)) for start in starts}, table)


def update_counted(engine: Engine, chosen: Chosen, new: Mapping[str, str]) -> int:
    """Does so to sessions, however many, and returns to how many. Raises EngineFault."""
    table = CALLS_REPORT.table
    query = "SELECT count() AS found, arrayMap(one -> toString(one), groupUniqArray(toYYYYMM(start_time))) AS months"
    row = engine.rows(Statement(f"{query} FROM {table} FINAL WHERE {_where(chosen)}", _values(chosen)))[0]
    found: int = row["found"]
    if found:
        _update(engine, chosen, new, table)
    if found > _MANY:
        _work_in(engine, row["months"], table)
    return found


def work_in_updates(engine: Engine) -> None:
    """Works in what many small updates of a month left, for whoever calls this now and then. Raises EngineFault."""
    for table in (CALLS_REPORT.table, LEGS_REPORT.table):
        left = engine.rows(Statement(_LEFT, {"table": table, "many": _MANY}))
        _work_in(engine, (row["month"] for row in left), table)


def _update(engine: Engine, chosen: Chosen, new: Mapping[str, str], table: str) -> None:
    values = ", ".join(f"{name} = {value}" for name, value in new.items())
    with engine.changes.writing(chosen.account, chosen.first, chosen.last):
        engine.run(Statement(f"UPDATE {table} SET {values} WHERE {_where(chosen)}", _values(chosen)))


def _work_in(engine: Engine, months: Iterable[str], table: str) -> None:
    """Has the engine write the updated columns anew, in the background: what is read is the same before and after."""
    for month in sorted(months):
        # Announced by its update, and counted as a write of no day: no row changes.
        with engine.changes.writing(0, 0, 0, replaces=False):
            apply = f"ALTER TABLE {table} APPLY PATCHES IN PARTITION ID '{month}'"
            engine.run(Statement(f"{apply} SETTINGS mutations_sync = 0"))


def _where(chosen: Chosen) -> str:
    return f"{_WHERE} AND ({chosen.condition.sql})"


def _values(chosen: Chosen) -> dict[str, object]:
    bounds = {"chosen_account": chosen.account, "chosen_first": chosen.first, "chosen_last": chosen.last}
    return {**chosen.condition.values, **bounds}
