"""FreeSWITCH's samples through the door: legs in any order, one by one and again, give the same session."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from tests.intake.answers import directory

from ringledger.calls.events import RejectedLine
from ringledger.intake import freeswitch
from ringledger.intake.door import Door
from ringledger.store.engine import Engine, Statement

SAMPLES = Path(__file__).parent / "samples" / "freeswitch"
ANSWER = json.loads((SAMPLES / "06_blind_transfer.expected.json").read_text())
WHO = directory(ANSWER["mapping"])
SESSIONS = "SELECT * EXCEPT (id, communication_id, account, version, is_deleted, fingerprint) FROM call_sessions FINAL"
LEGS = "SELECT * EXCEPT (id, call_session_id, account, version, is_deleted) FROM call_legs FINAL ORDER BY leg_key"


def door(engine: Engine) -> Door:
    moments = itertools.count(1_773_140_000_000_000)
    return Door(engine, lambda: next(moments))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_legs_that_come_one_by_one_make_one_session(engine: Engine, order: tuple[int, ...]) -> None:
    legs = [freeswitch.recorded((SAMPLES / name).read_bytes()) for name in ANSWER["sample"]]
    once, others = door(engine), door(engine)
    once.commit(freeswitch, 1, WHO, legs)
    whole = [engine.rows(Statement(query)) for query in (SESSIONS, LEGS)]
    for table in ("call_events", "call_event_keys", "call_sessions", "call_legs"):
        engine.run(Statement(f"TRUNCATE TABLE {table}"))
    for at in (*order, *order):
        others.commit(freeswitch, 1, WHO, [legs[at]])
    assert [engine.rows(Statement(query)) for query in (SESSIONS, LEGS)] == whole
    assert [row["call_key"] for row in whole[0]] == [f"freeswitch:{ANSWER['sessions'][0]['key']}"]


def test_files_with_broken_records_among_good_ones_are_imported_and_say_what_was_wrong(engine: Engine) -> None:
    told: list[tuple[str, int, str]] = []

    def rejected(name: str, line: RejectedLine) -> None:
        told.append((name, line.line, line.reason))

    names = [*ANSWER["sample"], "broken"]
    content = {name: (SAMPLES / name).read_bytes() for name in ANSWER["sample"]}
    content["broken"] = b'{"variables": {}}\n{"variables":\n' + content[names[0]]
    streams = [(name, content[name].splitlines(keepends=True)) for name in names]
    taken = door(engine).take(freeswitch, 1, WHO, streams, rejected)
    assert (taken.read, taken.events, taken.sessions, taken.waiting, taken.rejected) == (6, 3, 1, 0, 2)
    assert told == [
        ("broken", 1, "variables.uuid is missing"),
        ("broken", 2, "not JSON: Input data was truncated"),
    ]
