"""The door with a dialect of its own, so that its rules are tested apart from those of switches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.directory import Directory, Employee
from ringledger.calls.events import RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallLeg, CallSession, Exact, Participant
from ringledger.intake import door as door_module
from ringledger.intake.door import Door, Taken
from ringledger.store.engine import Engine, Statement

T0 = 1_773_134_400
ANNA = Directory(employees=(Employee(7, "Anna Lang"),))


class Told(msgspec.Struct, omit_defaults=True):
    """A record of the test's switch: seconds after T0; `talk` begins a conversation, `end` ends the call."""

    call: str
    at: float
    what: str
    contact: str = "4930231250"
    also: str | None = None


class Toy:
    """Records are JSON lines; a call is complete when it has been told to end."""

    SOURCE = "toy"

    def read(self, lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
        for number, line in enumerate(lines, 1):
            text = line.decode().rstrip("\n")
            try:
                told = msgspec.json.decode(text, type=Told)
            except msgspec.MsgspecError as error:
                yield RejectedLine(number, str(error), text)
                continue
            keys = (told.call,) if told.also is None else (told.call, told.also)
            yield RecordedEvent(self.SOURCE, keys, digest(text), int((T0 + told.at) * 1_000_000), text)

    def sessions(
        self, events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False
    ) -> list[CallSession]:
        return [_session(events, directory)]


def _session(events: Sequence[RecordedEvent], directory: Directory) -> CallSession:
    told = [msgspec.json.decode(event.payload, type=Told) for event in events]
    key, start, last = events[0].keys[0], events[0].time, events[-1].time
    talk = next((event.time for event, one in zip(events, told, strict=True) if one.what == "talk"), None)
    # Every call of a merge has to end.
    complete = sum(one.what == "end" for one in told) >= len({one.call for one in told})
    wait = (last if talk is None else talk) - start
    employee = directory.employees[0]
    values: dict[str, Any] = dict.fromkeys(CallSession.__struct_fields__)
    values |= {
        "key": key,
        "start": start,
        "finish": last if complete else None,
        "is_complete": complete,
        "direction": Direction.IN,
        "source": Source.VA,
        "is_lost": talk is None if complete or talk else None,
        "is_transfer": False,
        "finish_reason": FinishReason.OPERATOR_DISCONNECTS if complete else None,
        "contact_phone_number": told[0].contact,
        "wait_duration": wait // 1_000_000 if complete or talk else None,
        "total_duration": (last - start) // 1_000_000 if complete else None,
        "employees": (Participant(employee.id, employee.full_name, talk is not None, talk is not None),),
        "last_talked_employee_full_name": employee.full_name if talk else None,
        "legs": tuple(_leg(one.call, events, talk) for one in {one.call: one for one in told}.values()),
        "exact": Exact(None, None, None, None, None, None),
    }
    return CallSession(**values)


def _leg(key: str, events: Sequence[RecordedEvent], talk: int | None) -> CallLeg:
    mine = [event.time for event in events if event.keys[0] == key]
    values: dict[str, Any] = dict.fromkeys(CallLeg.__struct_fields__)
    values |= {
        "leg_key": key,
        "channel": f"SIP/{key}",
        "direction": Direction.IN,
        "party": "contact",
        "contact_phone_number": "4930231250",
        "start": mine[0],
        "answer": talk,
        "end": mine[-1],
        "release_cause_code": 16,
        "is_transfered": False,
        "is_operator": False,
        "is_coach": False,
        "is_talked": talk is not None,
        "conversations": ((talk, mine[-1]),) if talk else (),
        "holds": (),
        "transfers": (),
        "parks": (),
        "call_records": (),
    }
    return CallLeg(**values)


TOY = Toy()


def line(call: str, at: float, what: str, **more: str) -> bytes:
    return msgspec.json.encode(Told(call, at, what, **more)) + b"\n"


def talked(call: str, at: float, **more: str) -> list[bytes]:
    return [line(call, at, "start", **more), line(call, at + 5, "talk", **more), line(call, at + 65, "end", **more)]


def lost(call: str, at: float, **more: str) -> list[bytes]:
    return [line(call, at, "start", **more), line(call, at + 20, "end", **more)]


class Clock:
    """A minute later whenever it is asked."""

    def __init__(self) -> None:
        self.now = (T0 + 1_000_000) * 1_000_000

    def __call__(self) -> int:
        self.now += 60_000_000
        return self.now


Take = Callable[..., Taken]


@pytest.fixture
def door(engine: Engine) -> Door:
    return Door(engine, Clock(), {"toy": TOY})


@pytest.fixture
def take(door: Door) -> Take:
    def one(*lines: bytes, account: int = 1, name: str = "calls.log", directory: Directory = ANNA) -> Taken:
        return door.take(TOY, account, directory, [(name, list(lines))], lambda _name, _line: None)

    return one


def sessions(engine: Engine, fields: str = "id, call_key, start_time, finish_time", account: int = 1) -> list[Any]:
    sql = f"SELECT {fields} FROM call_sessions FINAL WHERE account = {account} ORDER BY start_time, id"
    return engine.rows(Statement(sql))


def legs(engine: Engine) -> list[Any]:
    return engine.rows(Statement("SELECT call_session_id, id, leg_key FROM call_legs FINAL ORDER BY leg_key"))


def stored_rows(engine: Engine) -> list[int]:
    tables = ("call_events", "call_event_keys", "call_sessions", "call_legs", "rejected_records")
    return [engine.rows(Statement(f"SELECT count() AS n FROM {table}"))[0]["n"] for table in tables]


def test_a_call_becomes_a_session(engine: Engine, take: Take) -> None:
    assert take(*talked("a", 0.25)) == Taken(read=3, events=3, sessions=1, waiting=0, rejected=0)
    fields = "id, communication_id, communication_type, start_time, finish_time, wait_duration, employees"
    (row,) = sessions(engine, fields)
    assert row["id"] >> 21 == T0
    assert row["id"] < 2**53
    assert row["communication_id"] == row["id"]
    assert row["communication_type"] == "call"
    assert (row["start_time"], row["finish_time"]) == ("2026-03-10 09:20:00", "2026-03-10 09:21:05")
    assert row["wait_duration"] == 5
    assert row["employees"][0]["employee_full_name"] == "Anna Lang"
    (leg,) = engine.rows(Statement("SELECT * FROM call_legs FINAL"))
    assert leg["call_session_id"] == row["id"]
    assert (leg["start_time"], leg["connect_time"]) == ("2026-03-10 09:20:00", "2026-03-10 09:20:05")
    assert leg["id"] >> 21 == T0
    assert leg["conversations"] == [{"start_time": "2026-03-10 09:20:05", "finish_time": "2026-03-10 09:21:05"}]


def test_importing_again_changes_nothing(engine: Engine, take: Take) -> None:
    lines = [*talked("a", 0), *lost("b", 10), line("c", 20, "start"), b"broken\n"]
    assert take(*lines) == Taken(read=7, events=6, sessions=2, waiting=1, rejected=1)
    rows = stored_rows(engine)
    assert take(*lines, *lines) == Taken(read=14, events=0, sessions=0, waiting=1, rejected=2)
    engine.run(Statement("OPTIMIZE TABLE rejected_records FINAL"))
    after = stored_rows(engine)
    assert after[:4] == rows[:4]


@pytest.mark.parametrize("halves", [(slice(0, 4), slice(4, None)), (slice(4, None), slice(0, 4))])
def test_the_order_of_two_halves_does_not_matter(engine: Engine, take: Take, halves: tuple[slice, slice]) -> None:
    lines = [*lost("b", 0), *talked("a", 100), *lost("c", 200)]
    facts = "call_key, start_time, finish_time, is_lost, lost_call_processing_duration"
    expected = [
        ("toy:b", "2026-03-10 09:20:00", "2026-03-10 09:20:20", True, 85),
        ("toy:a", "2026-03-10 09:21:40", "2026-03-10 09:22:45", False, None),
        ("toy:c", "2026-03-10 09:23:20", "2026-03-10 09:23:40", True, None),
    ]
    found = [take(*lines[half]) for half in halves]
    assert sum(one.events for one in found) == len(lines)
    assert [tuple(row.values()) for row in sessions(engine, facts)] == expected
    assert len(legs(engine)) == 3


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_records_in_small_batches(
    engine: Engine, take: Take, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "_BATCH", 3)
    lines = [one for n in range(4) for one in (*talked(f"t{n}", n * 300), *lost(f"l{n}", n * 300 + 100))]
    random.Random(seed).shuffle(lines)
    assert take(*lines) == Taken(read=20, events=20, sessions=8, waiting=0, rejected=0)
    facts = sessions(engine, "call_key, lost_call_processing_duration, total_duration, start_time")
    assert [row["call_key"] for row in facts] == [f"toy:{kind}{n}" for n in range(4) for kind in "tl"]
    assert [row["lost_call_processing_duration"] for row in facts] == [None, 185, None, 185, None, 185, None, None]
    assert [row["total_duration"] for row in facts] == [65, 20] * 4


def test_a_call_under_way_waits_and_is_completed(engine: Engine, take: Take) -> None:
    first, *rest = talked("a", 0)
    assert take(first) == Taken(read=1, events=1, sessions=0, waiting=1, rejected=0)
    (waiting,) = sessions(engine, "id, finish_time, is_lost")
    assert waiting["finish_time"] is None
    assert take(*rest) == Taken(read=2, events=2, sessions=1, waiting=0, rejected=0)
    assert [row["id"] for row in sessions(engine)] == [waiting["id"]]


def test_a_call_split_over_batches_of_a_run_counts_once(
    engine: Engine, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "_BATCH", 2)
    assert take(*talked("a", 0)) == Taken(read=3, events=3, sessions=1, waiting=0, rejected=0)


def test_an_earlier_record_moves_the_session(engine: Engine, take: Take) -> None:
    first, *rest = talked("a", 0)
    take(*rest)
    (before,) = sessions(engine)
    assert take(first).sessions == 1
    (after,) = sessions(engine)
    assert after["id"] == before["id"]
    assert (before["start_time"], after["start_time"]) == ("2026-03-10 09:20:05", "2026-03-10 09:20:00")
    assert len(legs(engine)) == 1


def test_two_calls_that_turn_out_to_be_one(engine: Engine, take: Take) -> None:
    take(*talked("a", 0), *lost("b", 30))
    kept, gone = sessions(engine)
    assert take(line("a", 50, "joined", also="b")) == Taken(read=1, events=1, sessions=1, waiting=0, rejected=0)
    (row,) = sessions(engine)
    assert row["id"] == kept["id"] != gone["id"]
    assert {one["call_session_id"] for one in legs(engine)} == {kept["id"]}
    assert [one["leg_key"] for one in legs(engine)] == ["a", "b"]
    assert take(*talked("a", 0)).sessions == 0


def test_a_merge_in_one_run_counts_what_is_left(engine: Engine, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "_BATCH", 5)
    lines = [*talked("a", 0), *lost("b", 30), line("a", 50, "joined", also="b")]
    assert take(*lines) == Taken(read=6, events=6, sessions=1, waiting=0, rejected=0)
    assert len(sessions(engine)) == 1


def test_a_call_whose_older_part_comes_later_keeps_its_id(engine: Engine, take: Take) -> None:
    take(*lost("b", 30))
    (before,) = sessions(engine)
    take(*talked("a", 0), line("a", 50, "joined", also="b"))
    (after,) = sessions(engine)
    assert (after["id"], after["call_key"]) == (before["id"], "toy:a")
    assert take(*talked("a", 0)).sessions == 0


def test_broken_lines_are_kept_with_number_and_reason(engine: Engine, door: Door) -> None:
    told: list[tuple[str, int]] = []
    progress: list[int] = []
    streams = [("one.log", [*lost("a", 0), b"broken\n"]), ("two.log", [b'{"call": 5}\n', *lost("b", 9)])]
    taken = door.take(TOY, 1, ANNA, streams, lambda name, one: told.append((name, one.line)), progress.append)
    assert taken == Taken(read=6, events=4, sessions=2, waiting=0, rejected=2)
    assert told == [("one.log", 3), ("two.log", 1)]
    assert progress == [6]
    rows = engine.rows(Statement("SELECT account, source, origin, line, reason, text FROM rejected_records"))
    assert [(row["account"], row["source"], row["origin"], row["line"], row["text"]) for row in rows] == [
        (1, "toy", "one.log", 3, "broken"),
        (1, "toy", "two.log", 1, '{"call": 5}'),
    ]
    assert all(row["reason"] for row in rows)


def test_accounts_do_not_mix(engine: Engine, take: Take) -> None:
    take(*lost("a", 0), account=1)
    assert take(*talked("a", 100), account=2).sessions == 1
    assert take(line("b", 30, "start", also="a"), account=2).waiting == 1
    assert [row["call_key"] for row in sessions(engine, account=1)] == ["toy:a"]
    (row,) = sessions(engine, "lost_call_processing_duration", account=1)
    assert row["lost_call_processing_duration"] is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_lost_call_processing_whatever_comes_first(engine: Engine, take: Take, order: tuple[int, int]) -> None:
    calls = [lost("l", 0), [*talked("t", 200 * 86_400), *talked("u", 50, contact="4930231251")]]
    for which in order:
        take(*calls[which])
    rows = sessions(engine, "call_key, lost_call_processing_duration AS duration")
    assert {row["call_key"]: row["duration"] for row in rows} == {
        "toy:l": 200 * 86_400 + 5 - 20,
        "toy:u": None,
        "toy:t": None,
    }


def test_lost_call_processing_takes_the_nearest(engine: Engine, take: Take) -> None:
    take(*lost("l", 0), *talked("t", 1000))
    take(*talked("u", 500))
    assert sessions(engine, "lost_call_processing_duration AS duration")[0]["duration"] == 485


def test_replay_takes_names_from_the_directory_and_keeps_what_was_set(engine: Engine, take: Take, door: Door) -> None:
    take(*talked("a", 0), *lost("b", 10), line("c", 20, "start"))
    setting = """INSERT INTO call_sessions SELECT * REPLACE (
        [('VIP', 5, NULL, 'manual', NULL, NULL, NULL, NULL)] AS tags, 12.5 AS sale_cost,
        toDateTime('2026-03-11 10:00:00', 'UTC') AS sale_date, version + 1 AS version
    ) FROM call_sessions FINAL WHERE call_key = 'toy:a'"""
    engine.run(Statement(setting))
    before = sessions(engine)
    told: list[int] = []
    same = door.replay(1, ANNA, None, None, told.append)
    assert (same.events, same.calls, same.sessions, same.waiting) == (6, 3, 0, 1)
    assert told == [3]
    renamed = Directory(employees=(Employee(7, "Anna Berg"),))
    assert door.replay(1, renamed, None, None).sessions == 2
    assert sessions(engine) == before
    row = sessions(engine, "employees, last_talked_employee_full_name AS name, tags, sale_cost, sale_date")[0]
    assert row["employees"][0]["employee_full_name"] == row["name"] == "Anna Berg"
    assert [one["tag_name"] for one in row["tags"]] == ["VIP"]
    assert (row["sale_cost"], row["sale_date"]) == (12.5, "2026-03-11 10:00:00")


def test_replay_of_a_period_in_small_pages(
    engine: Engine, take: Take, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "_CALLS", 1)
    take(*talked("a", 0), *lost("b", 30), line("a", 50, "joined", also="b"), *talked("c", 1000))
    assert door.replay(1, ANNA, None, None).calls == 2
    assert door.replay(1, ANNA, (T0 + 900) * 1_000_000, None).calls == 1
    assert door.replay(1, ANNA, None, (T0 + 900) * 1_000_000).calls == 1
    assert door.replay(2, ANNA, None, None).calls == 0


def test_a_run_cut_off_before_deriving_heals_when_repeated(
    engine: Engine, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(_events: object, _directory: object) -> list[CallSession]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TOY, "sessions", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take(*talked("a", 0))
    assert sessions(engine) == []
    assert take(*talked("a", 0)) == Taken(read=3, events=0, sessions=1, waiting=0, rejected=0)


def test_awkward_texts_come_back_as_they_were(engine: Engine, take: Take) -> None:
    key = "a\\n'\"\t\n€😀"
    take(*talked(key, 0))
    assert take(*talked(key, 0)).events == 0
    assert sessions(engine, "call_key")[0]["call_key"] == f"toy:{key}"
