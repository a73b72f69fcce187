"""Rows of derived sessions: ids, unchanged rows, moves and what is carried over."""

from __future__ import annotations

from typing import Any

from ringledger.calls.codes import Direction, Source
from ringledger.calls.session import CallSession, Exact
from ringledger.store.engine import Engine, Statement
from ringledger.store.sessions import DERIVED_COLUMNS, KEPT_COLUMNS, Sessions, first_id, start_in

SECOND = 1_000_000
T0 = 1_773_134_400


def session(key: str, start: int = T0, finish: int | None = T0 + 10, **facts: object) -> CallSession:
    values: dict[str, Any] = dict.fromkeys(CallSession.__struct_fields__)
    values |= {
        "key": key,
        "start": start * SECOND,
        "finish": None if finish is None else finish * SECOND,
        "is_complete": finish is not None,
        "direction": Direction.IN,
        "source": Source.VA,
        "is_lost": True,
        "is_transfer": False,
        "employees": (),
        "legs": (),
        "exact": Exact(None, None, None, None, None, None),
    }
    return CallSession(**(values | facts))


def write(engine: Engine, *some: CallSession, calls: dict[str, str] | None = None, version: int = 1) -> int:
    """How many rows a derivation of these sessions changed or removed."""
    known = calls or {one.key: one.key for one in some}
    period = (T0 * SECOND, (T0 + 60) * SECOND)
    rows_of_toys = Sessions(engine, 1, "toy")
    plan = rows_of_toys.plan(some, known, set(known.values()), period)
    rows_of_toys.write(plan, {}, version)
    return len(plan.changes) + len(plan.removed)


def rows(engine: Engine, fields: str = "id, call_key") -> list[dict[str, Any]]:
    return engine.rows(Statement(f"SELECT {fields} FROM call_sessions FINAL ORDER BY id"))


def test_what_a_call_says_and_what_others_say_of_it_are_told_apart() -> None:
    assert {"is_lost", "employees", "campaign_id", "total_duration"} <= set(DERIVED_COLUMNS)
    kept = {"tags", "sale_date", "sale_cost", "attributes", "last_answered_employee_rating", "call_records"}
    assert kept | {"lost_call_processing_duration"} <= set(KEPT_COLUMNS)
    assert not set(DERIVED_COLUMNS) & set(KEPT_COLUMNS)


def test_ids_grow_with_time_and_fit_into_a_double() -> None:
    assert first_id(T0, "toy:a") < first_id(T0 + 1, "toy:b") < 2**53
    assert first_id(2**32 - 1, "toy:a") < 2**53


def test_an_id_tells_when_its_session_began_unless_it_was_counted_elsewhere() -> None:
    assert start_in(first_id(T0, "toy:a")) == T0
    assert [start_in(counted) for counted in (-1, 0, 500, 5_000_000_000, 2**62)] == [None] * 5


def test_a_taken_id_is_passed_over(engine: Engine) -> None:
    wanted = first_id(T0, "toy:a")
    taken = "INSERT INTO call_sessions (account, id, start_time, call_key, version) SELECT 1, {id:Int64} + number, "
    taken += "toDateTime({start:UInt32}, 'UTC'), concat('toy:other', toString(number)), 1 FROM numbers(2)"
    engine.run(Statement(taken, {"id": wanted, "start": T0}))
    write(engine, session("a"))
    assert [row["id"] - wanted for row in rows(engine)] == [0, 1, 2]
    assert write(engine, session("a"), version=2) == 0


def test_a_row_that_an_upload_replaced_is_the_calls_own(engine: Engine) -> None:
    upload = "INSERT INTO call_sessions (account, id, start_time, sale_cost, version) SELECT 1, {id:Int64}, "
    upload += "toDateTime({start:UInt32}, 'UTC'), 9, 5"
    engine.run(Statement(upload, {"id": first_id(T0, "toy:a"), "start": T0}))
    assert write(engine, session("a")) == 1
    assert rows(engine, "call_key, sale_cost") == [{"call_key": "toy:a", "sale_cost": 9}]


def test_unchanged_sessions_are_not_written(engine: Engine) -> None:
    assert write(engine, session("a"), session("b"), version=1) == 2
    assert write(engine, session("b"), session("a"), version=2) == 0
    assert write(engine, session("a", is_transfer=True), session("b"), version=3) == 1
    assert {row["version"] for row in rows(engine, "version")} == {1, 3}


def test_a_change_wins_over_a_row_of_a_later_clock(engine: Engine) -> None:
    write(engine, session("a"), version=100)
    write(engine, session("a", is_transfer=True), version=50)
    assert rows(engine, "is_transfer, version") == [{"is_transfer": True, "version": 101}]


def test_a_moved_session_leaves_nothing_at_its_old_start(engine: Engine) -> None:
    write(engine, session("a", start=T0 + 5))
    before = rows(engine, "id")
    write(engine, session("a", start=T0), version=2)
    assert rows(engine, "id") == before
    assert rows(engine, "toUnixTimestamp(start_time) AS start") == [{"start": T0}]


def test_a_session_that_is_none_any_more_goes(engine: Engine) -> None:
    write(engine, session("a"), session("b"))
    assert write(engine, session("a"), calls={"a": "a", "b": "a"}, version=2) == 1
    assert [row["call_key"] for row in rows(engine)] == ["toy:a"]
    assert write(engine, calls={"a": "a"}, version=3) == 1
    assert rows(engine) == []


def test_two_sessions_of_one_key_keep_their_rows(engine: Engine) -> None:
    two = (session("a"), session("a", start=T0 + 30, finish=T0 + 40))
    assert write(engine, *two) == 2
    before = rows(engine, "id, start_time")
    assert write(engine, *reversed(two), version=2) == 0
    assert rows(engine, "id, start_time") == before
