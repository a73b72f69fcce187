"""What switches may bring to a running server, and what report pages cost meanwhile.

    python bench/intake.py [--seconds 15] [--sessions 300000]

Starts the real server on loopback over a store with sessions in it. Clients post finished calls of four to six events
to /intake/events, in batches and one by one (a call a request), first at a set rate and then as fast as they are
answered, while another client asks for pages. Prints rates, latencies and the server's own processor time, which other
work on the machine does not change much.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import sessions
from product import Product
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry
from sessions import ACCOUNTS

EMPLOYEES = 50
LARGEST = ACCOUNTS[0]
BATCH = 500
METHOD = "get.calls_report"
CALLERS = 5_000


class Posted(NamedTuple):
    """What clients got done: calls answered, seconds it took, each answer's latency in milliseconds.

    `refused` counts the answers that asked to come again.
    """

    calls: int
    seconds: float
    latencies: list[float]
    refused: int


class Server(NamedTuple):
    """The server under test."""

    pid: int
    port: int
    token: str

    def cpu(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(folder: Path, count: int) -> Product:
    """Fills a folder, and tells who is who in its largest account."""
    made, product = folder / "sessions.parquet", Product(folder)
    with multiprocessing.get_context("spawn").Pool(1) as own_process:
        own_process.apply(sessions.write, (made, count))
    product.load(made)
    people = [{"full_name": f"Employee {n}", "numbers": [str(200 + n)]} for n in range(EMPLOYEES)]
    registry = Registry.open(f"sqlite:///{product.folder}/registry.db")
    registry.directories.import_file(LARGEST, DirectoryFile.parse(json.dumps({"employees": people}).encode()))
    registry.close()
    return product


def call(name: str, number: int, now: float) -> bytes:
    """A finished call of a minute, as up to six events a line each; one of five callers reaches nobody."""
    head = {"call_id": f"{name}-{number}"}
    contact, employee = f"4479{number % CALLERS:08}", str(200 + number % EMPLOYEES)
    told: list[dict[str, Any]] = [
        {"event": "leg_started", "leg_id": "a", "party": "contact", "number": contact, "dialled": "442079460101"},
        {"event": "leg_started", "leg_id": "b", "number": employee},
        {"event": "answered", "leg_id": "b"},
        {"event": "bridged", "leg_ids": ["a", "b"]},
        {"event": "ended", "leg_id": "b", "hung_up_by": "b", "cause": 16},
        {"event": "ended", "leg_id": "a", "cause": 16},
    ]
    moments = (0.0, 0.8, 6.1, 6.2, 58.4, 58.5)
    lost = number % 5 == 0
    return b"\n".join(
        json.dumps({**head, **event, "event_id": str(at), "time": now - 60 + moment}).encode()
        for at, (event, moment) in enumerate(zip(told, moments, strict=True))
        if not (lost and event["event"] in {"answered", "bridged"})
    )


def post(server: Server, name: str, size: int, clients: int, seconds: float, rate: float | None) -> Posted:
    """Posts calls, `size` a request, by so many clients at a time, at `rate` calls a second or as fast as may be."""
    return asyncio.run(_post(server, name, size, clients, seconds, rate))


async def _post(server: Server, name: str, size: int, clients: int, seconds: float, rate: float | None) -> Posted:
    latencies: list[float] = []
    started = time.perf_counter()
    turn = refused = 0

    async def client() -> None:
        nonlocal turn, refused
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while (passed := time.perf_counter() - started) < seconds:
            mine, turn = turn, turn + 1
            if rate is not None and (early := mine * size / rate - passed) > 0:
                await asyncio.sleep(early)
            body = b"\n".join(call(name, mine * size + n, time.time()) for n in range(size))
            head = (
                f"POST /intake/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {server.token}\r\n"
                f"content-length: {len(body)}\r\n\r\n"
            )
            asked = time.perf_counter()
            writer.write(head.encode() + body)
            while await _answered(reader) == 503:
                refused += 1
                await asyncio.sleep(1)
                writer.write(head.encode() + body)
            latencies.append((time.perf_counter() - asked) * 1000)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return Posted(len(latencies) * size, time.perf_counter() - started, latencies, refused)


async def _answered(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    status = int(head.split(b" ", 2)[1])
    assert status in {200, 503}, (head, body)
    return status


def ask(connection: HTTPConnection, server: Server, limit: int, begin: datetime, end: datetime) -> dict[str, Any]:
    """A page of the calls that began from-to."""
    params = {"access_token": server.token, "limit": limit, "date_till": f"{end:%Y-%m-%d %H:%M:%S}"}
    params["date_from"] = f"{begin:%Y-%m-%d %H:%M:%S}"
    connection.request("POST", "/v2.0", json.dumps({"jsonrpc": "2.0", "id": 1, "method": METHOD, "params": params}))
    result: dict[str, Any] = json.loads(connection.getresponse().read())["result"]
    return result


def pages(server: Server, seconds: float) -> list[float]:
    """Asks for 1,000 rows of the last 30 days, today included, again and again; the latencies in milliseconds."""
    found = []
    ends = time.perf_counter() + seconds
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        while time.perf_counter() < ends:
            asked = time.perf_counter()
            now = datetime.now(UTC)
            ask(connection, server, 1000, now - timedelta(days=30), now)
            found.append((time.perf_counter() - asked) * 1000)
            time.sleep(0.05)
    return found


def seen(server: Server, since: datetime, calls: int) -> float:
    """Seconds until so many calls are there."""
    started = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        while count(connection, server, since) < calls:
            assert time.perf_counter() - started < 120
            time.sleep(0.05)
    return time.perf_counter() - started


def count(connection: HTTPConnection, server: Server, moment: datetime) -> int:
    """How many calls began within hours of the moment: the same period each time, as other calls are in it too."""
    hours = timedelta(hours=3)
    total: int = ask(connection, server, 1, moment - hours, moment + hours)["metadata"]["total_items"]
    return total


def measure(server: Server, title: str, size: int, clients: int, seconds: float, rate: float | None) -> None:
    """One load, with pages asked for before it and meanwhile."""
    idle = server.cpu()
    alone = pages(server, seconds / 3)
    a_page = (server.cpu() - idle) / len(alone)
    now = datetime.now(UTC)
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        known = count(connection, server, now)
    with multiprocessing.Pool(1) as pool:
        before = server.cpu()
        loaded = pool.apply_async(pages, (server, seconds))
        posted = post(server, f"{title} {time.time()}", size, clients, seconds, rate)
        late = seen(server, now, known + posted.calls)
        meanwhile = loaded.get()
        spent = server.cpu() - before - a_page * len(meanwhile)
    p50, p95 = (statistics.quantiles(posted.latencies, n=20)[at] for at in (9, 18))
    slow = statistics.median(meanwhile) / statistics.median(alone)
    print(
        f"{title}: {posted.calls / posted.seconds:,.0f} calls/s, answered in {p50:.0f} ms (p95 {p95:.0f}); "
        f"all seen {late:.1f} s after the last answer, {posted.refused} asked to come again; "
        f"{spent / posted.calls * 1000:.2f} s of processor for 1,000 calls; "
        f"page {statistics.median(alone):.0f} -> {statistics.median(meanwhile):.0f} ms ({slow:.2f} times)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--sessions", type=int, default=300_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringledger-intake-") as name:
        product = prepare(Path(name), options.sessions)
        product.start()
        try:
            server = Server(product.process_id, product.port, product.access(LARGEST).token)
            measure(server, "batches of 500, 2,000/s", BATCH, 4, options.seconds, 2000)
            measure(server, "one by one, 300/s", 1, 64, options.seconds, 300)
            measure(server, "batches of 500, at most", BATCH, 4, options.seconds, None)
            measure(server, "one by one, at most", 1, 64, options.seconds, None)
        finally:
            product.stop()


if __name__ == "__main__":
    main()
