"""Uploaded calls through the real server: fetched, played, told, and finished after a kill."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from tests.cli.conftest import Program
from tests.intake.site import Site, answering
from tests.intake.sounds import wav

PERIOD = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
PATIENCE = 60.0


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


class Server:
    """A running server and a caller of it."""

    def __init__(self, ringledger: Program) -> None:
        self.process = ringledger.start("serve", "--port", "0", "--reachable-networks", "127.0.0.0/8")
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[-1]
        self.token = ringledger.answer("token", "create", "--account", "acme")["access_token"]

    def ask(self, method: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": self.token, **params}}
        with urllib.request.urlopen(self.url + "/v2.0", json.dumps(body).encode(), timeout=60) as reply:
            return json.load(reply)["result"]["data"]

    def upload(self, *ext_ids: str, **more: Any) -> None:
        call = {
            "calling_phone_number": "442079460101",
            "called_phone_number": "442079460900",
            "start_time": "2026-03-01 10:00:00",
            "finish_time": "2026-03-01 10:01:00",
            "is_lost": False,
        }
        assert self.ask("upload.calls", calls=[call | more | {"ext_id": one} for one in ext_ids]) == {"success": True}

    def statuses(self) -> dict[str, str]:
        rows = self.ask("get.uploaded_calls", **PERIOD, fields=["ext_id", "status"])
        return {row["ext_id"]: row["status"] for row in rows}

    def ended(self) -> None:
        self.process.terminate()
        assert self.process.wait(60) == 0

    def killed(self) -> None:
        self.process.kill()
        self.process.communicate()


Serve = Callable[[], Server]


@pytest.fixture
def serve(ringledger: Program) -> Iterator[Serve]:
    """Starts servers for the account `acme`; ended with the test."""
    started: list[Server] = []
    ringledger.answer("account", "create", "acme", "--timezone", "UTC")

    def start() -> Server:
        started.append(Server(ringledger))
        return started[-1]

    yield start
    for server in started:
        server.killed()


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_recording_that_an_event_names_by_its_address_is_fetched_and_plays_also_after_a_kill(
    serve: Serve, site: Site
) -> None:
    content = wav(0.5)
    asked = threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        time.sleep(2)
        with contextlib.suppress(BrokenPipeError):  # the server was killed
            answering(200, content)(request)

    site.answers["/1.wav"] = slow
    server = serve()
    told = {"call_id": "c1", "time": "2026-03-01T10:00:00Z"}
    events = [
        told | {"event": "session_started", "event_id": "1", "direction": "in", "contact_number": "442079460101"},
        told | {"event": "recording_ready", "event_id": "2", "url": site.url("/1.wav")},
        told | {"event": "session_finished", "event_id": "3", "time": "2026-03-01T10:01:00Z"},
    ]
    request = urllib.request.Request(
        f"{server.url}/intake/events", json.dumps(events).encode(), {"authorization": f"Bearer {server.token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert json.load(reply) == {"accepted": 3, "rejected": []}
    assert asked.wait(PATIENCE)
    server.killed()
    server = serve()

    def recorded() -> Any:
        (row,) = server.ask("get.calls_report", **PERIOD, fields=["id", "wav_call_records", "call_records"])
        return row

    until(lambda: bool(recorded()["wav_call_records"]))
    row = recorded()
    until(lambda: server.ask("get.call_legs_report", **PERIOD)[0]["call_records"] == row["call_records"])
    path = f"/system/media/talk/{row['id']}/{row['wav_call_records'][0]}/?access_token={server.token}"
    with urllib.request.urlopen(server.url + path, timeout=60) as reply:
        assert reply.read() == content
    server.ended()


def test_an_uploaded_call_is_in_the_report_its_recording_plays_and_its_status_is_told(
    serve: Serve, ringledger: Program, site: Site
) -> None:
    content = wav(0.5)
    site.answers["/1.wav"] = answering(200, content)
    site.answers["/hook"] = answering(200)
    server = serve()
    record = {"employee_name": "Ann", "employee_channel": "left", "record_url": site.url("/1.wav")}
    server.upload(
        "crm-1", wav_records=[record], callback={"url": site.url("/hook"), "events": ["in_process", "processed"]}
    )
    until(lambda: len(site.posted) == 2)
    (row,) = server.ask("get.calls_report", **PERIOD, fields=["id", "wav_call_records", "full_record_file_link"])
    path = f"/system/media/talk/{row['id']}/{row['wav_call_records'][0]}/?access_token={server.token}"
    with urllib.request.urlopen(server.url + path, timeout=60) as reply:
        assert reply.read() == content
    assert row["full_record_file_link"].startswith(server.url + "/system/media/talk/")
    told = [json.loads(body) for _, _, body in site.posted]
    assert [(one["status"], one["call_session_id"]) for one in told] == [("in_process", None), ("processed", row["id"])]
    secret = ringledger.answer("uploads", "secret", "--account", "acme")["secret"]
    _, headers, body = site.posted[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    server.ended()


def test_uploads_survive_a_kill_and_are_each_done_once(serve: Serve, site: Site) -> None:
    asked, held = threading.Event(), threading.Event()

    def holding(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        held.wait(PATIENCE)
        answering(200, wav(0.2))(request)

    site.answers["/slow.wav"] = holding
    site.answers["/hook"] = answering(200)
    server = serve()
    plain = [f"plain-{at}" for at in range(50)]
    server.upload(
        "slow", record_url=site.url("/slow.wav"), callback={"url": site.url("/hook"), "events": ["processed"]}
    )
    server.upload(*plain)
    assert asked.wait(PATIENCE)
    assert server.statuses()["slow"] == "in_process"
    server.killed()

    held.set()
    server = serve()
    until(lambda: set(server.statuses().values()) == {"processed"})
    until(lambda: len(site.posted) == 1)
    rows = server.ask("get.calls_report", **PERIOD, fields=["ext_id", "call_records"])
    assert sorted(row["ext_id"] for row in rows) == sorted([*plain, "slow"])
    assert [len(row["call_records"]) for row in rows if row["ext_id"] == "slow"] == [1]
    assert len(server.statuses()) == 51
    server.ended()


def test_a_server_that_stops_gives_up_downloads_and_the_next_one_makes_them(serve: Serve, site: Site) -> None:
    asked, stopped = threading.Event(), threading.Event()

    def dripping(request: BaseHTTPRequestHandler) -> None:
        content = wav(0.2)
        request.send_response(200)
        request.end_headers()
        asked.set()
        for at in range(len(content)):
            request.wfile.write(content[at : at + 1])
            if not stopped.is_set():
                time.sleep(0.05)

    site.answers["/drip.wav"] = dripping
    server = serve()
    server.upload("drip", record_url=site.url("/drip.wav"))
    assert asked.wait(PATIENCE)
    before = time.monotonic()
    server.ended()
    assert time.monotonic() - before < 20
    stopped.set()
    server = serve()
    until(lambda: server.statuses() == {"drip": "processed"})
    server.ended()
