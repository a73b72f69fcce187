"""kill -9 while calls are tagged: what was acknowledged is there, and nothing is there twice or by half."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.cli.conftest import Program

CALLS = 40
PERIOD = {"date_from": "2026-05-01 00:00:00", "date_till": "2026-05-31 00:00:00"}


class Asker:
    """Requests to a server with one token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}/v2.0"
        self._token = token

    def __call__(self, method: str, **params: Any) -> Any:
        """The reply's data; raises OSError or HTTPException where the server is gone."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": self._token, **params}}
        body = json.dumps(request).encode()
        with urllib.request.urlopen(self._url, body, timeout=30) as reply:
            return json.load(reply)["result"]["data"]


def records() -> str:
    lines = (
        {
            "id": number,
            "start_time": f"2026-05-02 10:{number:02}:00",
            "finish_time": f"2026-05-02 10:{number:02}:30",
            "communication_id": number,
        }
        for number in range(1, CALLS + 1)
    )
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_acknowledged_tags_and_sales_survive_a_kill(
    ringledger: Program, serving: Callable[[Program], tuple[str, subprocess.Popen[str]]], tmp_path: Path
) -> None:
    ringledger.answer("account", "create", "acme")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    calls = tmp_path / "calls.ndjson"
    calls.write_text(records(), encoding="utf-8")
    ringledger.answer("import", "calls", str(calls), "--account", "acme")
    url, server = serving(ringledger)
    ask = Asker(url, token)
    tags = [ask("create.tags", name=f"tag {number}")["id"] for number in range(2)]
    acknowledged: set[tuple[int, int]] = set()

    def work(tag: int) -> None:
        for call in range(1, CALLS + 1):
            named = {"communication_id": call, "communication_type": "call"}
            try:
                ask("set.tag_communications", tag_id=tag, **named)
                acknowledged.add((call, tag))
                ask("set.tag_sales", date_time="2026-05-03 00:00:00", transaction_value=call, **named)
            except (OSError, HTTPException, urllib.error.URLError):
                return

    workers = [threading.Thread(target=work, args=(tag,)) for tag in tags]
    for worker in workers:
        worker.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < CALLS // 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.kill()
    for worker in workers:
        worker.join()
    assert acknowledged
    again = Asker(serving(ringledger)[0], token)
    rows = again("get.calls_report", fields=["id", "tags", "sale_date", "sale_cost"], **PERIOD)
    assert [row["id"] for row in rows] == list(range(1, CALLS + 1))
    sale = next(tag["id"] for tag in again("get.tags") if tag["is_system"])
    for row in rows:
        found = [tag["tag_id"] for tag in row["tags"]]
        assert len(found) == len(set(found))
        assert {tag for call, tag in acknowledged if call == row["id"]} <= set(found)
        assert (row["sale_cost"] == row["id"], row["sale_date"] is not None) == (sale in found, sale in found)
