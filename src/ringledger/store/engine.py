"""Connections to ClickHouse, embedded or a server, chosen by URL alone; knows no table."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

import msgspec
import structlog

from ringledger.at_once import takes_time
from ringledger.faults import EngineFault, OperatorFault
from ringledger.store.changes import Changes
from ringledger.store.escaping import bound
from ringledger.store.pipes import written

if TYPE_CHECKING:
    from io import RawIOBase

    from clickhouse_connect.driver.client import Client

log = structlog.get_logger()

_SESSION_SETTINGS: Final[dict[str, str | int]] = {
    # How rows look as JSON: the reply's bytes are made by the engine.
    "output_format_json_array_of_rows": 1,
    "output_format_json_named_tuples_as_objects": 1,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_decimals": 0,
    "output_format_json_quote_denormals": 0,
    "output_format_json_escape_forward_slashes": 0,
    # Versions of a row share its month, so partitions need not be compared with each other.
    "do_not_merge_across_partitions_select_final": 1,
    "max_partitions_per_insert_block": 0,
    "allow_suspicious_low_cardinality_types": 1,
    "session_timezone": "UTC",
    "max_threads": 2,
    # A rewritten multiply nested filter must not hit the parser's default bounds.
    "max_query_size": 16 * 1024 * 1024,
    "max_ast_elements": 1_000_000,
    "max_expanded_ast_elements": 5_000_000,
    "max_ast_depth": 5_000,
}


GIVEN: Final = "given_rows"
"""The name under which a statement reads the rows that were given with it."""


class GivenRows(msgspec.Struct, frozen=True):
    """Rows that come with a statement: JSON objects, a line each, and the names and types of their members."""

    structure: str
    rows: bytes


class Statement(msgspec.Struct, frozen=True):
    """SQL text with `{name:Type}` placeholders, their values, and the rows that it reads as the table `GIVEN`."""

    sql: str
    values: Mapping[str, object] = {}
    given: GivenRows | None = None


class Engine:
    """A pool of connections to one ClickHouse; every method may be called from any thread that may wait.

    `url` is `chdb:///path/to/folder` or `clickhouse://user:password@host:port/database`. `changes` knows what was
    written through it; who writes sessions announces there which.
    """

    def __init__(self, url: str, connections: int = 8) -> None:
        self.url = url
        self.embedded = url.startswith("chdb://")
        self._slots: queue.LifoQueue[Client | None] = queue.LifoQueue()
        for _ in range(connections):
            self._slots.put(None)
        self._seconds = 0.0
        self._seconds_lock = threading.Lock()
        self._opened: list[Client] = []
        self.changes = Changes()

    @property
    def seconds(self) -> float:
        """Time that connections were in use since the start, in seconds."""
        return self._seconds

    def read(self, statement: Statement, output: str = "JSONEachRow") -> bytes:
        """The statement's result in an output format of the engine. Raises EngineFault."""
        with self._client() as client:
            if statement.given is not None:
                return self._read_given(client, statement, statement.given, output)
            return client.raw_query(statement.sql, bound(statement.values), fmt=output)

    def run(self, statement: Statement) -> None:
        """Runs a statement that has no result. Raises EngineFault."""
        with self.changes.unannounced(statement.sql), self._client() as client:
            client.command(statement.sql, bound(statement.values))

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        """The result as objects; for the few rows that Python decides on, never for a reply. Raises EngineFault."""
        rows: list[dict[str, Any]] = msgspec.json.decode(self.read(statement) or b"[]")
        return rows

    def stream(
        self, statement: Statement, output: str = "JSONEachRow", chunk: int = 1 << 20, mark: str = ""
    ) -> Generator[bytes]:
        """The statement's result in pieces, so that a result of any size takes little memory. Raises EngineFault.

        By `mark`, letters and digits that no other statement has, `written_rows` and `stop` find it in the embedded
        engine while it runs: it is the name of the file that the statement writes to.
        """
        if self.embedded:
            # In the process the client library streams only formats without head and foot; Parquet it would hold.
            yield from written(lambda path: self._write(statement, output, path), self.stop, chunk, mark or "pipe")
            return
        with self._client() as client:
            source = cast("RawIOBase", client.raw_stream(statement.sql, bound(statement.values), fmt=output))
            try:
                while piece := source.read(chunk):
                    yield piece
            finally:
                source.close()

    def _write(self, statement: Statement, output: str, path: str) -> None:
        into = f"INSERT INTO FUNCTION file('{_quoted(path)}', '{output}') SETTINGS engine_file_truncate_on_insert = 1"
        self.run(Statement(f"{into} {statement.sql}", statement.values))

    def stop(self, mark: str) -> None:
        """Ends the statement that writes to the file of that path or name. Raises EngineFault."""
        self.run(
            Statement(
                "KILL QUERY WHERE position(query, {mark:String}) > 0 AND NOT startsWith(query, 'KILL') ASYNC",
                {"mark": mark},
            )
        )

    def written_rows(self, mark: str) -> int | None:
        """How many rows of its result a running stream has written; None for one that is over or not there.

        Only the embedded engine tells. Raises EngineFault.
        """
        running = "startsWith(query, 'INSERT') AND position(query, {mark:String}) > 0"
        found = self.rows(Statement(f"SELECT written_rows FROM system.processes WHERE {running}", {"mark": mark}))
        return int(found[0]["written_rows"]) if found else None

    def insert(self, table: str, columns: tuple[str, ...], block: bytes, input_format: str = "JSONEachRow") -> None:
        """Appends the rows of `block`; when it returns they are on disk. Raises EngineFault."""
        with self.changes.unannounced(table), self._client() as client:
            client.raw_insert(table, columns, block, fmt=input_format)

    def insert_from(self, insert: str, columns: str, path: Path, input_format: str) -> None:
        """Runs `insert`, an INSERT ... SELECT whose `{source}` is the file's rows. Raises EngineFault.

        The embedded engine opens the file itself; to a server it is sent as the statement's data.
        """
        with self.changes.unannounced(insert), self._client() as client:
            if self.embedded:
                source = f"file('{_quoted(str(path))}', '{input_format}', '{_quoted(columns)}')"
                client.command(insert.replace("{source}", source))
                return
            sql = insert.replace("{source}", f"input('{_quoted(columns)}')")
            with path.open("rb") as rows:
                client.raw_insert("", insert_block=_after(f"{sql} FORMAT {input_format}\n", rows), fmt=input_format)

    def close(self) -> None:
        """Closes every connection; those in use when their work is done."""
        for client in self._opened:
            client.close()
        self._opened.clear()

    def _read_given(self, client: Client, statement: Statement, given: GivenRows, output: str) -> bytes:
        """The result of a statement with rows: bound for the embedded engine, sent to a server as a table."""
        if self.embedded:
            structure = _quoted(given.structure)
            table = f"SELECT * FROM format(JSONEachRow, '{structure}', {{{GIVEN}:String}})"
            values = bound({**statement.values, GIVEN: given.rows.decode()})
            return client.raw_query(f"WITH {GIVEN} AS ({table}) {statement.sql}", values, fmt=output)
        from clickhouse_connect.driver.external import ExternalData  # noqa: PLC0415 - only commands with an engine pay

        external = ExternalData(file_name=GIVEN, data=given.rows, fmt="JSONEachRow", structure=given.structure)
        return client.raw_query(statement.sql, bound(statement.values), fmt=output, external_data=external)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        takes_time()
        client = self._slots.get()
        started = time.perf_counter()
        try:
            if client is None:
                client = _connect(self.url)
                self._opened.append(client)
            yield client
        except (EngineFault, OperatorFault):
            raise
        except Exception as error:
            if not _is_from_engine(error):
                raise
            if self.embedded and client is not None:
                # What a failed statement had written so far would stand before the connection's next result.
                self._opened.remove(client)
                client.close()
                client = None
            raise EngineFault(str(error)) from error
        finally:
            self._slots.put(client)
            with self._seconds_lock:
                self._seconds += time.perf_counter() - started


