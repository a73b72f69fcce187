"""New versions of session rows made by the engine: some columns worked out anew, all others copied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import columns

_COPIED: Final = {
    CALLS_REPORT.table: (*columns(CALLS_REPORT), "call_key", "fingerprint"),
    LEGS_REPORT.table: (
        *columns(LEGS_REPORT),
        *(LEGS_REPORT.finish, "leg_key", "channel", "party", "hangup_source", "conversations"),
    ),
}
"""By table every column of a row but its account and its version."""


class Chosen(msgspec.Struct, frozen=True):
    """Rows of an account that start from `first` to `last` (Unix seconds).

    `rows` is what follows SELECT, from FROM on, with `c` for the table.
    """

    account: int
    rows: Statement
    first: int = 0
    last: int = EVER


def rewrite(
    engine: Engine, chosen: Chosen, new: Mapping[str, str], version: int, table: str = CALLS_REPORT.table
) -> None:
    """Writes the chosen rows of a report's table again, with these columns' values. Raises EngineFault.

    `new` is SQL by column, over `c` too. `version` is the least that the new rows get. The caller has the account's
    turn, or a change made meanwhile is lost.
    """
    copied = _COPIED[table]
    values = ", ".join(new.get(name, f"c.{name}") for name in copied)
    sql = (
        f"INSERT INTO {table} (account, {', '.join(copied)}, version) "
        f"SELECT c.account, {values}, greatest({{least_version:UInt64}}, c.version + 1) {chosen.rows.sql}"
    )
    with engine.changes.writing(chosen.account, chosen.first, chosen.last):
        engine.run(Statement(sql, {**chosen.rows.values, "least_version": version}))
