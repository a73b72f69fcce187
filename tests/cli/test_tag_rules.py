"""Tag rules on the calls of a running server, whichever way they come."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Program
from tests.cli.test_records import DIRECTORY, lines

FREESWITCH = Path(__file__).parent.parent / "intake" / "samples" / "freeswitch" / "04_no_answer.json"
PERIOD = {"date_from": "2026-03-10 00:00:00", "date_till": "2026-03-10 23:59:59"}
T0 = 1_773_134_400
UPLOAD = {
    "ext_id": "crm-1", "calling_phone_number": "4930556", "called_phone_number": "442079460000", "is_lost": True,
    "start_time": "2026-03-10 12:00:00", "finish_time": "2026-03-10 12:00:30", "direction": "in",
}  # fmt: skip


def event(kind: str, at: int, **members: Any) -> str:
    return json.dumps({"event": kind, "call_id": "A", "event_id": kind, "time": T0 + at, "leg_id": "c", **members})


class Client:
    """Requests to a server with one token."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: str) -> bytes:
        request = urllib.request.Request(self._url + path, body.encode(), self._headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            found: bytes = reply.read()
            return found

    def __call__(self, method: str, **params: Any) -> Any:
        reply = json.loads(
            self.post("/v2.0", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
        )
        assert "result" in reply, reply
        return reply["result"]["data"]


def test_a_rule_tags_lost_calls_however_they_come(
    ringledger: Program, serving: Callable[[Program], tuple[str, subprocess.Popen[str]]], tmp_path: Path
) -> None:
    who, events, calls = tmp_path / "who.json", tmp_path / "Master.csv", tmp_path / "calls.ndjson"
    trunk = {"number": None, "channels": ["PJSIP/trunk", "sofia/internal/+493023125041"]}
    who.write_text(json.dumps(DIRECTORY | {"external": [trunk]}))
    events.write_text("\n".join(lines()) + "\n")
    row = {"id": 5, "start_time": "2026-03-10 13:00:00", "finish_time": "2026-03-10 13:01:00", "is_lost": True}
    calls.write_text(json.dumps(row) + "\n")
    ringledger.answer("account", "create", "acme", "--timezone", "Europe/London")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    ringledger.answer("directory", "import", str(who), "--account", "acme")
    ask = Client(serving(ringledger)[0], token)
    lost, mine = (ask("create.tags", name=name)["id"] for name in ("Lost", "Ours"))
    filters = {lost: {"field": "is_lost", "operator": "=", "value": True}}
    filters[mine] = {"field": "ext_id", "operator": "=", "value": "crm-1"}
    for tag, wanted in filters.items():
        ask("create.tag_rules", name=f"rule {tag}", tag_id=tag, filter=wanted)

    ringledger("import", "asterisk-cel", str(events), "--account", "acme")
    ringledger("import", "calls", str(calls), "--account", "acme")
    ask.post("/intake/freeswitch", FREESWITCH.read_text())
    ask.post("/intake/events", event("leg_started", 0, number="4930555", party="contact") + "\n" + event("ended", 9))
    ask("upload.calls", calls=[UPLOAD])

    deadline = time.monotonic() + 60
    found: dict[str, list[int]] = {}
    while list(found.values()) != [[lost], [lost], [lost], [lost, mine], [lost]]:
        assert time.monotonic() < deadline, found
        rows = ask("get.calls_report", fields=["start_time", "tags", "ext_id"], **PERIOD)
        found = {row["start_time"][11:]: [tag["tag_id"] for tag in row["tags"]] for row in rows}
        time.sleep(0.5)
    assert {tag["tag_type"] for row in rows for tag in row["tags"]} == {"auto"}
