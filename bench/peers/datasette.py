"""Datasette on SQLite: its JSON of a query, with the total as a column."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import msgspec
from chdb.session import Session

from peers.peer import VENV, HttpPeer, Loaded, Page, read_rows
from peers.sql import ARRAYS, Dialect, copied
from questions import Question
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from wire import request

_SETTINGS: Final = {
    "max_returned_rows": 10_000,
    "sql_time_limit_ms": 120_000,
    "suggest_facets": "off",
    "default_cache_ttl": 0,
    "cache_size_kb": 1_000_000,
}
# SQLite has no index into a JSON array: the usual way is a table beside it.
_SIDE_TABLES: Final = {"tags": ("call_tags", "tag_id"), "employees": ("call_employees", "employee_id")}


class _SQLiteDialect(Dialect):
    def span(self, question: Question) -> str:
        span = super().span(question)
        if "jsquery" not in str(question.params.get("filter")):
            return span
        # The plus keeps the planner from walking the whole period instead of the few calls of the table beside it.
        return span.replace("account", "+account", 1).replace("start_time", "+start_time", 1)

    def has(self, question: Question, field: str, member: str, value: int) -> str:
        table, column = _SIDE_TABLES[field]
        assert column == member
        return f"id IN (SELECT call_id FROM {table} WHERE {column} = {value} AND {super().span(question)})"


def _type(field: Field) -> str:
    if field.name == "id":
        return "INTEGER PRIMARY KEY"
    return {Kind.NUMBER: "INTEGER", Kind.DECIMAL: "REAL", Kind.BOOLEAN: "INTEGER"}.get(field.kind, "TEXT")


class Datasette(HttpPeer):
    """Datasette with indexes on period and contact, and tables beside for tags and employees."""

    name = "datasette"
    note = "Datasette's JSON of an SQL query; booleans are 0 and 1; tags and employees by tables beside the calls"

    def load(self, sessions: Path) -> Loaded:
        """Makes the database anew."""
        begin = time.perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        database = sqlite3.connect(self._file, isolation_level=None)
        for name, value in {
            "page_size": 8192,
            "journal_mode": "OFF",
            "synchronous": "OFF",
            "cache_size": -1_000_000,
        }.items():
            database.execute(f"PRAGMA {name} = {value}")
        columns = ", ".join(["account TEXT", *(f"{field.name} {_type(field)}" for field in CALLS_REPORT.fields)])
        database.execute(f"CREATE TABLE calls ({columns})")
        engine = Session()
        shown = ", ".join(["account", *map(copied, CALLS_REPORT.fields)])
        self._insert(database, engine, "calls", f"SELECT {shown} FROM file('{sessions}', 'Parquet')")
        database.execute("CREATE INDEX calls_by_time ON calls (account, start_time, id)")
        database.execute("CREATE INDEX calls_by_contact ON calls (account, contact_phone_number, start_time)")
        for field, (table, member) in _SIDE_TABLES.items():
            key = f"{member}, account, start_time, call_id"
            database.execute(f"CREATE TABLE {table} ({key}, PRIMARY KEY ({key})) WITHOUT ROWID")
            ids = f"arrayJoin(arrayDistinct({field}.{member})), account, toString(toDateTime(start_time, 'UTC')), id"
            self._insert(database, engine, table, f"SELECT {ids} FROM file('{sessions}', 'Parquet')")
        engine.close()
        database.execute("ANALYZE")
        database.close()
        return Loaded(self._file.stat().st_size, time.perf_counter() - begin)

    def command(self) -> list[str]:
        """Datasette itself."""
        settings = [word for name, value in _SETTINGS.items() for word in ("--setting", name, str(value))]
        return [
            str(VENV / "bin/datasette"),
            "serve",
            str(self._file),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            *settings,
        ]

    def request(self, question: Question) -> bytes:
        """One statement for page and total; a count beside the page where no row has to be visited for a filter."""
        dialect = _SQLiteDialect()
        where = dialect.where(question)
        filtered = "filter" in question.params
        total = "count(*) OVER ()" if filtered else f"(SELECT count(*) FROM calls WHERE {where})"
        sql = (
            f"SELECT {', '.join(question.fields)}, {total} AS total_items FROM calls WHERE {where} "
            f"ORDER BY {dialect.order(question)} {dialect.window(question)}"
        )
        arrays = [("_json", field) for field in question.fields if field in ARRAYS]
        return request("GET", "/calls.json?" + urlencode([("sql", sql), ("_shape", "objects"), *arrays]))

    def read(self, body: bytes) -> Page:
        """The rows are a member of the reply."""
        return read_rows(msgspec.json.decode(body)["rows"])

    @property
    def _file(self) -> Path:
        return self.folder / "calls.db"

    def _insert(self, database: sqlite3.Connection, engine: Session, table: str, sql: str) -> None:
        settings = "output_format_json_quote_64bit_integers = 0"
        database.execute("BEGIN")
        for piece in engine.send_query(f"{sql} SETTINGS {settings}", "JSONCompactEachRow"):
            rows = [msgspec.json.decode(line) for line in piece.bytes().splitlines()]
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        database.execute("COMMIT")
