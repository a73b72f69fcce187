"""get.call_legs_report over records that came in by the door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.intake import asterisk_cel, call_events
from ringledger.intake.door import Door
from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

SAMPLES = Path(__file__).parents[1] / "intake" / "samples" / "asterisk"
PERIOD = {"date_from": "2026-03-10 00:00:00", "date_till": "2026-03-10 23:59:59"}
DEFAULT = [
    *("id", "call_session_id", "call_records", "start_time", "connect_time", "duration", "total_duration"),
    *("finish_reason", "virtual_phone_number", "calling_phone_number", "direction", "is_transfered", "is_operator"),
    *("employee_id", "employee_rating", "scenario_id", "is_coach", "release_cause_code", "release_cause_description"),
    *("is_failed", "action_name", "group_id", "group_name"),
]
WHO = Directory(
    (Employee(1, "Bob", ("201",), ("PJSIP/bob",)), Employee(2, "Carol", ("202",), ("PJSIP/charlie",))),
    (External(None, ("PJSIP/alice", "PJSIP/trunk")),),
    (VirtualNumber("bob", 3, "Office hours"),),
)


class Ledger:
    """Asks one account's legs of what the samples say."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.account = registry.accounts.create("acme", timezone="Europe/Berlin").id
        self._service = Service(engine, registry)
        self._token = registry.tokens.create("acme")
        self._door = Door(engine, iter(range(1_800_000_000_000_000, 1_900_000_000_000_000)).__next__)

    def take(self, name: str, lines: slice = slice(None), account: int | None = None) -> None:
        rows = (SAMPLES / f"{name}.cel.csv").read_bytes().splitlines(keepends=True)[lines]
        self._door.take(asterisk_cel, account or self.account, WHO, [(name, rows)], lambda *_: None)

    def post(self, events: str) -> None:
        self._door.take(
            call_events, self.account, WHO, [("", events.encode().splitlines(keepends=True))], lambda *_: None
        )

    def ask(self, method: str = "get.call_legs_report", **params: Any) -> Any:
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {"access_token": self._token, **PERIOD, **params},
        }
        return json.loads(b"".join(self._service.answer(json.dumps(body).encode(), "127.0.0.1").parts))

    def legs(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(**params)["result"]["data"]
        return found


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Iterator[Ledger]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    yield Ledger(engine, registry)
    registry.close()


def test_the_legs_of_a_call_are_told_with_the_default_fields(ledger: Ledger) -> None:
    ledger.take("05_blind_transfer_by_callee")
    contact, bob, carol = ledger.legs()
    assert list(contact) == DEFAULT
    (session,) = ledger.ask("get.calls_report", fields=["id"])["result"]["data"]
    assert {leg["call_session_id"] for leg in (contact, bob, carol)} == {session["id"]}
    assert len({leg["id"] for leg in (contact, bob, carol)}) == 3
    expected = {
        "call_records": [],
        "start_time": "2026-03-10 10:06:24",
        "connect_time": "2026-03-10 10:06:31",
        "duration": 48,
        "total_duration": 55,
        "finish_reason": "operator_disconnects",
        "virtual_phone_number": "bob",
        "calling_phone_number": "493023125019",
        "direction": "out",
        "is_transfered": True,
        "is_operator": True,
        "employee_id": 2,
        "employee_rating": None,
        "scenario_id": 3,
        "is_coach": False,
        "release_cause_code": 16,
        "release_cause_description": "Normal call clearing",
        "is_failed": False,
        "action_name": None,
        "group_id": None,
        "group_name": None,
    }
    assert {name: carol[name] for name in expected} == expected


def test_fields_outside_the_reply_can_be_filtered_and_sorted(ledger: Ledger) -> None:
    ledger.take("05_blind_transfer_by_callee")
    sort = [{"field": "employee_full_name", "order": "desc"}]
    assert [leg["employee_id"] for leg in ledger.legs(sort=sort)] == [2, 1, None]
    talked = {"field": "finish_reason_description", "operator": "like", "value": "%during transfer"}
    assert [leg["employee_id"] for leg in ledger.legs(filter=talked)] == [1]


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"fields": ["id"]}, ("unexpected_parameters", "fields")),
        ({"include_ongoing_calls": True}, ("unexpected_parameters", "include_ongoing_calls")),
        (
            {"filter": {"field": "called_phone_number", "operator": "=", "value": "1"}},
            ("filter_prohibited", "filter.field"),
        ),
        ({"sort": [{"field": "id"}]}, ("sort_prohibited", "sort.0.field")),
        ({"sort": [{"field": "finish_time"}]}, ("unexpected_parameters", "sort.0.field")),
    ],
)
def test_what_the_method_does_not_have_is_refused(ledger: Ledger, params: Any, fault: tuple[str, str]) -> None:
    data = ledger.ask(**params)["error"]["data"]
    assert (data["mnemonic"], data["field"]) == fault


