"""The stored switch records come out as the answers that were worked out by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ringledger.calls.assembly import group
from ringledger.calls.directory import Directory, Employee, External, VirtualNumber, plain_number
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_cdr, asterisk_cel

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
ALL = sorted(path.name.removesuffix(".csv") for path in SAMPLES.glob("*.csv"))
CEL = [name for name in ALL if name.endswith(".cel")]


def dialect(name: str) -> ModuleType:
    return asterisk_cel if name.endswith(".cel") else asterisk_cdr


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    return found


def directory(mapping: dict[str, Any]) -> Directory:
    return Directory(
        employees=tuple(
            Employee(at, entry["number"], (entry["number"],), tuple(entry["channels"]))
            for at, entry in enumerate(mapping["employees"], 1)
        ),
        externals=tuple(External(entry["number"], tuple(entry["channels"])) for entry in mapping["external"]),
        virtual_numbers=tuple(VirtualNumber(number) for number in mapping["virtual_numbers"]),
    )


def events(name: str) -> list[RecordedEvent]:
    with (SAMPLES / f"{name}.csv").open("rb") as lines:
        found = list(dialect(name).read(lines))
    assert not [line for line in found if isinstance(line, RejectedLine)]
    return found


def derived(module: ModuleType, found: Sequence[RecordedEvent], who: Directory) -> list[CallSession]:
    made = [session for call in group(found) for session in module.sessions(call, who)]
    return sorted(made, key=lambda session: session.start)


def number(text: str | None) -> str | None:
    return None if text is None else plain_number(text)


def microseconds(iso: str) -> int:
    moment = datetime.fromisoformat(iso)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def differences(session: CallSession, want: dict[str, Any], answer: dict[str, Any]) -> Iterable[str]:
    tolerance = answer["tolerance_seconds"]
    unchecked = set(answer.get("not_checked", ()))
    plain = {
        "key": session.key,
        "direction": session.direction,
        "contact_phone_number": session.contact_phone_number,
        "virtual_phone_number": session.virtual_phone_number,
        "is_lost": session.is_lost,
        "is_transfer": session.is_transfer,
    }
    for name, value in plain.items():
        right = number(want[name]) if name.endswith("number") else want[name]
        if name not in unchecked and value != right:
            yield f"{name}: {value!r} instead of {right!r}"
    exact = session.exact
    spans = {"total": exact.total, "wait": exact.wait, "talk": exact.talk, "clean_talk": exact.clean_talk}
    for name, span in spans.items():
        assert span is not None
        if abs(span / 1e6 - want[f"{name}_duration"]) > tolerance + 1e-9:
            yield f"{name}: {span / 1e6} instead of {want[f'{name}_duration']}"
    for name, moment in (("start", session.start), ("finish", session.finish)):
        assert moment is not None
        if abs(moment - microseconds(want[name])) > tolerance * 1_000_000:
            yield f"{name}: {moment}"
    people = [(one.employee_full_name, one.is_answered, one.is_talked) for one in session.employees]
    right_people = [(one["number"], one["is_answered"], one["is_talked"]) for one in want["employees"]]
    if people != right_people:
        yield f"employees: {people} instead of {right_people}"
    reasons = [want["finish_reason"]["value"], *want["finish_reason"]["also_acceptable"]]
    if session.finish_reason not in reasons:
        yield f"finish_reason: {session.finish_reason} instead of {reasons}"


def check(made: Sequence[CallSession], answer: dict[str, Any]) -> None:
    assert len(made) == len(answer["sessions"])
    for session, want in zip(made, answer["sessions"], strict=True):
        assert list(differences(session, want, answer)) == []


@pytest.mark.parametrize("name", ALL)
def test_a_sample_comes_out_as_expected(name: str) -> None:
    answer = expected(name)
    check(derived(dialect(name), events(name), directory(answer["mapping"])), answer)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_and_the_repetition_of_records_do_not_matter(name: str, seed: int) -> None:
    answer = expected(name)
    found = events(name) * 2
    random.Random(seed).shuffle(found)
    check(derived(dialect(name), found, directory(answer["mapping"])), answer)


def test_calls_at_the_same_time_are_kept_apart() -> None:
    """Samples 03 and 04 overlap; every file is read with its own directory, as the names mean others there."""
    together = [event for name in CEL for event in events(name)]
    for name in CEL:
        answer = expected(name)
        keys = {want["key"] for want in answer["sessions"]}
        made = derived(asterisk_cel, together, directory(answer["mapping"]))
        check([session for session in made if session.key in keys], answer)


@pytest.mark.parametrize("name", CEL)
def test_a_call_waits_for_its_rest(name: str) -> None:
    answer = expected(name)
    who = directory(answer["mapping"])
    found = events(name)
    begun = [session for session in derived(asterisk_cel, found[: len(found) // 3], who) if not session.is_complete]
    for session in begun:
        assert session.finish is None
        assert session.finish_reason is None
        assert session.total_duration is None
    check(derived(asterisk_cel, found, who), answer)


def test_broken_lines_are_named_and_the_rest_is_taken() -> None:
    good = (SAMPLES / "02_answered_caller_hangup.cel.csv").read_bytes().splitlines(keepends=True)
    lines = [
        good[0],
        b"nonsense\n",
        *good[1:3],
        b"\xff\xfe\n",
        b"\n",
        good[3].replace(b"1773133", b"x773133"),
        *good[3:],
    ]
    found = list(asterisk_cel.read(lines))
    assert [line.line for line in found if isinstance(line, RejectedLine)] == [2, 5, 7]
    assert len([line for line in found if isinstance(line, RecordedEvent)]) == len(good)


def test_a_quote_that_is_never_closed_costs_its_line_only() -> None:
    good = (SAMPLES / "02_answered_caller_hangup.cel.csv").read_bytes().splitlines(keepends=True)
    found = list(asterisk_cel.read([*good[:2], b'"CHAN_END","17\n']))
    assert [line.line for line in found if isinstance(line, RejectedLine)] == [3]
    assert len(found) == 3
