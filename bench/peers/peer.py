"""What every peer can do: be loaded, started, asked and flooded; knows none in particular."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from itertools import cycle
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from questions import Question
from wire import Connection, Flood, flood, free_port

VENV: Final = Path(__file__).parent / ".venv"
"""Where `make bench-peers` installs what the peers need."""


class Answer(msgspec.Struct, frozen=True):
    """A reply and the milliseconds that it took."""

    milliseconds: float
    body: bytes


class Loaded(msgspec.Struct, frozen=True):
    """The bytes that the sessions take on disk, and the seconds until they could be asked for."""

    bytes: int
    seconds: float


class Page(msgspec.Struct, frozen=True):
    """What a reply says: how many rows there are, and those of the page."""

    total: int
    rows: list[dict[str, Any]]


class Peer(ABC):
    """Something that answers questions, with its data in a folder of its own under `folder`.

    `exact` promises the rows to the letter; others may leave nulls out and write booleans as 0 and 1.
    """

    name: ClassVar[str]
    note: ClassVar[str]
    exact: ClassVar[bool] = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    @abstractmethod
    def load(self, sessions: Path) -> Loaded:
        """Takes the sessions of a Parquet file in, in place of any that are there."""

    @abstractmethod
    def start(self) -> None:
        """Makes it ready to be asked."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it."""

    @abstractmethod
    def ask(self, question: Question) -> Answer:
        """One question by one client."""

    @abstractmethod
    def flood(self, questions: list[Question], clients: int, seconds: float, *, again: bool = False) -> Flood:
        """Many questions by several clients at once; `again` and again, or at the most once each."""

    @abstractmethod
    def read(self, body: bytes) -> Page:
        """What the body of a reply says."""


class HttpPeer(Peer):
    """A peer that is asked over HTTP on loopback."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = 0
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The program that serves `self.port`."""

    @abstractmethod
    def request(self, question: Question) -> bytes:
        """The question as the peer is asked it."""

    def environment(self) -> dict[str, str]:
        """What the program finds in its environment beside what is there."""
        return {}

    @property
    def process_id(self) -> int:
        """The program's process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts the program and waits until it listens."""
        self.port = free_port()
        with self.folder.with_suffix(".log").open("wb") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | self.environment()
            )
        deadline = time.monotonic() + 300
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise SystemExit(f"{self.name} does not listen; see {log.name}")

    def stop(self) -> None:
        """Ends the program."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:  # still at what nobody waits for any more
                self._process.kill()
                self._process.wait()
            self._process = None

    def ask(self, question: Question) -> Answer:
        """One question over the connection that is kept."""
        if self._connection is None:
            self._connection = Connection(("127.0.0.1", self.port))
        milliseconds = self._connection.time(self.request(question))
        return Answer(milliseconds, self._connection.body())

    def flood(self, questions: list[Question], clients: int, seconds: float, *, again: bool = False) -> Flood:
        """Many questions over several connections, written before: the client shares its machine with the server."""
        requests = [self.request(question) for question in questions]
        return flood(("127.0.0.1", self.port), cycle(requests) if again else iter(requests), clients, seconds)


def read_result(body: bytes) -> Page:
    """What a reply of the Data API's form says."""
    reply = msgspec.json.decode(body)
    if "result" not in reply:
        raise SystemExit(f"a request was refused: {body.decode()[:500]}")
    return Page(reply["result"]["metadata"]["total_items"], reply["result"]["data"])


def read_rows(rows: list[dict[str, Any]]) -> Page:
    """What rows say that have the total among their columns."""
    return Page(rows[0]["total_items"] if rows else 0, [{k: row[k] for k in row if k != "total_items"} for row in rows])


def size_of(folder: Path) -> int:
    """The bytes of all files under a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
