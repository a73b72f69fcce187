"""What it takes to tag one call, to tag 100,000 by a rule, and to rename the employee of a million, over HTTP.

    python bench/tags.py [--sessions 1000000] [--rounds 60]

Makes the sessions inside the engine (one account, one year, all of them one employee's), starts the real server on
loopback and asks it; beside each p50 stands that of a page of one row, asked in turns with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import migrate

FIRST, STEP = 5_000_000_000, 7
SESSIONS = """
INSERT INTO call_sessions (account, id, communication_id, start_time, finish_time, finish_reason, direction, source,
    is_lost, is_transfer, contact_phone_number, virtual_phone_number, communication_type, wait_duration, talk_duration,
    total_duration, campaign_id, campaign_name, utm_source, search_query, gclid, visitor_city, last_talked_employee_id,
    last_talked_employee_full_name, employees, tags, version)
WITH toDateTime('2026-01-01 00:00:00', 'UTC') + toUInt32(number * 31536000 / {n:UInt64}) AS begin,
    cityHash64(number) AS h, toUInt32(h % 300) AS talk, toUInt32(h % 40) AS wait, h % 5 = 0 AS lost
SELECT 1, 5000000000 + number * 7, 5000000000 + number * 7, begin, begin + wait + talk,
    if(lost, 'timeout', 'subscriber_disconnects'), if(h % 4 = 0, 'out', 'in'), 'call_tracking', lost, h % 17 = 0,
    concat('7', toString(9000000000 + h % 400000)), concat('7495', toString(1000000 + h % 180)), 'call', wait,
    if(lost, 0, talk), wait + talk, h % 300, concat('Campaign ', toString(h % 300)),
    ['google', 'yandex', 'bing', 'newsletter'][1 + h % 4], concat('query ', toString(h % 900)),
    hex(sipHash64(number)), concat('City ', toString(h % 40)), {who:Int64}, 'Hart',
    [({who:Int64}, 'Hart', NOT lost, NOT lost)],
    if(h % 3 = 0, [(concat('Tag ', toString(h % 60)), toInt64(h % 60), begin, 'manual', 1, 'user', 1, 'Employee')], []),
    1
FROM numbers({n:UInt64})"""
JUNE = {"date_from": "2026-06-01 00:00:00", "date_till": "2026-06-30 23:59:59"}
YEAR = {"date_from": "2026-01-01 00:00:00", "date_till": "2026-12-31 23:59:59"}

Ask = Callable[..., Any]


def prepare(folder: Path, sessions: int) -> tuple[str, int]:
    """Fills the folder; returns a token and the employee's id."""
    registry = Registry.open(f"sqlite:///{folder}/registry.db")
    account = registry.accounts.create("bench", allow=["127.0.0.0/8"])
    employee = registry.entries.create(account, "employees", {"last_name": "Hart"})
    token = registry.tokens.create("bench")
    registry.close()
    engine = Engine(f"chdb://{folder}/store")
    migrate(engine)
    engine.run(Statement(SESSIONS, {"n": sessions, "who": employee}))
    engine.run(Statement("OPTIMIZE TABLE call_sessions FINAL"))
    engine.close()
    return token, employee


def serve(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The real server on a free port."""
    ringledger = Path(sys.executable).parent / "ringledger"
    command = [str(ringledger), "serve", "--port", "0", "--data", str(folder), "--log-level", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, int(server.stdout.readline().rsplit(":", 1)[1])


def asker(port: int, token: str) -> Ask:
    connection = HTTPConnection("127.0.0.1", port)

    def ask(method: str, **params: Any) -> Any:  # noqa: ANN401 - any JSON value
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": token, **params}}
        connection.request("POST", "/v2.0", json.dumps(request))
        reply = json.loads(connection.getresponse().read())
        if "error" in reply:
            raise SystemExit(reply)
        return reply["result"]["data"]

    return ask


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def one_by_one(ask: Ask, sessions: int, rounds: int) -> None:
    tag = ask("create.tags", name="one by one")["id"]
    taken: dict[str, list[float]] = {"set a tag on one call": [], "a page of one row": []}
    for at in range(rounds):
        communication = FIRST + STEP * (sessions * at // rounds)
        named = {"communication_id": communication, "communication_type": "call", "tag_id": tag}
        taken["set a tag on one call"].append(timed(partial(ask, "set.tag_communications", **named)))
        taken["a page of one row"].append(timed(lambda: ask("get.calls_report", **JUNE, limit=1, fields=["id"])))
    for name, times in taken.items():
        print(f"{name:48} p50 {statistics.median(times):8.1f} ms  p95 {sorted(times)[int(len(times) * 0.95)]:8.1f} ms")


def by_rule(ask: Ask) -> None:
    tag = ask("create.tags", name="by rule")["id"]
    wanted = {"field": "is_lost", "operator": "=", "value": False}
    rule = ask("create.tag_rules", name="by rule", tag_id=tag, filter=wanted)["id"]
    period = {"date_from": "2026-01-01 00:00:00", "date_till": "2026-02-15 15:00:00"}
    started = time.perf_counter()
    found = ask("set.tag_rules", id=rule, **period)["calls_count"]
    print(f"{f'set a tag on {found:,} calls by a rule':48} {time.perf_counter() - started:12.2f} s")


def rename(ask: Ask, employee: int) -> None:
    fields = ["last_talked_employee_full_name", "employees"]
    before = statistics.median(timed(lambda: ask("get.calls_report", **JUNE, fields=fields)) for _ in range(15))
    took = timed(lambda: ask("update.employees", id=employee, last_name="Reid", phone_numbers=[]))
    started = time.perf_counter()
    rows = ask("get.calls_report", **JUNE, fields=fields)
    right = all(row["last_talked_employee_full_name"] == "Reid" for row in rows)
    shown = (time.perf_counter() - started) * 1000
    after = statistics.median(timed(lambda: ask("get.calls_report", **JUNE, fields=fields)) for _ in range(15))
    print(f"{'rename the employee of all calls':48} {took:12.1f} ms; the next page is right: {right}, {shown:.1f} ms")
    print(f"{'a page of 1,000 rows with names, before and after':48} {before:8.1f} ms, {after:8.1f} ms")
    wanted = {"field": "last_talked_employee_full_name", "operator": "=", "value": "Reid"}
    found = timed(lambda: ask("get.calls_report", **JUNE, fields=["id"], limit=1, filter=wanted))
    print(f"{'filter by the new name':48} {found:12.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringledger-bench-tags-") as folder:
        token, employee = prepare(Path(folder), options.sessions)
        server, port = serve(Path(folder))
        try:
            ask = asker(port, token)
            one_by_one(ask, options.sessions, options.rounds)
            by_rule(ask)
            rename(ask, employee)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
