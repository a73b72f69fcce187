"""What stored switch records should come out as, and how a derived session differs from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any

from ringledger.calls.assembly import group
from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.calls.events import RecordedEvent
from ringledger.calls.phone_numbers import plain_number
from ringledger.calls.session import CallSession


def directory(mapping: dict[str, Any]) -> Directory:
    return Directory(
        employees=tuple(
            Employee(at, entry["number"], (entry["number"],), tuple(entry["channels"]))
            for at, entry in enumerate(mapping["employees"], 1)
        ),
        externals=tuple(External(entry["number"], tuple(entry["channels"])) for entry in mapping["external"]),
        virtual_numbers=tuple(VirtualNumber(number) for number in mapping["virtual_numbers"]),
    )


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
