"""The engine's results in pieces."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import closing

import pytest

from ringledger.faults import EngineFault
from ringledger.store.engine import Engine, Statement

NUMBERS = "SELECT number FROM numbers({n:UInt64}) ORDER BY number"


def streamed(engine: Engine, sql: str, output: str, **values: object) -> bytes:
    return b"".join(engine.stream(Statement(sql, values), output))


def test_a_streamed_result_is_the_whole_one_in_every_form(engine: Engine) -> None:
    assert streamed(engine, NUMBERS, "LineAsString", n=3) == b"0\n1\n2\n"
    assert streamed(engine, NUMBERS, "CSVWithNames", n=2) == b'"number"\n0\n1\n'
    lines = "SELECT number AS n FROM numbers(2) SETTINGS output_format_json_array_of_rows = 0"
    assert streamed(engine, lines, "JSONEachRow") == b'{"n":0}\n{"n":1}\n'
    assert streamed(engine, NUMBERS, "Parquet", n=9).startswith(b"PAR1")
    assert streamed(engine, NUMBERS, "CSV", n=0) == b""


def test_a_long_result_comes_in_pieces_before_it_is_whole(engine: Engine) -> None:
    pieces = engine.stream(Statement("SELECT number FROM numbers(1000000000)"), "CSV")
    first = next(pieces)
    assert first.startswith(b"0\n1\n2\n")
    assert len(first) <= 1 << 20
    pieces.close()
    assert engine.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


@pytest.mark.parametrize("sql", ["SELECT throwIf(number = 70000) FROM numbers(100000)", "SELECT nonsense("])
def test_a_failure_on_the_way_is_raised_and_leaves_nothing_behind(engine: Engine, sql: str) -> None:
    before = threading.active_count()
    with pytest.raises(EngineFault):
        streamed(engine, sql, "CSV")
    assert threading.active_count() == before
    assert engine.rows(Statement("SELECT 1 AS one")) == [{"one": 1}]


def test_a_stream_with_a_mark_tells_how_far_it_is_and_is_stopped_by_it(engine: Engine) -> None:
    many = Statement("SELECT number FROM numbers({n:UInt64})", {"n": 1_000_000_000})
    with closing(engine.stream(many, "CSV", mark="export7")) as pieces:
        next(pieces)
        first = engine.written_rows("export7") or 0
        for _ in range(30):
            next(pieces)
        assert 0 < first < (engine.written_rows("export7") or 0) < 1_000_000_000
        assert engine.written_rows("export8") is None
        engine.stop("export7")
        with pytest.raises(EngineFault):
            deque(pieces, 0)
    assert engine.written_rows("export7") is None
