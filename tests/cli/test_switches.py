"""Switches post to a running server: calls under way, dead switches, replays meanwhile, kills under load."""

from __future__ import annotations

import itertools
import json
import os
import queue
import signal
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.cli.conftest import Program
from tests.intake.generated_calls import PEOPLE, Generated, generate

SAMPLES = Path(__file__).parent.parent / "intake" / "samples" / "freeswitch"
ROUNDS = int(os.environ.get("RINGLEDGER_KILL_ROUNDS", "2"))
"""How often the server is killed; more for a thorough look."""

LIMIT = 10_000
FIELDS = [
    "direction", "is_lost", "is_transfer", "total_duration", "wait_duration", "talk_duration", "clean_talk_duration",
    "employees", "contact_phone_number", "start_time", "finish_time", "finish_reason",
]  # fmt: skip


class Client:
    """A switch and a reader of the account acme."""

    def __init__(self, program: Program, port: int = 0) -> None:
        program.answer("account", "create", "acme")
        directory = program.folder.parent / "directory.json"
        people = [{"full_name": one.full_name, "numbers": list(one.numbers)} for one in PEOPLE.employees]
        people += [{"full_name": name, "numbers": [number]} for name, number in (("Anna", "1002"), ("Ben", "1003"))]
        directory.write_text(json.dumps({"employees": people}))
        program.answer("directory", "import", str(directory), "--account", "acme")
        self.token = program.answer("token", "create", "--account", "acme")["access_token"]
        self.port = port

    def post(self, source: str, body: bytes) -> int:
        basic = b64encode(f"switch:{self.token}".encode()).decode()
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", f"/intake/{source}", body, {"authorization": f"Basic {basic}"})
            return connection.getresponse().status

    def tell(self, event: str, at: float, **members: Any) -> None:
        told = {
            "call_id": "A",
            "event_id": f"{event} {at} {members.get('leg_id')}",
            "event": event,
            "time": at,
            **members,
        }
        assert self.post("events", json.dumps(told).encode()) == 200

    def rows(self, *, ongoing: bool = False, day: datetime | None = None) -> list[dict[str, Any]]:
        begin = day or datetime.now(UTC) - timedelta(hours=12)
        params: dict[str, Any] = {
            "access_token": self.token,
            "date_from": f"{begin:%Y-%m-%d %H:%M:%S}",
            "date_till": f"{begin + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
            "include_ongoing_calls": ongoing,
            "fields": FIELDS,
            "limit": LIMIT,
        }
        found: list[dict[str, Any]] = []
        while len(page := self._page({**params, "offset": len(found)})) == LIMIT:
            found += page
        return found + page

    def _page(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        request = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", "/v2.0", json.dumps(request))
            answer = json.loads(connection.getresponse().read())
        found: list[dict[str, Any]] = answer["result"]["data"]
        return found


class Server:
    """A server on a port, whose log nobody reads."""

    def __init__(self, program: Program, port: int, *flags: str) -> None:
        self.process = program.start("serve", "--port", str(port), *flags)
        assert self.process.stdout
        assert self.process.stderr
        line = self.process.stdout.readline()
        assert line.startswith("Ringledger is listening"), self.process.communicate()[1]
        self._reader = threading.Thread(target=self.process.stderr.read)  # a full pipe would stop it
        self._reader.start()

    def end(self, number: int = signal.SIGKILL) -> int:
        """Ends it by a signal; its status."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        self._reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        return status


@pytest.fixture
def started(ringledger: Program) -> Iterator[Callable[[], Client]]:
    """Starts a server on a port of its own; ended with the test."""
    servers: list[Server] = []

    def start() -> Client:
        client = Client(ringledger, free_port())
        servers.append(Server(ringledger, client.port))
        return client

    yield start
    for server in servers:
        server.end()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_call_is_seen_under_way_as_soon_as_it_is_acknowledged_and_then_finished(
    started: Callable[[], Client],
) -> None:
    client = started()
    now = time.time()
    client.tell("leg_started", now, leg_id="c", party="contact", number="+442079460019")
    (row,) = client.rows(ongoing=True)
    assert (row["contact_phone_number"], row["finish_time"], row["finish_reason"]) == ("442079460019", None, None)
    assert client.rows() == []
    client.tell("leg_started", now, leg_id="e", number="201")
    client.tell("bridged", now + 1, leg_ids=["c", "e"])
    client.tell("ended", now + 21, leg_id="e", hung_up_by="e")
    client.tell("ended", now + 21, leg_id="c")
    (row,) = client.rows()
    assert (row["talk_duration"], row["finish_reason"]) == (20, "operator_disconnects")
    assert client.rows(ongoing=True) == [row]


def test_freeswitch_posts_its_legs_one_by_one(started: Callable[[], Client]) -> None:
    client = started()
    for leg in ("bleg1", "aleg", "bleg2"):
        assert client.post("freeswitch", (SAMPLES / f"06_blind_transfer.{leg}.json").read_bytes()) == 200
    (row,) = client.rows(day=datetime(2026, 3, 10, tzinfo=UTC))
    assert (row["contact_phone_number"], row["is_transfer"], row["talk_duration"]) == ("493023125043", True, 84)


def test_a_dead_switchs_calls_are_closed_by_the_server_also_after_it_was_killed(ringledger: Program) -> None:
    client = Client(ringledger, free_port())
    server = Server(ringledger, client.port)
    client.tell("leg_started", time.time(), leg_id="c", party="contact", number="+442079460019")
    server.end()
    server = Server(ringledger, client.port, "--call-silence", "1s")
    ends = time.monotonic() + 20
    while not (rows := client.rows()) and time.monotonic() < ends:
        time.sleep(0.2)
    assert server.end(signal.SIGTERM) == 0
    assert [row["finish_reason"] for row in rows] == ["add_cdr_timeout"]


def test_a_replay_of_all_sources_works_while_switches_post(ringledger: Program, started: Callable[[], Client]) -> None:
    client = started()
    day = datetime(2026, 3, 10, tzinfo=UTC)
    rng = Random(3)
    calls = [generate(rng, f"call-{n}") for n in range(60)]
    assert client.post("freeswitch", (SAMPLES / "04_no_answer.json").read_bytes()) == 200
    assert client.post("events", b"\n".join(event for call in calls[:30] for event in call.events)) == 200
    statuses: list[int] = []

    def more() -> None:
        statuses.extend(client.post("events", b"\n".join(call.events)) for call in calls[30:])

    posting = threading.Thread(target=more)
    posting.start()
    replayed = ringledger.answer("replay", "--account", "acme")
    posting.join()
    assert statuses == [200] * 30
    assert replayed["calls"] >= 31
    assert replayed["sessions"] == 0
    eventually(lambda: compare(client.rows(day=day), calls, others=1))


class Load:
    """Clients that post calls and repeat what was not acknowledged, until they are told to stop."""

    def __init__(self, client: Client, seed: int) -> None:
        self.client = client
        self.calls: list[Generated] = []
        self.stopping = threading.Event()
        self.acknowledged = 0
        self._rng = Random(seed)
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(4)]
        self.failures: queue.SimpleQueue[object] = queue.SimpleQueue()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        self.stopping.set()
        for thread in self._threads:
            thread.join(timeout=120)
        assert self.failures.empty(), self.failures.get()

    def _work(self, seed: int) -> None:
        rng = Random(seed)
        while not self.stopping.is_set():
            with self._lock:
                calls = [generate(self._rng, f"call-{next(self._numbers)}") for _ in range(rng.choice([1, 1, 20]))]
                self.calls += calls
            events = [event for call in calls for event in call.events]
            rng.shuffle(events)
            while events:
                size = rng.choice([1, 5, 100])
                self._post(b"\n".join(events[:size]))
                del events[:size]

    def _post(self, body: bytes) -> None:
        ends = time.monotonic() + 100
        while time.monotonic() < ends:
            try:
                status = self.client.post("events", body)
            except (OSError, HTTPException):
                status = 503
            if status == 200:
                self.acknowledged += 1
                return
            if status != 503:
                self.failures.put(status)
            time.sleep(0.05)
        self.failures.put("never acknowledged")


def eventually(check: Callable[[], None]) -> None:
    """Under load an answer says that all is on disk; the sessions follow within moments."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            check()
        except (AssertionError, ValueError):
            time.sleep(0.5)
        else:
            return
    check()


def compare(rows: list[dict[str, Any]], calls: list[Generated], others: int = 0) -> None:
    """Every call once, none missing, none twice, everything derived right; calls are told by all their facts."""
    assert len(rows) == len(calls) + others
    ids = {one.full_name: one.id for one in PEOPLE.employees}
    found = sorted(
        json.dumps([
            *(row[name] for name in FIELDS[:7]),
            [[ids.get(one["employee_full_name"]), one["is_answered"], one["is_talked"]] for one in row["employees"]],
        ])
        for row in rows
    )  # fmt: skip
    for call in calls:
        facts = json.dumps([*(call.facts[name] for name in FIELDS[:7]), [list(one) for one in call.facts["employees"]]])
        found.remove(facts)
    assert len(found) == others


def test_no_call_is_lost_or_doubled_when_the_server_is_killed_under_load(ringledger: Program) -> None:
    client = Client(ringledger, free_port())
    load = Load(client, seed=11)
    rng = Random(12)
    server = Server(ringledger, client.port)
    load.start()
    try:
        for _ in range(ROUNDS):
            time.sleep(rng.uniform(0.5, 2.5))
            server.end()
            server = Server(ringledger, client.port)
        time.sleep(1)
        load.finish()
        assert load.acknowledged
        eventually(lambda: compare(client.rows(day=datetime(2026, 3, 10, tzinfo=UTC)), load.calls))
    finally:
        load.stopping.set()
        server.end()
