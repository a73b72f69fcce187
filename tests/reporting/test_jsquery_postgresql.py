"""PostgreSQL's jsquery extension is the reference: the same texts are accepted and mean the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
from tests.reporting import jsquery_oracle
from tests.reporting import jsquery_samples as samples

from ringledger.reporting.jsquery import Expression, JsqueryError, parse
from ringledger.reporting.jsquery_sql import ArrayShape, to_sql
from ringledger.store.engine import Engine, Statement

pytestmark = pytest.mark.postgresql

_QUERIES = 2_000
_BROKEN = 4_000
_TOGETHER = 40
_TABLE = "jsquery_rows"


@pytest.fixture(scope="module")
def reference() -> Iterator[psycopg.Connection]:
    """PostgreSQL with the extension."""
    with jsquery_oracle.oracle() as connection:
        yield connection


@pytest.fixture
def rows(shared_engine: Engine, reference: psycopg.Connection) -> Iterator[list[samples.Row]]:
    """Random rows, numbered from 0, in a table of the engine and in one of PostgreSQL."""
    chance = random.Random(20)
    found = [samples.row(chance) for _ in range(40)]
    columns = f"n UInt32, objects {samples.OBJECTS_TYPE}, strings {samples.STRINGS_TYPE}"
    shared_engine.run(Statement(f"CREATE TABLE {_TABLE} ({columns}) ENGINE = MergeTree ORDER BY n"))
    block = b"\n".join(msgspec.json.encode({"n": n, **row.stored}) for n, row in enumerate(found))
    shared_engine.insert(_TABLE, ("n", "objects", "strings"), block)
    reference.execute(f"CREATE TEMP TABLE {_TABLE} (n int, objects jsonb, strings jsonb)")
    for n, row in enumerate(found):
        reference.execute(f"INSERT INTO {_TABLE} VALUES (%s, %s, %s)", (n, row.objects, row.strings))
    yield found
    shared_engine.run(Statement(f"DROP TABLE {_TABLE}"))
    reference.execute(f"DROP TABLE {_TABLE}")


def _accepts(reference: psycopg.Connection, text: str) -> bool:
    try:
        reference.execute("SELECT %s::jsquery", (text,))
    except psycopg.Error:
        return False
    return True


def _is_parsed(text: str) -> bool:
    try:
        parse(text)
    except JsqueryError:
        return False
    return True


def _meant(reference: psycopg.Connection, column: str, text: str) -> list[int]:
    found = reference.execute(f"SELECT n FROM {_TABLE} WHERE {column} @@ %s::jsquery ORDER BY n", (text,))
    return [n for (n,) in found]


def _answered(engine: Engine, column: str, shape: ArrayShape, texts: list[str]) -> list[list[int]]:
    """The rows' numbers that each text finds; many texts in one statement, which is what makes the test quick."""
    values: dict[str, object] = {"zone": samples.ZONE}

    def bind(value: object, kind: str) -> str:
        values[f"p{len(values)}"] = value
        return f"{{p{len(values) - 1}:{kind}}}"

    def condition(expression: Expression) -> str:
        return to_sql(expression, f"c.{column}", shape, bind, "{zone:String}")

    conditions = [f"groupArrayIf(n, {condition(parse(text))}) AS q{n}" for n, text in enumerate(texts)]
    statement = Statement(f"SELECT {', '.join(conditions)} FROM {_TABLE} AS c", values)
    (answer,) = engine.rows(statement)
    return [sorted(answer[f"q{n}"]) for n in range(len(texts))]


@pytest.mark.parametrize(("column", "shape"), [("objects", samples.OBJECTS), ("strings", samples.STRINGS)])
@pytest.mark.usefixtures("rows")
def test_a_query_finds_the_rows_that_it_finds_in_postgresql(
    shared_engine: Engine, reference: psycopg.Connection, column: str, shape: ArrayShape
) -> None:
    chance = random.Random(7)
    texts = [samples.query(chance) for _ in range(_QUERIES)]
    for start in range(0, len(texts), _TOGETHER):
        several = texts[start : start + _TOGETHER]
        for text, answer in zip(several, _answered(shared_engine, column, shape, several), strict=True):
            assert answer == _meant(reference, column, text), text


def test_a_changed_text_is_accepted_or_refused_as_in_postgresql(reference: psycopg.Connection) -> None:
    chance = random.Random(11)
    texts = [samples.broken(chance) for _ in range(_BROKEN)]
    accepted = [text for text in texts if _accepts(reference, text)]
    assert [text for text in texts if _is_parsed(text)] == accepted
    assert _BROKEN // 10 < len(accepted) < _BROKEN * 9 // 10
