"""The stream of calls under way: what it tells, and that it ends with its reader and with the server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringledger.http import ongoing
from ringledger.http.app import build
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.store.engine import Engine
from ringledger.store.recordings import open_recordings
from ringledger.store.session_files import Route, import_file


class Listener:
    """Asks for the stream; leaves, or stops the server, after the first event."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account = self.registry.accounts.create("acme", timezone="Europe/London").id
        self.token = self.registry.tokens.create("acme")
        self.stopping = threading.Event()
        door = Door(engine, lambda: 0)
        recordings = Recordings(open_recordings(f"file://{folder}/recordings"), engine, door)
        self.app = build(engine, self.registry, recordings, door, stopping=self.stopping)

    def call(self, number: int, **columns: object) -> None:
        path = self.folder / "calls.ndjson"
        path.write_text(json.dumps({"id": number, "start_time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", **columns}))
        import_file(self.engine, path, Route(self.account, None, {}), now=number)

    def events(
        self, token: str, *, leave: bool = True, first: Callable[[], object] | None = None
    ) -> list[tuple[str, Any]]:
        """The events until the stream ended by itself, which must be soon.

        After the first of them its reader leaves, or, without `leave`, the server stops; or `first` is done.
        """
        sent: list[bytes] = []
        told = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if first is not None:
                await asyncio.Event().wait()
            if not leave or not told.is_set():
                await (asyncio.Event() if not leave else told).wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message.get("body"):
                sent.append(message["body"])
                if first is not None and not told.is_set():
                    first()
                told.set()
                if not leave:
                    self.stopping.set()

        headers = [(b"authorization", f"Bearer {token}".encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": "GET",
            "path": "/ongoing",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "scheme": "http",
            "server": ("site", 80),
        }
        asyncio.run(asyncio.wait_for(self.app(scope, receive, send), 20))
        blocks = b"".join(sent).decode().strip().split("\n\n")
        return [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:])) for block in blocks]


@pytest.fixture
def listener(engine: Engine, tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(engine, tmp_path)
    yield listener
    listener.registry.close()


def test_the_calls_under_way_are_told_at_once_and_the_stream_ends_when_its_reader_leaves(listener: Listener) -> None:
    listener.call(1, contact_phone_number="447946012345")
    listener.call(2, finish_time=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", finish_reason="timeout")
    [(name, rows)] = listener.events(listener.token)
    assert (name, [row["contact_phone_number"] for row in rows]) == ("calls", ["447946012345"])


def test_the_stream_ends_when_the_server_stops(listener: Listener) -> None:
    assert listener.events(listener.token, leave=False) == [("calls", [])]


def test_who_may_not_ask_is_told_the_apis_error(listener: Listener) -> None:
    [(name, error)] = listener.events("nope")
    assert (name, error["data"]["mnemonic"]) == ("fault", "access_token_invalid")


def test_a_confined_and_masked_user_is_told_its_own_calls_and_no_number(listener: Listener) -> None:
    number = "447946012345"
    for call, employee in ((1, 7), (2, 8)):
        listener.call(call, contact_phone_number=number, employees=[{"employee_id": employee}])
    view = View(Scope(employee_ids=(7,)), is_masked=True)
    listener.registry.users.create("acme", "bob", "password1", role=Role.READER, view=view)
    [(_, rows)] = listener.events(listener.registry.tokens.create("acme", "bob"))
    assert [(row["id"], row["contact_phone_number"]) for row in rows] == [(1, "********2345")]


def test_a_stream_ends_when_its_token_is_blocked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ongoing, "_EVERY", 0.25)
    told = listener.events(listener.token, first=lambda: listener.registry.tokens.block(1))
    assert [name for name, _ in told] == ["calls", "fault"]
    assert told[-1][1]["data"]["mnemonic"] == "access_token_blocked"
