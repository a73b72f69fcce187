"""Updates of rows that are laid over them when they are read, and worked into them when there are many."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ringledger.store import row_updates
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows, work_in_updates

T0 = 1_773_134_400
MONTH = 32 * 86_400


def cost(engine: Engine, settings: str = "") -> list[Any]:
    query = f"SELECT sale_cost FROM call_sessions ORDER BY start_time, id {settings}"
    return [row["sale_cost"] for row in engine.rows(Statement(query))]


def worked_in(engine: Engine) -> list[Any]:
    return engine.rows(Statement("SELECT mutation_id FROM system.mutations WHERE table = 'call_sessions'"))


def test_single_updates_are_worked_into_the_rows_of_a_month_that_has_many(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_updates, "_MANY", 2)
    before = len(worked_in(engine))
    engine.run(
        Statement(
            "INSERT INTO call_sessions (account, id, start_time, version) SELECT 1, number, "
            "toDateTime({start:UInt32} + if(number = 4, {month:UInt32}, 0), 'UTC'), 1 FROM numbers(5)",
            {"start": T0, "month": MONTH},
        )
    )
    for number, start in ((0, T0), (1, T0), (2, T0), (4, T0 + MONTH)):
        one = Statement("id = {id:Int64}", {"id": number})
        update_rows(engine, Chosen(1, one, start, start), {"sale_cost": "7"})
    told, unread = [7, 7, 7, None, 7], "SETTINGS apply_patch_parts = 0"
    assert (cost(engine), cost(engine, unread)) == (told, [None] * 5)
    for _ in range(2):
        work_in_updates(engine)
        deadline = time.monotonic() + 30
        while cost(engine, unread)[:3] != told[:3] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (cost(engine), cost(engine, unread)[:3]) == (told, told[:3])
    assert len(worked_in(engine)) - before == 1
