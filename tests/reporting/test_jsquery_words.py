"""What is jsquery and what is not, in the corners of the extension's scanner and grammar and at the limits of ours."""

from __future__ import annotations

import psycopg
import pytest
from tests.reporting import jsquery_oracle

from ringledger.reporting.jsquery import Comparison, JsqueryError, Key, parse
from ringledger.reporting.jsquery_sql import ArrayShape, Member, to_sql

ACCEPTED = [
    "5.a = 1",
    "1..5",
    "#.#010 = 1",
    "#2147483647 = 1",
    "1e5x = 1",
    "-5x = 1",
    "a < .5",
    "a = +5",
    "a = 1e131071",
    "a = 0.1e131072",
    "a = 0e1073741822",
    "a = 1e-16383",
    f"a = 1e{'0' * 5000}5",
    "a = null/**/",
    "a/**/is numeric",
    "a /*--\xa0index */ (b = 1)",
    "a /*--indexes*/ = 1",
    '"\\ud83dabc" = 1',
    "\\u0061nd = 1",
    "a IS Numeric",
    "a = TRUE",
    "not in (1)",
    "not in = 1",
    "not in",
    "a\xa0= 1",
    "not is array",
    "not @# = 1",
    "not @> [1]",
    "is is array",
    "in in (1)",
    "a and and and and",
    "a.?(b).?(c) = 1",
    "@#.$.@# = 1",
    "@#.?($ = 1) is array",
    "@#",
    "*:",
    "a\x0bb = 1",
]
REFUSED = [
    "a.5 = 1",
    "#.5 = 1",
    "5.5abc = 1",
    "1.5.5 = 1",
    "#99999999999 = 1",
    "#-1 = 1",
    "#1e1 = 1",
    "a < 5.",
    "a < - 5",
    "a = 1e131072",
    "a = 1e-16384",
    "a = 0e-16384",
    "a = 0e1073741823",
    f"a = 1e{'9' * 5000}",
    "a is/**/numeric",
    "a = 1 and/**/ b = 2",
    "a is word",
    'a is "string"',
    "a /*--\xa0index */ /*-- index */ (b = 1)",
    "/*-- index */ a = 1",
    '"\\ud83d\\n\\ude00" = 1',
    '"\\ud83d\\ud83d" = 1',
    "a in (a = 1)",
    "not in (a = 1)",
    "not is numeric = 1",
    "not /*-- index */ a = 1",
    "(a).b",
    "a(b)(c)",
    "a = $",
    "a <> 1",
    "a in ()",
    "@#.#1 = 1",
    "@#($ = 1 and a = 2)",
    "@#.?(a = 1)",
    "@# = *",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_text_of_the_language_is_accepted(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_outside_the_language_is_refused(text: str) -> None:
    with pytest.raises(JsqueryError):
        parse(text)


@pytest.mark.postgresql
def test_both_tables_say_what_the_extension_says() -> None:
    with jsquery_oracle.oracle() as reference:
        assert [text for text in ACCEPTED if not _accepts(reference, text)] == []
        assert [text for text in REFUSED if _accepts(reference, text)] == []


def _accepts(reference: psycopg.Connection, text: str) -> bool:
    try:
        reference.execute("SELECT %s::jsquery", (text,))
    except psycopg.Error:
        return False
    return True


def test_a_word_right_before_a_comment_is_no_keyword() -> None:
    assert parse("a = null/**/") == (Key("a"), Comparison("=", ("null",)))


@pytest.mark.parametrize("text", ["a = \0", "a = \ud800", "a" * 10_001, "(" * 101 + "a" + ")" * 101])
def test_a_text_beyond_our_limits_is_refused(text: str) -> None:
    with pytest.raises(JsqueryError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100 + "a" + ")" * 100,
        "?(" * 100 + "a" + ")" * 100,
        "#(" * 100 + "a" + ")" * 100,
        "*(" * 100 + "a = 1" + ")" * 100,
        "not(a and " * 100 + "a" + ")" * 100,
        "$." * 4_000 + "# = 1",
        "*." * 4_000 + "a = 1",
        "not " * 2_000 + "a",
        " and ".join(["#.a = 1"] * 800),
    ],
)
def test_the_largest_expressions_become_sql(text: str) -> None:
    assert _written(text)


@pytest.mark.parametrize("text", ["*.*:." * 1_900 + "a = 1", "*(a or " * 99 + "a" + ")" * 99])
def test_an_expression_that_stands_for_too_many_paths_is_refused(text: str) -> None:
    with pytest.raises(JsqueryError):
        _written(text)


def _written(text: str) -> str:
    shape = ArrayShape((Member("a", "number"), Member("b", "string")))
    return to_sql(parse(text), "c.x", shape, lambda _, kind: kind, "'UTC'")
