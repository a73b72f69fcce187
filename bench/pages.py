"""What a page costs over HTTP against the engine's own time for the same statements, measured in turns in one run.

    python bench/pages.py [--rounds 30] [--data DIR]

Starts the real server on loopback on the sessions that bench/load.py made, and prints p50s and their ratios.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from load import DATA, prepared
from product import Access, Product
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.registry.rights import WHOLE
from ringledger.reporting import select
from ringledger.reporting.params import report_query
from ringledger.store.engine import Engine

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


REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report"}


def never_asked(params: dict[str, Any], number: int) -> dict[str, Any]:
    """The same question of a period that ends `number` seconds earlier: as much work, and no answer is remembered."""
    end = datetime.fromisoformat(params["date_till"]) - timedelta(seconds=number)
    return {**params, "date_till": str(end)}


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
    engine = Engine(f"chdb://{folder}/ringledger/store")
    found = {}
    for name, params in REQUESTS.items():
        whose: dict[str, Any] = {"account": number, "view": WHOLE, "timezone": "UTC", "now": 0}
        query = report_query(CALLS_REPORT, params, compiles=lambda _: True, **whose)
        page, count = select.page(query), select.count(query)
        found[name] = median(rounds, partial(engine.read, page), partial(engine.read, count))
    engine.close()
    return found


def measure_http(port: int, token: str, rounds: int) -> dict[str, float]:
    """p50 of each request over one kept connection, none of them asked before."""
    connection = HTTPConnection("127.0.0.1", port)
    found = {}
    for name, params in REQUESTS.items():
        numbers = itertools.count()

        def ask(params: dict[str, Any] = params, numbers: Iterator[int] = numbers) -> None:
            asked = {"access_token": token, **never_asked(params, next(numbers))}
            connection.request("POST", "/v2.0", json.dumps({**REQUEST, "params": asked}))
            reply = connection.getresponse().read()
            if b'"error"' in reply[:100]:
                raise SystemExit(reply.decode())

        ask()
        found[name] = median(rounds, ask)[0]
    return found


def in_turns(folder: Path, access: Access, rounds: int) -> None:
    """Engine and server take turns, as machines drift; each part is one process's."""
    engine: dict[str, list[list[float]]] = {name: [] for name in REQUESTS}
    http: dict[str, list[float]] = {name: [] for name in REQUESTS}
    for _ in range(3):
        for name, times in json.loads(_own_process(folder, access.number, rounds)).items():
            engine[name].append(times)
        product = Product(folder)
        product.start()
        try:
            for name, taken in measure_http(product.port, access.token, rounds).items():
                http[name].append(taken)
        finally:
            product.stop()
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
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--engine", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine is not None:
        print(json.dumps(measure_engine(options.data, options.engine, options.rounds)))
        return
    state = prepared(options.data)
    if state is None:
        raise SystemExit(f"nothing is loaded in {options.data}: run bench/load.py")
    in_turns(options.data, Product(options.data).access(state.world.largest), options.rounds)


if __name__ == "__main__":
    main()