def _connect(url: str) -> Client:
    import clickhouse_connect  # noqa: PLC0415 - half a second that only commands with an engine pay

    parts = urlsplit(url)
    if parts.scheme == "chdb":
        _load_chdb()
        return clickhouse_connect.get_client(interface="chdb", path=parts.path, settings=_SESSION_SETTINGS)
    if parts.scheme not in {"clickhouse", "clickhouses"}:
        raise OperatorFault(f"the store {url!r} is neither chdb:///FOLDER nor clickhouse://HOST; set --store")
    try:
        return clickhouse_connect.get_client(
            host=parts.hostname or "localhost",
            port=parts.port or 0,
            username=parts.username or "default",
            password=parts.password or "",
            database=parts.path.strip("/") or "default",
            secure=parts.scheme == "clickhouses",
            settings=_SESSION_SETTINGS,
            autogenerate_session_id=False,
        )
    except Exception as error:
        if _is_from_engine(error):
            raise OperatorFault(f"no ClickHouse answers at {parts.hostname}:{parts.port}; check --store") from error
        raise


def _load_chdb() -> None:
    """Imports the embedded engine without pyarrow, which it would load where it can: 0.1 s and 40 MB for nothing."""
    if "chdb" in sys.modules or "pyarrow" in sys.modules:
        return
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # what tells import that there is none
    try:
        import chdb  # noqa: F401, PLC0415
    finally:
        del sys.modules["pyarrow"]


def _after(sql: str, rows: BinaryIO) -> Generator[bytes, None, None]:
    """A statement with its data after it, in pieces."""
    yield sql.encode()
    while piece := rows.read(1 << 20):
        yield piece


def _is_from_engine(error: Exception) -> bool:
    from clickhouse_connect.driver.exceptions import Error  # noqa: PLC0415

    return isinstance(error, Error)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
