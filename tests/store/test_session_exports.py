"""Exports go month by month and are one file all the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.faults import OperatorFault
from ringledger.store.engine import Engine, Statement
from ringledger.store.session_exports import export_rows
from ringledger.store.session_files import Route, import_file

MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
NAMES = [field.name for field in CALLS_REPORT.fields]


def second(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def exported(engine: Engine, output: str, begin: int = 0, end: int = 2**32) -> bytes:
    return b"".join(export_rows(engine, 1, begin, end, output))


@pytest.fixture
def starts(engine: Engine, tmp_path: Path) -> list[str]:
    """The starts of two years' sessions, in order; stored in another, with other accounts between them."""
    starts = [f"{month}-{day:02} {clock}" for month in MONTHS for day in (1, 28) for clock in ("00:00:00", "23:59:59")]
    records = [{"id": 500 - number, "start_time": start} for number, start in enumerate(starts)]
    file = tmp_path / "calls.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in records[::-1]), encoding="utf-8")
    for account in (1, 2):
        import_file(engine, file, Route(account, None, {}), account * 1_000_000)
    return starts


def test_sessions_of_many_months_come_by_their_start(engine: Engine, starts: list[str], tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in exported(engine, "NDJSON").splitlines()]
    assert [line["start_time"] for line in lines] == starts
    names, *rows = exported(engine, "CSV").decode().splitlines()
    assert names == ",".join(f'"{name}"' for name in NAMES)
    assert [row.split(",")[1].strip('"') for row in rows] == starts
    path = tmp_path / "calls.parquet"
    path.write_bytes(exported(engine, "Parquet"))
    read = engine.rows(Statement(f"SELECT toString(toDateTime(start_time)) AS start FROM file('{path}', 'Parquet')"))
    assert [row["start"] for row in read] == starts


def test_a_period_begins_and_ends_to_the_second(engine: Engine, starts: list[str]) -> None:
    begin, end = second("2025-01-28 23:59:59"), second("2025-03-01 00:00:00")
    lines = exported(engine, "NDJSON", begin, end).splitlines()
    assert [json.loads(line)["start_time"] for line in lines] == starts[3:9]
    assert len(exported(engine, "NDJSON", begin + 1, end - 1).splitlines()) == 4


def test_a_period_without_sessions_is_a_file_without_rows(engine: Engine, tmp_path: Path) -> None:
    assert exported(engine, "NDJSON") == b""
    assert exported(engine, "CSV").decode().count("\n") == 1
    path = tmp_path / "none.parquet"
    path.write_bytes(exported(engine, "Parquet"))
    described = engine.rows(Statement(f"DESCRIBE TABLE file('{path}', 'Parquet')"))
    assert [column["name"] for column in described] == NAMES
    assert import_file(engine, path, Route(1, None, {}), 1).read == 0


def test_an_export_that_is_no_longer_wanted_leaves_the_engine_free(engine: Engine, starts: list[str]) -> None:
    for output in ("NDJSON", "Parquet"):
        pieces = export_rows(engine, 1, 0, 2**32, output)
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]  # a generator, of which no more is wanted
    assert engine.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


def test_another_output_is_refused(engine: Engine) -> None:
    with pytest.raises(OperatorFault, match="NDJSON, Parquet, CSV"):
        exported(engine, "XML")
