"""Two nodes of Ringledger that share a ClickHouse and a PostgreSQL, each with a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from tests.postgresql import empty_database

from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry

_SERVE: Final = [sys.executable, "-c", "from ringledger.cli.main import main; main()", "serve", "--port", "0"]
_WHO: Final = {"employees": [{"full_name": "Anna Lang", "numbers": ["1002"]}]}


class Node:
    """A running server, asked with one token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._token = token

    def send(self, path: str, body: bytes) -> bytes:
        """The body of the reply to what is posted."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            found: bytes = reply.read()
            return found

    def reply(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole reply of a method."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        found: dict[str, Any] = json.loads(self.send("/v2.0", json.dumps(request).encode()))
        return found

    def __call__(self, method: str, **params: Any) -> Any:
        """The data of a reply that is no error."""
        reply = self.reply(method, **params)
        assert "result" in reply, reply
        return reply["result"]["data"]


class Nodes(msgspec.Struct, frozen=True):
    """Two nodes and the URLs of what they share."""

    first: Node
    second: Node
    store: str
    registry: str


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, cluster: Path) -> Iterator[Nodes]:
    """The nodes, started at the same moment on an empty store; of the account acme, where Anna Lang has number 1002."""
    folder = tmp_path_factory.mktemp("nodes")
    registry_url = empty_database(cluster)
    registry = Registry.open(registry_url)
    registry.accounts.create("acme", timezone="Europe/London")
    registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(_WHO).encode()))
    token = registry.tokens.create("acme")
    registry.close()
    with ExitStack() as running:
        port = running.enter_context(
            _running([sys.executable, str(Path(__file__).with_name("clickhouse.py")), str(folder / "store")])
        )
        shared = {
            "RINGLEDGER_STORE": f"clickhouse://default@127.0.0.1:{port}/default",
            "RINGLEDGER_REGISTRY": registry_url,
        }
        started = [_start([*_SERVE, "--data", str(folder / name)], shared) for name in ("first", "second")]
        for process in started:
            running.callback(_end, process)
        first, second = (Node(_told(process).split()[-1], token) for process in started)
        yield Nodes(first, second, shared["RINGLEDGER_STORE"], registry_url)


def _start(command: list[str], settings: dict[str, str]) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGLEDGER_")}
    return subprocess.Popen(command, env=kept | settings, stdout=subprocess.PIPE, text=True)


def _told(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "it ended; see the log above"
    return line


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=60)


@contextmanager
def _running(command: list[str]) -> Iterator[str]:
    process = _start(command, {})
    try:
        yield _told(process).strip()
    finally:
        _end(process)
