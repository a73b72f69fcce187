"""The sources of an account's calls as its administrators see them over the API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from tests.rpc.conftest import NOW, Ask, fault

from ringledger.calls.directory import Directory
from ringledger.intake import call_events
from ringledger.intake.door import Door
from ringledger.registry.connections import Connection
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, View
from ringledger.store.engine import Engine, Statement

HOUR, DAY = 3600, 86_400


@pytest.fixture
def token(registry: Registry) -> str:
    registry.accounts.create("acme", timezone="Europe/London")
    return registry.tokens.create("acme")


def arrive(engine: Engine, moments: Iterable[int], account: int = 1, source: str = "events") -> None:
    """Events that came in at these moments."""
    rows = [
        {"account": account, "source": source, "call_key": f"c{moment}", "event_time": moment, "event_id": f"e{moment}",
         "keys": [], "payload": "", "received_time": moment}
        for moment in moments
    ]  # fmt: skip
    engine.insert("call_events", tuple(rows[0]), "\n".join(map(json.dumps, rows)).encode())


def shown(ask: Ask, token: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask("get.intake_sources", token)["result"]["data"]
    return rows


def test_what_came_what_waits_and_what_was_refused_is_told(ask: Ask, token: str, engine: Engine) -> None:
    door = Door(engine, lambda: NOW * 1_000_000 - 60_000_000)
    started = {"event": "session_started", "call_id": "1", "event_id": "1", "contact_number": "447946000001"}
    lines = [json.dumps(started | {"time": NOW - 90}).encode() + b"\n", b'{"event": "sleep"}\n']
    door.take(call_events, 1, Directory(), [("test", lines)], lambda *_: None)
    [row] = shown(ask, token)
    assert row.pop("last_error")
    assert row == {
        "source": "events",
        "status": "active",
        "last_event_time": "2026-05-01 00:59:00",
        "silence_duration": 60,
        "usual_active_minutes": None,
        "events_count": 1,
        "waiting_count": 1,
        "rejected_count": 1,
        "last_error_time": "2026-05-01 00:59:00",
        "connections": [],
    }


def test_a_source_that_is_silent_while_it_was_not_a_week_ago_is_silent(ask: Ask, token: str, engine: Engine) -> None:
    week = 7 * DAY
    arrive(engine, range(NOW - week - 3 * HOUR, NOW - week, 60))
    arrive(engine, [NOW - 2 * HOUR])
    [row] = shown(ask, token)
    assert (row["status"], row["silence_duration"], row["usual_active_minutes"]) == ("silent", 2 * HOUR, 120)
    arrive(engine, [NOW - 60])
    [row] = shown(ask, token)
    assert (row["status"], row["events_count"]) == ("active", 2)


def test_an_import_of_a_week_ago_is_not_missed_today(ask: Ask, token: str, engine: Engine) -> None:
    week = 7 * DAY
    arrive(engine, range(NOW - week - HOUR, NOW - week - HOUR + 100))
    arrive(engine, [NOW - week - DAY])
    [row] = shown(ask, token)
    assert row["status"] == "active"


def test_connections_are_told_without_the_places_of_files(ask: Ask, token: str, registry: Registry) -> None:
    registry.connections.tell(1, Connection("AMI 192.0.2.5:5038", "asterisk-cel", "ami", True, NOW - 30))
    registry.connections.tell(
        1, Connection("/var/log/secret/Master.csv", "asterisk-cel", "file", False, NOW, "missing")
    )
    [row] = shown(ask, token)
    assert (row["source"], row["status"], row["last_event_time"]) == ("asterisk-cel", "disconnected", None)
    lost = {"name": "Master.csv", "kind": "file", "is_connected": False, "error": "missing"}
    heard = {"name": "AMI 192.0.2.5:5038", "kind": "ami", "is_connected": True, "error": None}
    assert row["connections"] == [
        lost | {"since_time": "2026-05-01 01:00:00"},
        heard | {"since_time": "2026-05-01 00:59:30"},
    ]


def test_uploads_that_wait_and_failed_are_told(ask: Ask, token: str, engine: Engine) -> None:
    for ext_id, status, error in (("a", "new", None), ("b", "error", "record_not_found"), ("c", "processed", None)):
        row = {"account": 1, "ext_id": ext_id, "status": status, "error_code": error, "upload_time": NOW - 60}
        engine.insert("uploaded_calls", tuple(row), json.dumps(row).encode())
    [row] = shown(ask, token)
    assert (row["source"], row["status"]) == ("upload", "failing")
    assert (row["waiting_count"], row["rejected_count"], row["last_error"]) == (1, 1, "record_not_found")


def test_the_silent_are_found_by_a_filter(ask: Ask, token: str, engine: Engine) -> None:
    arrive(engine, [NOW - 60])
    arrive(engine, [NOW - 40 * DAY], source="freeswitch")
    only = {"field": "status", "operator": "=", "value": "inactive"}
    [row] = ask("get.intake_sources", token, filter=only)["result"]["data"]
    assert row["source"] == "freeswitch"


@pytest.mark.parametrize("rights", [{"role": Role.READER}, {"view": View(is_masked=True)}])
def test_who_is_no_whole_administrator_does_not_see_them(
    ask: Ask, token: str, registry: Registry, rights: dict[str, Any]
) -> None:
    registry.users.create("acme", "rob", "password1", **rights)
    assert fault(ask("get.intake_sources", registry.tokens.create("acme", "rob")))[0] == "forbidden"


def test_an_account_that_nothing_came_to_has_none(ask: Ask, token: str, engine: Engine) -> None:
    arrive(engine, [NOW - 60], account=2)
    assert shown(ask, token) == []
    assert engine.rows(Statement("SELECT count() AS n FROM call_events"))[0]["n"] == 1
