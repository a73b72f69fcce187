"""Ringledger itself as one of those who are asked: loaded by its import command, served by its serve command."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from peers.peer import HttpPeer, Loaded, Page, read_result
from questions import Question
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from sessions import ACCOUNTS
from wire import request

_PROGRAM: Final = str(Path(sys.executable).parent / "ringledger")


class Access(msgspec.Struct, frozen=True):
    """An account's number and a token of it."""

    number: int
    token: str


class Product(HttpPeer):
    """Ringledger on a data folder of its own."""

    name = "ringledger"
    note = "ringledger serve"
    exact = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._accesses: dict[str, Access] = {}

    def load(self, sessions: Path) -> Loaded:
        """Makes accounts and tokens, and imports the file as a user would; the seconds are the import's."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._make_accounts()
        return import_calls(sessions, self.folder)

    def command(self) -> list[str]:
        """The server."""
        return [_PROGRAM, "serve", "--port", str(self.port), "--data", str(self.folder), "--log-level", "warning"]

    def request(self, question: Question) -> bytes:
        """The Data API's request."""
        params = {"access_token": self.access(question.account).token, **question.params}
        call = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params}
        return request("POST", "/v2.0", msgspec.json.encode(call))

    def read(self, body: bytes) -> Page:
        """The Data API's reply."""
        return read_result(body)

    def access(self, account: str) -> Access:
        """How to ask for that account's calls."""
        if not self._accesses:
            self._accesses = msgspec.json.decode((self.folder / "accesses.json").read_bytes(), type=dict[str, Access])
        return self._accesses[account]

    def _make_accounts(self) -> None:
        registry = Registry.open(f"sqlite:///{self.folder}/registry.db")
        made = {name: Access(registry.accounts.create(name).id, registry.tokens.create(name)) for name in ACCOUNTS}
        registry.close()
        (self.folder / "accesses.json").write_bytes(msgspec.json.encode(made))


def import_calls(sessions: Path, data: Path) -> Loaded:
    """Imports the file into any data folder that has its accounts, and merges what came of it."""
    command = [_PROGRAM, "import", "calls", str(sessions), "--account-column", "account", "--data", str(data)]
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    seconds = time.perf_counter() - begin
    counts = json.loads(done.stdout)
    if counts["rejected"] or not counts["imported"]:
        raise SystemExit(f"the import did not take the sessions: {counts}")
    with multiprocessing.get_context("spawn").Pool(1) as own_process:
        return Loaded(own_process.apply(settle, (data,)), seconds)


def serve(data: Path) -> tuple[subprocess.Popen[str], int]:
    """The server on any data folder, and its port."""
    command = [_PROGRAM, "serve", "--port", "0", "--data", str(data), "--log-level", "warning"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, int(server.stdout.readline().rsplit(":", 1)[1])


def settle(folder: Path) -> int:
    """Merges the parts of every table, as the server does in the hours after an import; returns the bytes on disk.

    Runs in a process of its own, as a folder has one owner.
    """
    engine = Engine(f"chdb://{folder}/store")
    tables = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    for table in engine.rows(Statement(tables)):
        engine.run(Statement(f"OPTIMIZE TABLE {table['name']} FINAL"))
    parts = "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()"
    size = int(engine.rows(Statement(parts))[0]["bytes"])
    engine.close()
    return size


def peak_memory(process: int) -> int:
    """The most bytes that a process and its children have held in memory since they began."""
    status = Path(f"/proc/{process}/status").read_text()
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return peak + sum(peak_memory(int(child)) for child in children)
