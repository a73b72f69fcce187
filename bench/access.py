"""What access, points and the request log cost a request, and reading a log of a million, in turns in one run.

    python bench/access.py [--rows 1000000] [--rounds 200]

Works on a data folder of its own under the system's temporary one. Prints p50s; processor time is that of the request's
own thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE
from ringledger.rpc import access
from ringledger.rpc.points import Left, Points
from ringledger.rpc.request_log import Notebook
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import migrate

Replaced = tuple[object, str, object]
"""An owner, the name of what it has, and what stands there instead."""

FILL = """
INSERT INTO api_requests (account, api_request_id, api_request_start_date_time, token_name, api_request_ip,
    api_request_method, api_request_body, api_request_method_weight, api_request_execution_time, api_request_rows)
SELECT {account:UInt32}, lower(hex(number)), toDateTime({now:UInt32} - number * 7, 'UTC'), 'crm', '192.0.2.7',
    'get.calls_report', '{"limit":100}', 1, number % 50, number % 1000 FROM numbers({rows:UInt64})"""


def p50s(clock: Callable[[], float], rounds: int, *works: Callable[[], object]) -> list[float]:
    """Median times of the works, taken in turns, in milliseconds."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for taken, work in zip(times, works, strict=True):
            began = clock()
            work()
            taken.append((clock() - began) * 1000)
    return [statistics.median(taken) for taken in times]


def without(request: Callable[[], object], *replaced: Replaced) -> Callable[[], object]:
    """The request with parts of the server replaced by ones that do nothing."""

    def send() -> object:
        with ExitStack() as stack:
            for owner, name, stub in replaced:
                stack.enter_context(mock.patch.object(owner, name, stub))
            return request()

    return send


def ask(service: Service, method: str, token: str, **params: object) -> Callable[[], object]:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": token, **params}}
    body = json.dumps(request).encode()

    def send() -> object:
        outcome = service.answer(body, "127.0.0.1")
        assert outcome.mnemonic == "ok", outcome.mnemonic
        return outcome

    return send


def measure(folder: Path, rows: int, rounds: int) -> None:
    registry = Registry.open(f"sqlite:///{folder}/registry.db")
    engine = Engine(f"chdb://{folder}/store")
    migrate(engine)
    account = registry.accounts.create("bench", day_limit=10**9, minute_limit=10**9)
    token = registry.tokens.create("bench", name="crm")
    service = Service(engine, registry)
    request = ask(service, "get.account", token)

    caller = registry.tokens.find(token)
    assert caller is not None
    granted = access.Grant(caller, caller.account, WHOLE)
    no_access = (
        (access, "identify", lambda *_: caller),
        (access, "check_caller", lambda *_: None),
        (access, "grant", lambda *_: granted),
    )
    no_points: tuple[Replaced, ...] = ((Points, "left", lambda *_: Left((), [], 0)), (Points, "charge", lambda *_: {}))
    no_log = ((Notebook, "note", lambda *_: None),)
    same = tuple(
        (access, name, getattr(access, name)) for name in ("identify", "check_caller", "grant")
    )  # what patching itself costs
    request()
    variants = [without(request, *stubs) for stubs in (same, no_access, no_points, no_log)]
    for name, clock in (("processor", time.thread_time), ("wall", time.perf_counter)):
        whole, *less = p50s(clock, rounds, *variants)
        parts = ", ".join(
            f"{part} {whole - rest:.3f}" for part, rest in zip(("access", "points", "log"), less, strict=True)
        )
        print(f"{name} time of get.account {whole:.2f} ms, of it: {parts}")
    now = int(time.time())
    engine.run(Statement(FILL, {"account": account.id, "now": now, "rows": rows}))
    till = datetime.fromtimestamp(now, UTC) + timedelta(hours=1)
    period = {"date_from": f"{till - timedelta(days=80):%F %T}", "date_till": f"{till:%F %T}"}
    order = [{"field": "api_request_start_date_time", "order": "desc"}]
    last = ask(service, "get.api_requests", token, **period, sort=order, limit=100)
    last()
    again, reading = p50s(time.perf_counter, max(20, rounds // 5), request, last)
    print(f"with {rows:,} requests in the log: get.account {again:.2f} ms, the last 100 of 80 days {reading:.1f} ms")
    engine.close()
    registry.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringledger-bench-") as folder:
        measure(Path(folder), options.rows, options.rounds)


if __name__ == "__main__":
    main()
