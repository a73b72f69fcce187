"""roapi: SQL over a Parquet file that is held in memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec
from chdb.session import Session

from peers.peer import VENV, HttpPeer, Loaded, Page, read_rows
from peers.sql import MOMENTS, Dialect, array_of, literal
from questions import Question
from wire import free_port, request

# DataFusion does not look into objects in arrays: their ids are columns of their own.
_IDS: Final = {"tags": ("tag_ids", "tag_id"), "employees": ("employee_ids", "employee_id")}


class _DataFusionDialect(Dialect):
    def moment(self, value: str) -> str:
        return f"timestamp {literal(value)}"

    def has(self, question: Question, field: str, member: str, value: int) -> str:  # noqa: ARG002 - others need it
        column, known = _IDS[field]
        assert known == member
        return f"array_has({column}, {value})"


class Roapi(HttpPeer):
    """roapi with the table in memory, sorted by account and time."""

    name = "roapi"
    note = "SQL over HTTP, the table in memory; the total as a window's column; leaves nulls out of its rows"

    def load(self, sessions: Path) -> Loaded:
        """Writes the file that it serves, sorted so that row groups can be passed over."""
        begin = time.perf_counter()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.unlink(missing_ok=True)
        ids = ", ".join(f"{field}.{member} AS {column}" for field, (column, member) in _IDS.items())
        engine = Session()
        engine.query(
            f"INSERT INTO FUNCTION file('{self._file}', 'Parquet') "
            f"SELECT * REPLACE ({array_of('tags')} AS tags), {ids} FROM file('{sessions}', 'Parquet') "
            "ORDER BY account, start_time, id "
            "SETTINGS output_format_parquet_row_group_size = 61440, max_bytes_before_external_sort = 4000000000"
        )
        engine.close()
        tables = f"tables:\n  - name: calls\n    uri: {self._file}\n    option:\n      format: parquet\n"
        (self.folder / "roapi.yml").write_text(f"{tables}      use_memory_table: true\n")
        return Loaded(self._file.stat().st_size, time.perf_counter() - begin)

    def command(self) -> list[str]:
        """roapi itself; its other doors are opened where nobody listens."""
        doors = ["-p", f"127.0.0.1:{free_port()}", "--addr-flight-sql", f"127.0.0.1:{free_port()}"]
        return [str(VENV / "bin/roapi"), "-c", str(self.folder / "roapi.yml"), "-a", f"127.0.0.1:{self.port}", *doors]

    def request(self, question: Question) -> bytes:
        """The page with the total, then its moments as text; they are sorted as moments."""
        dialect = _DataFusionDialect()
        fields = question.fields
        needed = dict.fromkeys([*fields, "id", "start_time", *(one["field"] for one in question.sort)])
        inner = ", ".join(f"{field} AS {_inner(field)}" for field in needed)
        shown = ", ".join(_shown(field) for field in fields)
        page = (
            f"SELECT {inner}, count(*) OVER () AS total_items FROM calls WHERE {dialect.where(question)} "
            f"ORDER BY {dialect.order(question)} {dialect.window(question)}"
        )
        sql = f"SELECT {shown}, total_items FROM ({page}) ORDER BY {dialect.order(question, _inner)}"
        return request("POST", "/api/sql", sql.encode(), "text/plain")

    def read(self, body: bytes) -> Page:
        """The rows are the reply."""
        return read_rows(msgspec.json.decode(body))

    @property
    def _file(self) -> Path:
        return self.folder / "calls.parquet"


def _inner(field: str) -> str:
    return f"k_{field}" if field in MOMENTS else field


def _shown(field: str) -> str:
    return f"to_char({_inner(field)}, '%Y-%m-%d %H:%M:%S') AS {field}" if field in MOMENTS else field