def test_a_leg_appears_when_it_has_ended(ledger: Ledger) -> None:
    ledger.take("05_blind_transfer_by_callee", slice(0, 12))
    assert ledger.legs() == []
    ledger.take("05_blind_transfer_by_callee", slice(0, 16))
    assert [leg["employee_id"] for leg in ledger.legs()] == [1]
    ledger.take("05_blind_transfer_by_callee")
    assert len(ledger.legs()) == 3


def test_another_accounts_legs_are_never_told(ledger: Ledger) -> None:
    ledger.take("05_blind_transfer_by_callee", account=ledger.account + 1)
    assert ledger.legs() == []


HELD = """
{"event": "leg_started", "call_id": "h", "event_id": "1", "time": "2026-03-10T09:00:00Z", "leg_id": "a", "party": "contact", "number": "+442079460019"}
{"event": "leg_started", "call_id": "h", "event_id": "2", "time": "2026-03-10T09:00:01Z", "leg_id": "b", "number": "201"}
{"event": "answered", "call_id": "h", "event_id": "3", "time": "2026-03-10T09:00:04Z", "leg_id": "b"}
{"event": "bridged", "call_id": "h", "event_id": "4", "time": "2026-03-10T09:00:04Z", "leg_ids": ["a", "b"]}
{"event": "held", "call_id": "h", "event_id": "5", "time": "2026-03-10T09:00:20Z", "leg_id": "b"}
{"event": "resumed", "call_id": "h", "event_id": "6", "time": "2026-03-10T09:00:35Z", "leg_id": "b"}
{"event": "transferred", "call_id": "h", "event_id": "7", "time": "2026-03-10T09:00:50Z", "leg_id": "b"}
{"event": "ended", "call_id": "h", "event_id": "8", "time": "2026-03-10T09:00:50Z", "leg_id": "b", "cause": 16}
{"event": "ended", "call_id": "h", "event_id": "9", "time": "2026-03-10T09:00:55Z", "leg_id": "a", "cause": 16}
""".strip()  # noqa: E501 - events as a switch sends them


def test_holds_and_transfers_are_told_with_when_they_were(ledger: Ledger) -> None:
    ledger.post(HELD)
    legs = ledger.legs()
    contact, bob = ledger.ask("get.call_leg_times")["result"]["data"]
    assert [leg["id"] for leg in (contact, bob)] == [leg["id"] for leg in legs]
    assert bob["holds"] == [{"start_time": "2026-03-10 10:00:20", "finish_time": "2026-03-10 10:00:35"}]
    assert bob["transfers"] == [{"event_time": "2026-03-10 10:00:50"}]
    talks = [("2026-03-10 10:00:04", "2026-03-10 10:00:20"), ("2026-03-10 10:00:35", "2026-03-10 10:00:50")]
    assert [(one["start_time"], one["finish_time"]) for one in bob["conversations"]] == talks
    assert bob["conversations"] == contact["conversations"]
    assert (contact["holds"], contact["transfers"], contact["parks"]) == ([], [], [])
    one = {"field": "call_session_id", "operator": "=", "value": bob["call_session_id"]}
    assert len(ledger.ask("get.call_leg_times", filter=one, fields=["id"])["result"]["data"]) == 2
