"""The engine alone: a MergeTree of the sessions in a process of its own, asked for the page and then for the count.

No HTTP, no versions of rows, no rights: what the engine itself can do. All replies are checked against its rows.
"""

from __future__ import annotations

import multiprocessing
import shutil
import threading
import time
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec
from chdb.session import Session

from peers.peer import Answer, Loaded, Page, Peer
from peers.sql import Dialect, engine_type
from questions import Question
from ringledger.catalogue.calls_report import CALLS_REPORT
from wire import Flood

CLIENTS: Final = 8
_JSON: Final = "output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0"


class _EngineDialect(Dialect):
    def has(self, question: Question, field: str, member: str, value: int) -> str:  # noqa: ARG002 - others need it
        return f"has({field}.{member}, {value})"


def _statements(question: Question, threads: int) -> tuple[str, str]:
    dialect = _EngineDialect()
    where, settings = dialect.where(question), f"SETTINGS max_threads = {threads}, {_JSON}"
    page = f"SELECT {', '.join(question.fields)} FROM calls WHERE {where} ORDER BY {dialect.order(question)}"
    return f"{page} {dialect.window(question)} {settings}", f"SELECT count() FROM calls WHERE {where} {settings}"


class Engine(Peer):
    """The bare engine."""

    name = "engine"
    note = "chDB in process, MergeTree by (account, start_time, id): the page as JSON, then the count; no HTTP"
    exact = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._pipe: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None

    def load(self, sessions: Path) -> Loaded:
        """Makes the table anew and merges its parts."""
        begin = time.perf_counter()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.start()
        columns = ", ".join(f"{field.name} {engine_type(field)}" for field in CALLS_REPORT.fields)
        fields = ", ".join(field.name for field in CALLS_REPORT.fields)
        self.rows(
            f"CREATE TABLE calls (account LowCardinality(String), {columns}, INDEX by_id id TYPE minmax GRANULARITY 1, "
            "INDEX by_contact contact_phone_number TYPE bloom_filter GRANULARITY 1) "
            "ENGINE = MergeTree ORDER BY (account, start_time, id) PARTITION BY toYYYYMM(start_time)"
        )
        self.rows(f"INSERT INTO calls SELECT account, {fields} FROM file('{sessions}', 'Parquet')")
        self.rows("OPTIMIZE TABLE calls FINAL")
        size = self.rows("SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = 'calls'")
        self.stop()
        return Loaded(int(size[0]["bytes"]), time.perf_counter() - begin)

    def start(self) -> None:
        """Starts the process."""
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(str(self.folder), theirs), daemon=True)
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        """Ends the process."""
        assert self._pipe is not None
        assert self._process is not None
        self._pipe.close()
        self._process.join(60)

    def ask(self, question: Question) -> Answer:
        """Page and count, timed where they run. A filter is worth a second thread, a range of the key is not."""
        milliseconds, body = self._call("ask", _statements(question, 2 if "filter" in question.params else 1))
        return Answer(milliseconds, body)

    def flood(self, questions: list[Question], clients: int, seconds: float, *, again: bool = False) -> Flood:
        """Several threads with a connection each; nothing is kept, as there is nothing to check it against."""
        statements = [_statements(question, 1) for question in questions]
        found: Flood = self._call("flood", statements, clients, seconds, again)
        return found

    def read(self, body: bytes) -> Page:
        """The count is the last line."""
        *rows, total = body.splitlines()
        return Page(int(total), [msgspec.json.decode(row) for row in rows])

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of any statement."""
        body: bytes = self._call("rows", sql)
        return [msgspec.json.decode(row) for row in body.splitlines()]

    def _call(self, *task: object) -> Any:  # noqa: ANN401 - each task answers in its own way
        assert self._pipe is not None
        self._pipe.send(task)
        found = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found


class _Server:
    """The tasks, in the engine's own process."""

    def __init__(self, folder: str) -> None:
        self.sessions = [Session(folder) for _ in range(CLIENTS)]

    def ask(self, statements: tuple[str, str]) -> tuple[float, bytes]:
        started = time.perf_counter()
        page, count = _both(self.sessions[0], statements)
        return (time.perf_counter() - started) * 1000, page.bytes() + count.bytes()

    def flood(self, statements: list[tuple[str, str]], clients: int, seconds: float, again: bool) -> Flood:  # noqa: FBT001 - it came through the pipe
        following, finished = cycle(statements) if again else iter(statements), []
        lock, begin = threading.Lock(), time.perf_counter()

        def keep_asking(session: Session) -> None:
            while time.perf_counter() - begin < seconds:
                with lock:
                    both = next(following, None)
                if both is None:
                    return
                _both(session, both)
                finished.append(time.perf_counter())

        threads = [threading.Thread(target=keep_asking, args=(session,)) for session in self.sessions[:clients]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Flood(len(finished), max(finished) - begin, [])

    def rows(self, sql: str) -> bytes:
        return bytes(self.sessions[0].query(sql, "JSONEachRow").bytes() or b"")


def _both(session: Session, statements: tuple[str, str]) -> tuple[Any, Any]:
    page, count = session.query(statements[0], "JSONEachRow"), session.query(statements[1], "TSV")
    page.get_memview()
    return page, count


def _serve(folder: str, pipe: Connection) -> None:
    server = _Server(folder)
    while True:
        try:
            task, *arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(server, task)(*arguments))
        except Exception as error:
            pipe.send(RuntimeError(str(error)))  # told to the process that asked
