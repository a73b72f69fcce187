"""What is bound comes back as it was, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringledger.store.engine import Engine, Statement
from ringledger.store.escaping import bound

ODD = [
    "",
    "'",
    "\\",
    "\\n",
    "a\nb",
    "\t",
    "\0",
    "\r",
    "\x01\x07\x08\x1f",
    "😀",
    "é'\\'",
    "\\'",
    "{a:String}",
    "NULL",
    "\\N",
]


def echoed(engine: Engine, text: str) -> list[object]:
    query = "SELECT {a:String} AS a, {b:Array(String)} AS b"
    return list(engine.rows(Statement(query, {"a": text, "b": [text, text]}))[0].values())


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_bound_unchanged(engine: Engine, text: str) -> None:
    assert echoed(engine, text) == [text, [text, text]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_bound_unchanged(shared_engine: Engine, text: str) -> None:
    assert echoed(shared_engine, text) == [text, [text, text]]


def test_whole_numbers_are_bound_exactly(engine: Engine) -> None:
    found = engine.rows(Statement("SELECT {a:Int64} AS a, {b:Array(Int64)} AS b", {"a": 2**53, "b": [-(2**53), 1]}))
    assert found == [{"a": 2**53, "b": [-(2**53), 1]}]


def test_a_value_without_a_place_in_sql_is_refused() -> None:
    with pytest.raises(TypeError):
        bound({"a": {"b": 1}})
