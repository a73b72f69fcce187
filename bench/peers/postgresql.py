"""PostgreSQL 15 behind what a team writes by hand: FastAPI, asyncpg, orjson (postgresql_app.py)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import msgspec
from chdb.session import Session

from peers.peer import VENV, HttpPeer, Loaded, Page, read_result, size_of
from peers.sql import KEYS, copied
from questions import Question
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from wire import request

_PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")
_GIGABYTES: Final = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
_SETTINGS: Final = f"""
listen_addresses = ''
shared_buffers = {max(1, _GIGABYTES // 4)}GB
effective_cache_size = {max(1, _GIGABYTES // 2)}GB
work_mem = 128MB
maintenance_work_mem = 1GB
max_wal_size = 12GB
wal_level = minimal
max_wal_senders = 0
random_page_cost = 1.1
effective_io_concurrency = 200
jit = off
default_toast_compression = lz4
autovacuum = off
"""
_INDEXES: Final = (
    "ALTER TABLE calls ADD PRIMARY KEY (id)",
    "CREATE INDEX ON calls (account, start_time, id)",
    "CREATE INDEX ON calls (account, contact_phone_number, start_time)",
    "CREATE INDEX ON calls USING gin (tags jsonb_path_ops)",
    "CREATE INDEX ON calls USING gin (employees jsonb_path_ops)",
    "VACUUM (FREEZE, ANALYZE) calls",
    "CHECKPOINT",
)


def _type(field: Field) -> str:
    number = "bigint" if field.bits == 64 or field.name in KEYS else "integer"
    kinds = {
        Kind.NUMBER: number,
        Kind.DECIMAL: "double precision",
        Kind.BOOLEAN: "boolean",
        Kind.ISO8601: "timestamp(0)",
        Kind.ARRAY: "jsonb",
    }
    return kinds.get(field.kind, "text")


class PostgreSQL(HttpPeer):
    """PostgreSQL with indexes on period, contact, tags and employees."""

    name = "postgresql"
    note = (
        "FastAPI on uvicorn (one worker, uvloop, httptools), asyncpg, orjson; arrays as jsonb, passed through unparsed"
    )

    def load(self, sessions: Path) -> Loaded:
        """Makes the cluster anew, copies the sessions in and indexes them."""
        begin = time.perf_counter()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"{_SETTINGS}unix_socket_directories = '{self.folder}'\n")
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self.folder / "server.log"), "-w", "start")
        try:
            columns = [f"{field.name} {_type(field)}" for field in CALLS_REPORT.fields]
            self._sql(f"CREATE TABLE calls (account text NOT NULL, {', '.join(columns)})")
            self._copy(sessions)
            for statement in _INDEXES:
                self._sql(statement)
        finally:
            self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")
        return Loaded(size_of(self._data / "base"), time.perf_counter() - begin)

    def start(self) -> None:
        """Starts the cluster and the application."""
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self.folder / "server.log"), "-w", "-t", "120", "start")
        super().start()

    def stop(self) -> None:
        """Ends both."""
        super().stop()
        self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "stop")

    def command(self) -> list[str]:
        """The application under uvicorn."""
        options = ["--port", str(self.port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        return [str(VENV / "bin/uvicorn"), "--app-dir", str(Path(__file__).parent), "postgresql_app:app", *options]

    def environment(self) -> dict[str, str]:
        """Where the cluster is, and what the columns are."""
        fields = {field.name: _type(field) for field in CALLS_REPORT.fields}
        defaults = [field.name for field in CALLS_REPORT.default_fields()]
        return {
            "BENCH_CLUSTER": str(self.folder),
            "BENCH_FIELDS": msgspec.json.encode(fields).decode(),
            "BENCH_DEFAULTS": ",".join(defaults),
        }

    def request(self, question: Question) -> bytes:
        """The application takes the Data API's own requests, with the account's name for a token."""
        params = {"access_token": question.account, **question.params}
        return request("POST", "/v2.0", msgspec.json.encode({"id": 1, "method": "get.calls_report", "params": params}))

    def read(self, body: bytes) -> Page:
        """The Data API's own form."""
        return read_result(body)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _copy(self, sessions: Path) -> None:
        """The engine writes what COPY reads."""
        columns = ", ".join(["account", *map(copied, CALLS_REPORT.fields)])
        engine = Session()
        with subprocess.Popen(
            [*self._psql, "-c", "COPY calls FROM STDIN"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as psql:
            assert psql.stdin is not None
            for piece in engine.send_query(f"SELECT {columns} FROM file('{sessions}', 'Parquet')", "TabSeparated"):
                psql.stdin.write(piece.bytes())
        engine.close()
        if psql.returncode:
            raise SystemExit("COPY failed; see above")

    def _sql(self, statement: str) -> None:
        subprocess.run([*self._psql, "-c", statement], check=True, stdout=subprocess.DEVNULL)

    @property
    def _psql(self) -> list[str]:
        return [str(_PROGRAMS / "psql"), "-h", str(self.folder), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-q"]

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        command = [*user, str(_PROGRAMS / program), *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)
