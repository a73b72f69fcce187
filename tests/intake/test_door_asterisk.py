"""Asterisk's samples through the door: any order, halves and repetition give the same sessions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.intake.dialects import DIALECTS
from ringledger.intake.door import Door, Taken
from ringledger.store.engine import Engine, Statement

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
NAMES = sorted(path.name for path in SAMPLES.glob("*.csv"))

_FACTS = (
    "call_key, start_time, finish_time, is_lost, contact_phone_number, total_duration, clean_talk_duration, employees"
)


def _directory(name: str) -> Directory:
    mapping = json.loads((SAMPLES / f"{name[:-4]}.expected.json").read_text())["mapping"]
    return Directory(
        employees=tuple(
            Employee(at, f"Employee {at}", (entry["number"],), tuple(entry["channels"]))
            for at, entry in enumerate(mapping["employees"], 1)
        ),
        externals=tuple(External(entry["number"], tuple(entry["channels"])) for entry in mapping["external"]),
        virtual_numbers=tuple(VirtualNumber(number) for number in mapping["virtual_numbers"]),
    )


def _dialect(name: str) -> str:
    return f"asterisk-{name.split('.')[-2]}"


Take = Callable[..., Taken]


@pytest.fixture
def door(engine: Engine) -> Door:
    moments = iter(range(1_800_000_000_000_000, 1_800_000_001_000_000, 1000))
    return Door(engine, lambda: next(moments))


@pytest.fixture
def take(door: Door) -> Take:
    def one(name: str, lines: list[bytes], account: int = 1) -> Taken:
        rejected: list[object] = []
        taken = door.take(
            DIALECTS[_dialect(name)], account, _directory(name), [(name, lines)], lambda *what: rejected.append(what)
        )
        assert rejected == []
        return taken

    return one


def _lines(name: str) -> list[bytes]:
    return (SAMPLES / name).read_bytes().splitlines(keepends=True)


def _sessions(engine: Engine, account: int = 1) -> list[dict[str, Any]]:
    sql = f"SELECT {_FACTS} FROM call_sessions FINAL WHERE account = {account} ORDER BY start_time, call_key"
    return engine.rows(Statement(sql))


@pytest.mark.parametrize("name", NAMES)
def test_order_and_repetition_do_not_matter(engine: Engine, take: Take, name: str) -> None:
    lines = _lines(name)
    expected = json.loads((SAMPLES / f"{name[:-4]}.expected.json").read_text())["sessions"]
    first = take(name, lines)
    assert (first.events, first.sessions, first.waiting) == (len(lines), len(expected), 0)
    facts = _sessions(engine)
    assert {row["call_key"] for row in facts} == {f"{_dialect(name)}:{one['key']}" for one in expected}

    again = take(name, lines)
    assert (again.events, again.sessions) == (0, 0)
    assert _sessions(engine) == facts

    half = len(lines) // 2
    for part in (lines[half:], lines[:half]):
        take(name, part, account=2)
    assert _sessions(engine, 2) == facts

    shuffled = lines.copy()
    random.Random(name).shuffle(shuffled)
    for at in range(0, len(shuffled), 3):
        take(name, shuffled[at : at + 3], account=3)
    assert _sessions(engine, 3) == facts


def test_a_parked_call_and_its_retriever_become_one(engine: Engine, take: Take) -> None:
    name = "09_park_and_retrieve.cel.csv"
    lines = _lines(name)
    retriever = [line for line in lines if b'"1773134458.72","1773134458.72"' in line]
    rest = [line for line in lines if line not in retriever and b'"1773134458.72"' not in line]
    tying = [line for line in lines if line not in retriever and line not in rest]
    for part in (retriever, rest, tying):
        take(name, part)
    (session,) = _sessions(engine)
    assert session["call_key"] == "asterisk-cel:1773134400.70"
    assert session["clean_talk_duration"] == 94
