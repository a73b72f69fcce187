"""A ClickHouse to test nodes on, where no server is to be had: the embedded engine in a process of its own, over HTTP.

    python tests/nodes/clickhouse.py FOLDER

Speaks as much of the server's HTTP interface as the client library uses: statements and data in the body or as `query`,
settings, bound values and external tables beside them, errors by code. Statements run side by side, each with its
request's settings. Answers are whole and never streamed; users, sessions and compression are not there, nor replicas.
"""

from __future__ import annotations

import queue
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import chdb

CONNECTIONS: Final = 16
NO_SETTINGS: Final = frozenset(
    ("query", "database", "query_id", "session_id", "wait_end_of_query", "client_protocol_version", "default_format")
)
"""Parameters of a request that the server does not take for settings."""


class Connection:
    """One connection to the engine, which keeps settings from statement to statement."""

    def __init__(self, folder: str) -> None:
        self._engine = chdb.connect(folder)
        self._settings: dict[str, str] = {}

    def run(self, sql: bytes, settings: Mapping[str, str], values: Mapping[str, str]) -> bytes:
        """The statement's result, by default in TabSeparated as over HTTP."""
        for name in self._settings.keys() - settings.keys():
            self._engine.query(f"SET {name} = DEFAULT", "TabSeparated")
        for name, value in settings.items():
            if self._settings.get(name) != value:
                self._engine.query(f"SET {name} = {quoted(value)}", "TabSeparated")
        self._settings = dict(settings)
        found = self._engine.query(sql, "TabSeparated", params=dict(values))  # type: ignore[arg-type]  # bytes go too
        result: bytes = found.bytes()
        return result


def quoted(text: str) -> str:
    """A literal of the engine's."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Clickhouse(ThreadingHTTPServer):
    """The server on a free port of loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: str) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self._free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        for _ in range(CONNECTIONS):
            self._free.put(Connection(folder))

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for one statement."""
        taken = self._free.get()
        try:
            yield taken
        finally:
            self._free.put(taken)


class Request(BaseHTTPRequestHandler):
    """One connection of a client, request by request."""

    protocol_version = "HTTP/1.1"
    server: Clickhouse

    def do_GET(self) -> None:
        """Whether the server is there, or a statement in the address."""
        if urlsplit(self.path).path == "/ping":
            self._answer(200, b"Ok.\n")
        else:
            self.do_POST()

    def do_POST(self) -> None:
        """Runs a statement."""
        params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        tables = self._external(body)
        sql = params.get("query", "").encode()
        sql = sql or body if tables or not body else b"\n".join(filter(None, (sql, body)))
        values = {name[6:]: value for name, value in params.items() if name.startswith("param_")}
        described = [f"{name}_{what}" for name in tables for what in ("format", "structure")]
        known = {*NO_SETTINGS, *described}
        settings = {n: v for n, v in params.items() if n not in known and not n.startswith("param_")}
        try:
            with self.server.connection() as connection:
                for name, rows in tables.items():
                    structure, form = params[f"{name}_structure"], params[f"{name}_format"]
                    connection.run(f"CREATE OR REPLACE TEMPORARY TABLE {name} ({structure})".encode(), settings, {})
                    connection.run(f"INSERT INTO {name} FORMAT {form}\n".encode() + rows, settings, {})
                result = connection.run(sql, settings, values)
                for name in tables:
                    connection.run(f"DROP TEMPORARY TABLE {name}".encode(), settings, {})
        except Exception as error:
            self._refuse(str(error))
        else:
            self._answer(200, result)

    def _external(self, body: bytes) -> dict[str, bytes]:
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            return {}
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        parts: Any = form.get_payload()
        return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}

    def _refuse(self, told: str) -> None:
        code = re.search(r"Code: (\d+)", told)
        self._answer(500, told.encode(), {"X-ClickHouse-Exception-Code": code[1] if code else "1002"})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


if __name__ == "__main__":
    clickhouse = Clickhouse(sys.argv[1])
    print(clickhouse.server_address[1], flush=True)  # noqa: T201 - whoever started this waits for it
    clickhouse.serve_forever()
