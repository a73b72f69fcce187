"""What a page costs over HTTP against the engine's own time for the same statements, measured in turns in one run.

    python bench/pages.py [--sessions 3000000] [--rounds 40] [--data DIR]

Makes the sessions inside the engine (eight accounts, one year), starts the real server on loopback, and prints p50s and
their ratios. A data folder that it made before is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE
from ringledger.reporting import select
from ringledger.reporting.params import report_query
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import migrate

PERIOD = {"date_from": "2026-06-01 00:00:00", "date_till": "2026-06-30 23:59:59"}
QUARTER = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-05-29 23:59:59"}
REQUESTS: dict[str, dict[str, Any]] = {
    "1,000 default rows of 30 days": {**PERIOD, "limit": 1000},
    "10,000 rows with all fields of 90 days": {
        **QUARTER,
        "limit": 10_000,
        "fields": [field.name for field in CALLS_REPORT.fields],
    },
    "lost calls of 90 days, 100 rows": {
        **QUARTER,
        "limit": 100,
        "filter": {"field": "is_lost", "operator": "=", "value": True},
    },
}
SESSIONS = """
INSERT INTO call_sessions (account, id, start_time, finish_time, finish_reason, direction, source, is_lost, is_transfer,
    contact_phone_number, virtual_phone_number, communication_id, communication_type, wait_duration,
    total_wait_duration, talk_duration, clean_talk_duration, total_duration, call_records, campaign_id, campaign_name,
    utm_source, utm_medium, search_query, gclid, visitor_city, last_talked_employee_id,
    last_talked_employee_full_name, employees, tags, version)
WITH toDateTime('2026-01-01 00:00:00', 'UTC') + toUInt32(number * 31536000 / {n:UInt64}) AS begin,
    cityHash64(number) AS h, toUInt32(h % 300) AS talk, toUInt32(h % 40) AS wait, h % 5 = 0 AS lost,
    toInt64(h % 90) AS who
SELECT toUInt32(floor(log2(1 + h % 255))) + 1, 5000000000 + number * 7, begin, begin + wait + talk,
    if(lost, 'timeout', 'subscriber_disconnects'), if(h % 4 = 0, 'out', 'in'), 'call_tracking', lost, h % 17 = 0,
    concat('7', toString(9000000000 + h % 400000)), concat('7495', toString(1000000 + h % 180)), 9000000000 + number,
    'call', wait, wait, if(lost, 0, talk), if(lost, 0, talk), wait + talk, if(lost, [], [hex(h)]), h % 300,
    concat('Campaign ', toString(h % 300)), ['google', 'yandex', 'bing', 'newsletter'][1 + h % 4],
    ['cpc', 'organic', 'email'][1 + h % 3], concat('query ', toString(h % 900)), hex(sipHash64(number)),
    concat('City ', toString(h % 40)), who, concat('Employee ', toString(who)),
    [(who, concat('Employee ', toString(who)), NOT lost, NOT lost)],
    if(h % 3 = 0,
        [(concat('Tag ', toString(h % 60)), toInt64(h % 60), begin, 'manual', 1, 'user', who, 'Employee')], []),
    1
FROM numbers({n:UInt64})"""


def prepare(folder: Path, sessions: int) -> None:
    """Fills the folder, in a process of its own: the engine's folder has one owner."""
    engine = Engine(f"chdb://{folder}/store")
    migrate(engine)
    if engine.rows(Statement("SELECT count() AS n FROM call_sessions"))[0]["n"] == 0:
        engine.run(Statement(SESSIONS, {"n": sessions}))
        engine.run(Statement("OPTIMIZE TABLE call_sessions FINAL"))
    size = engine.rows(Statement("SELECT sum(bytes_on_disk) AS b FROM system.parts WHERE active"))[0]["b"]
    print(f"{sessions:,} sessions, {int(size) / 1e6:.0f} MB on disk")
    engine.close()


def account(folder: Path) -> tuple[int, str]:
    """The largest account and a token of it."""
    registry = Registry.open(f"sqlite:///{folder}/registry.db")
    if not registry.accounts.all():
        for number in range(8):
            registry.accounts.create(f"acme-{number}")
    name = registry.accounts.all()[-1]
    token = registry.tokens.create(name.name)
    registry.close()
    return name.id, token


def median(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """The p50 of each call in milliseconds, taken in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for times, call in zip(taken, calls, strict=True):
            started = time.perf_counter()
            call()
            times.append((time.perf_counter() - started) * 1000)
    return [statistics.median(times) for times in taken]


def measure_engine(folder: Path, number: int, rounds: int) -> dict[str, list[float]]:
    """p50 of page and count by the engine alone, each request."""
    engine = Engine(f"chdb://{folder}/store")
    found = {}
    for name, params in REQUESTS.items():
        whose: dict[str, Any] = {"account": number, "view": WHOLE, "timezone": "UTC", "now": 0}
        query = report_query(CALLS_REPORT, params, compiles=lambda _: True, **whose)
        page, count = select.page(query), select.count(query)
        found[name] = median(rounds, lambda page=page: engine.read(page), lambda count=count: engine.read(count))
    engine.close()
    return found


def measure_http(port: int, token: str, rounds: int) -> dict[str, float]:
    """p50 of each request over one kept connection."""
    connection = HTTPConnection("127.0.0.1", port)
    found = {}
    for name, params in REQUESTS.items():
        request = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report"}
        body = json.dumps({**request, "params": {"access_token": token, **params}})

        def ask(body: str = body) -> None:
            connection.request("POST", "/v2.0", body)
            reply = connection.getresponse().read()
            if b'"error"' in reply[:100]:
                raise SystemExit(reply.decode())

        ask()
        found[name] = median(rounds, ask)[0]
    return found


def serve(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """The real server on a free port."""
    ringledger = Path(sys.executable).parent / "ringledger"
    command = [str(ringledger), "serve", "--port", "0", "--data", str(folder), "--log-level", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, int(server.stdout.readline().rsplit(":", 1)[1])


def in_turns(folder: Path, number: int, token: str, rounds: int) -> None:
    """Engine and server take turns, as machines drift; each part is one process's."""
    engine: dict[str, list[list[float]]] = {name: [] for name in REQUESTS}
    http: dict[str, list[float]] = {name: [] for name in REQUESTS}
    for _ in range(3):
        for name, times in json.loads(_own_process(folder, number, rounds)).items():
            engine[name].append(times)
        server, port = serve(folder)
        try:
            for name, taken in measure_http(port, token, rounds).items():
                http[name].append(taken)
        finally:
            server.terminate()
            server.wait()
    print(f"{'request':42} {'HTTP':>8} {'page':>8} {'count':>8} {'HTTP / engine':>14}")
    for name in REQUESTS:
        page, count = (statistics.median(times[at] for times in engine[name]) for at in (0, 1))
        whole = statistics.median(http[name])
        print(f"{name:42} {whole:6.1f}ms {page:6.1f}ms {count:6.1f}ms {whole / (page + count):14.2f}")


def _own_process(folder: Path, number: int, rounds: int) -> str:
    command = [sys.executable, __file__, "--data", str(folder), "--engine", str(number), "--rounds", str(rounds)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ.copy()).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-bench")
    parser.add_argument("--engine", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine is not None:
        print(json.dumps(measure_engine(options.data, options.engine, options.rounds)))
        return
    options.data.mkdir(parents=True, exist_ok=True)
    prepare(options.data, options.sessions)
    number, token = account(options.data)
    in_turns(options.data, number, token, options.rounds)


if __name__ == "__main__":
    main()
