from __future__ import annotations

import gzip
import json
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.cli.conftest import Program

    Serving = Callable[[Program], tuple[str, subprocess.Popen[str]]]

CALLS: list[dict[str, object]] = [
    {"id": 1, "start_time": "2026-10-24 23:30:00", "finish_time": "2026-10-24 23:30:30"},
    {"id": 2, "start_time": "2026-10-25 00:30:00", "finish_time": "2026-10-25 00:30:30"},
    {"id": 3, "start_time": "2026-10-25 01:30:00", "finish_time": "2026-10-25 01:30:30"},
    {"id": 4, "start_time": "2026-10-25 02:00:00", "finish_time": "2026-10-25 02:00:30"},
    {"id": 5},
]


def call(url: str, **params: object) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params}
    with urllib.request.urlopen(url + "/v2.0", json.dumps(body).encode(), timeout=30) as reply:
        return json.load(reply)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and log after SIGTERM."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=30)
    return process.returncode, log


def test_commands_work_the_same_while_a_server_runs(ringledger: Program, serving: Serving) -> None:
    calls = ringledger.folder.parent / "calls {1}.ndjson"
    calls.write_text("".join(json.dumps(one) + "\n" for one in CALLS))
    out = ringledger.folder.parent / "out.ndjson"
    arguments = ("import", "calls", str(calls), "--account", "acme")
    twice = ("--from", "2026-10-25 01:00:00", "--till", "2026-10-25 01:59:59")
    export = ("export", "calls", "--account", "acme", *twice, "--out")

    ringledger.answer("account", "create", "acme")
    alone = ringledger(*arguments)
    assert json.loads(alone.stdout) == {"read": 5, "imported": 4, "rejected": 1}
    assert f"{calls.name}.rejected.ndjson" in alone.stderr
    exported = ringledger(*export, "-").stdout
    assert [json.loads(line)["id"] for line in exported.splitlines()] == [2, 3]

    url, process = serving(ringledger)
    assert stat.S_IMODE((ringledger.folder / "control.sock").stat().st_mode) == 0o600
    served = ringledger(*arguments)
    assert (served.stdout, served.stderr) == (alone.stdout, alone.stderr)
    assert ringledger(*export, "-").stdout == exported
    assert ringledger(*export, str(out)).returncode == 0
    assert out.read_text() == exported
    assert [file.name for file in out.parent.iterdir() if file.name.endswith(".part")] == []
    assert "'nobody'" in ringledger.complaint("replay", "--account", "nobody")
    assert "works on" in ringledger.complaint("serve", "--port", "0")

    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    reply = call(url, access_token=token, date_from="2026-10-25 00:00:00", date_till="2026-10-25 23:59:59", limit=10)
    assert [one["id"] for one in reply["result"]["data"]] == [1, 2, 3, 4]
    assert ended(process)[0] == 0
    assert not (ringledger.folder / "control.sock").exists()
    assert ringledger.answer("token", "list")[0]["last_used"] is not None


def test_exports_by_the_file_s_ending(ringledger: Program, serving: Serving) -> None:
    packed = ringledger.folder.parent / "calls.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(CALLS[1] | {"customer": "acme"}).encode()))
    ringledger.answer("account", "create", "acme")
    serving(ringledger)
    counts = ringledger.answer("import", "calls", str(packed), "--account-column", "customer")
    assert counts == {"read": 1, "imported": 1, "rejected": 0}
    span = ("--from", "2026-01-01 00:00:00", "--till", "2026-12-31 23:59:59")
    for name, beginning in (("a.parquet", b"PAR1"), ("a.csv", b'"id","start_time"'), ("a.jsonl", b'{"id":2,')):
        out = ringledger.folder.parent / name
        assert ringledger("export", "calls", "--account", "acme", *span, "--out", str(out)).returncode == 0
        assert out.read_bytes().startswith(beginning)


def test_a_failed_export_leaves_no_file(ringledger: Program) -> None:
    out = ringledger.folder.parent / "out.csv"
    span = ("--from", "2026-01-01 00:00:00", "--till", "2026-12-31 23:59:59")
    ringledger.complaint("export", "calls", "--account", "nobody", *span, "--out", str(out))
    assert {path.name for path in out.parent.iterdir()} == {"data"}


def test_a_missing_file_is_one_line(ringledger: Program) -> None:
    missing = str(ringledger.folder.parent / "none.ndjson")
    line = ringledger.complaint("import", "calls", missing, "--account", "acme")
    assert line == f"ringledger: {missing}: No such file or directory\n"


def test_a_taken_port_is_one_line(ringledger: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = ringledger.complaint("serve", "--port", str(port))
    assert line == f"ringledger: cannot listen on 127.0.0.1:{port}: address already in use; set --host or --port\n"


def test_health_and_interruption(ringledger: Program, serving: Serving) -> None:
    url, process = serving(ringledger)
    with urllib.request.urlopen(url + "/healthz", timeout=30) as reply:
        assert reply.read() == b"ok\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_a_command_waits_for_the_server_that_is_starting_and_goes_on_after_a_killed_one(
    ringledger: Program, serving: Serving
) -> None:
    ringledger.answer("account", "create", "acme")
    _, process = serving(ringledger)
    process.kill()
    process.wait()
    assert (ringledger.folder / "control.sock").exists()
    starting = ringledger.start("serve", "--port", "0")
    while not (ringledger.folder / "lock").read_text().startswith(str(starting.pid)):
        time.sleep(0.01)
    span = ("--from", "2026-01-01 00:00:00", "--till", "2026-12-31 23:59:59")
    assert ringledger("export", "calls", "--account", "acme", *span, "--out", "-").returncode == 0
    assert ended(starting)[0] == 0
