from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.rpc.oracle import CALLS, LEGS, Oracle, Row
from tests.rpc.samples import Samples, stored

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine
from ringledger.store.session_files import Imported, Route, import_file

REQUESTS = int(os.environ.get("RINGLEDGER_ORACLE_REQUESTS", "400"))
ROWS = 300
AT_ONCE = 4
ZONES = {
    "America/New_York": datetime(2025, 3, 9, 7, tzinfo=UTC),
    "Asia/Kolkata": datetime(2025, 6, 30, 18, 30, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2025, 4, 5, 15, tzinfo=UTC),
    "Europe/London": datetime(2025, 10, 26, 1, tzinfo=UTC),
}
"""Account time zones with a moment around which the rows lie: there clocks change, by half an hour on Lord Howe."""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/r.db")
    yield opened
    opened.close()


def _exact(value: Any) -> Any:
    """The value with whole floats as integers, which JSON does not tell apart."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return value


def _stored_sessions(engine: Engine, account: int, rows: list[Row], folder: Path) -> None:
    path = folder / f"{account}.ndjson"
    path.write_text("".join(json.dumps(stored(row)) + "\n" for row in rows), encoding="utf-8")
    imported = import_file(engine, path, Route(account, None, {}), now=account * 1_000_000)
    refused = path.with_name(path.name + ".rejected.ndjson")
    assert imported == Imported(len(rows), len(rows), 0), refused.read_text()[:2000]


def _stored_legs(engine: Engine, account: int, rows: list[Row], _: Path) -> None:
    lines = (json.dumps(row | {"account": account, "version": 1}) for row in rows)
    names = ("account", *LEGS, "finish_time", "version")
    engine.insert("call_legs", names, "\n".join(lines).encode())


STORES: dict[str, Callable[[Engine, int, list[Row], Path], None]] = {
    "get.calls_report": _stored_sessions,
    "get.call_legs_report": _stored_legs,
}


@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize("method", STORES)
def test_random_requests_are_answered_as_the_protocol_says(
    engine: Engine, registry: Registry, tmp_path: Path, timezone: str, method: str
) -> None:
    columns = CALLS if method == "get.calls_report" else LEGS
    samples = Samples(Random(f"rows of {timezone}"), ZONES[timezone], columns)
    rows = samples.rows(ROWS)
    # The other account's rows have the same ids and times, and must never be seen.
    for name, chosen in (("asked", rows), ("other", rows[::2])):
        account = registry.accounts.create(name, timezone=timezone)
        STORES[method](engine, account.id, chosen, tmp_path)
    service = Service(engine, registry, lambda: samples.end + 0.5)
    oracle = Oracle(columns, rows, timezone, samples.end)
    token = registry.tokens.create("asked")

    def ask(number: int) -> int:
        """Compares one reply; how many rows it had."""
        asked = Samples(Random(f"request {number} of {timezone}"), ZONES[timezone], columns).request(token)
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": asked}
        outcome = service.answer(json.dumps(body).encode(), "127.0.0.1")
        assert outcome.mnemonic == "ok", (asked, outcome.parts)
        result = json.loads(b"".join(outcome.parts))["result"]
        data, total = oracle.answer(asked)
        assert result["metadata"]["total_items"] == total, asked
        assert json.dumps(_exact(result["data"])) == json.dumps(_exact(data)), asked
        return len(data)

    requests = REQUESTS // (len(STORES) * len(ZONES))
    with ThreadPoolExecutor(AT_ONCE) as clients:
        found = sum(clients.map(ask, range(requests)))
    assert found > requests, "the requests find too little to tell anything"
