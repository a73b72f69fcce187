"""Rows of legs: ids that nobody else has, moves, and the way from the first form of the table."""

from __future__ import annotations

from typing import Any

from tests.store.test_sessions import SECOND, T0, session

from ringledger.calls.codes import Direction
from ringledger.calls.session import CallLeg
from ringledger.store.engine import Engine, Statement
from ringledger.store.legs import LegsOf, write_legs
from ringledger.store.schema import MIGRATIONS, migrate


def leg(key: str, start: int = T0) -> CallLeg:
    values: dict[str, Any] = dict.fromkeys(CallLeg.__struct_fields__)
    values |= {"leg_key": key, "channel": f"SIP/{key}", "party": "contact", "direction": Direction.IN}
    values |= dict.fromkeys(("is_transfered", "is_operator", "is_coach", "is_talked"), False)
    values |= dict.fromkeys(("conversations", "holds", "transfers", "parks", "call_records"), ())
    return CallLeg(**values | {"start": start * SECOND, "end": (start + 5) * SECOND})


def owner(id_: int, *legs: CallLeg, old_start: int | None = None) -> LegsOf:
    return LegsOf(id_, session("a", legs=legs), old_start)


def rows(engine: Engine, fields: str = "id, leg_key") -> list[dict[str, Any]]:
    return engine.rows(Statement(f"SELECT {fields} FROM call_legs FINAL ORDER BY id"))


def test_a_taken_id_is_passed_over(engine: Engine) -> None:
    write_legs(engine, 1, [owner(7, leg("a"))], 1)
    (wanted,) = (row["id"] for row in rows(engine))
    engine.run(Statement("TRUNCATE TABLE call_legs"))
    taken = "INSERT INTO call_legs (account, call_session_id, id, start_time, version) SELECT 1, 5, "
    engine.run(Statement(taken + "{id:Int64}, {start:UInt32}, 1", {"id": wanted, "start": T0}))
    write_legs(engine, 1, [owner(7, leg("a"))], 1)
    assert [row["id"] - wanted for row in rows(engine)] == [0, 1]
    write_legs(engine, 1, [owner(7, leg("a"), old_start=T0)], 2)
    assert [row["id"] - wanted for row in rows(engine)] == [0, 1]


def test_a_leg_that_starts_earlier_than_was_known_keeps_its_id(engine: Engine) -> None:
    write_legs(engine, 1, [owner(7, leg("a", T0 + 3), leg("b"))], 1)
    before = {row["leg_key"]: row["id"] for row in rows(engine)}
    write_legs(engine, 1, [owner(7, leg("a"), leg("b"), old_start=T0)], 2)
    assert {row["leg_key"]: row["id"] for row in rows(engine)} == before
    assert {row["start"] for row in rows(engine, "toUnixTimestamp(start_time) AS start")} == {T0}


def test_the_legs_of_a_session_that_is_none_any_more_go(engine: Engine) -> None:
    write_legs(engine, 1, [owner(7, leg("a"), leg("b")), owner(8, leg("c"))], 1)
    write_legs(engine, 1, [LegsOf(7, None, T0)], 2)
    assert [row["leg_key"] for row in rows(engine)] == ["c"]


def test_a_store_with_the_first_form_of_the_table_is_brought_up_to_date(engine: Engine) -> None:
    engine.run(Statement("DROP TABLE call_legs"))
    engine.run(Statement("TRUNCATE TABLE schema_versions"))
    engine.run(Statement("INSERT INTO schema_versions (version) SELECT 1"))
    engine.run(Statement(next(sql for sql in MIGRATIONS[0] if "EXISTS call_legs" in sql)))
    migrate(engine)
    write_legs(engine, 1, [owner(7, leg("a"))], 1)
    assert rows(engine, "leg_key, is_coach, total_duration") == [
        {"leg_key": "a", "is_coach": False, "total_duration": None}
    ]
