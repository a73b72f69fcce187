"""The jsquery language: what it reads, and the SQL it becomes."""

from __future__ import annotations

from typing import Final

import pytest

from ringledger.reporting.jsquery import JsqueryError, parse
from ringledger.reporting.jsquery_sql import ArrayShape, Member, to_sql

TAGS: Final = ArrayShape(
    (
        Member("tag_id", "number"),
        Member("tag_name", "string"),
        Member("tag_type", "enum"),
        Member("is_talked", "boolean"),
    )
)
WORDS: Final = ArrayShape(None)
SHAPES: Final = {"tags": TAGS, "words": WORDS}


def _written(text: str, column: str) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {}
    return _condition(text, column, values), values


def _condition(text: str, column: str, values: dict[str, object]) -> str:
    def bind(value: object, kind: str) -> str:
        name = f"p{len(values)}"
        values[name] = value
        return f"{{{name}:{kind}}}"

    return to_sql(parse(text), column, SHAPES[column], bind, "'UTC'")


@pytest.mark.parametrize(
    ("text", "column", "sql", "values"),
    [
        ("#.tag_id = 12", "tags", "has(tags.tag_id, {p0:Int64})", [12]),
        ('#.tag_name = "a b"', "tags", "has(tags.tag_name, {p0:String})", ["a b"]),
        ("#.tag_name = 12", "tags", "0", []),
        ("#.nothing = 12", "tags", "0", []),
        ("#.tag_id > 1.5", "tags", "arrayExists((x1_tag_id) -> ifNull(x1_tag_id > {p0:Int64}, 0), tags.tag_id)", [1]),
        ("#:.tag_name = null", "tags", "arrayAll((x1_tag_name) -> isNull(x1_tag_name), tags.tag_name)", []),
        ("@# >= 2", "tags", "toInt64(length(tags)) >= {p0:Int64}", [2]),
        ("@#.$ = 2", "words", "toInt64(length(words)) = {p0:Int64}", [2]),
        ("#.@# = 4", "tags", "notEmpty(tags)", []),
        ("not # = a", "words", "NOT has(words, {p0:String})", ["a"]),
        ("$ && [a, b]", "words", "hasAny(words, {p0:Array(String)})", [["a", "b"]]),
        (
            "$ @> [a] or $ <@ [b]",
            "words",
            "(hasAll(words, {p0:Array(String)}) OR hasAll({p1:Array(String)}, words))",
            None,
        ),
    ],
)
def test_a_query_becomes_a_condition_with_bound_values(
    text: str, column: str, sql: str, values: list[object] | None
) -> None:
    found, bound = _written(text, column)
    assert found == sql
    if values is not None:
        assert list(bound.values()) == values


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a.b = 1",
        '"a b".c = "d"',
        "#1.a = -1.5e3",
        ".5 = 1",
        "a = .5",
        "not = 1",
        "not in (1)",
        "not.a = 1",
        "not not = 1",
        "in in (in)",
        "is is array",
        "and/**/ = 1",
        "a(b = 1 and c = 2)",
        "?(a = 1).b = *",
        "a /*-- noindex */ = 1",
        "@#.$ > 1",
        "@#($ = 1)",
        r'"\u0041\ud83d\ude00" = 1',
        r'"\ud83d" = 1',
        r"a\u0062 = b/c",
    ],
)
def test_a_query_of_the_language_is_read(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a =",
        "a = 1 b",
        "a.1 = 1",
        "a.b.5 = 1",
        "1.5a = 1",
        "not",
        "a < b",
        "a = [1, [2]]",
        "a = []",
        "a is null",
        "a is b",
        "a in [1]",
        "(a = 1",
        "#2147483648 = 1",
        "a /*-- index */",
        "a /*",
        '"a',
        r'"\x" = 1',
        r'"\u0000" = 1',
        r'"\ude00" = 1',
        r'"\ud83d\u0041" = 1',
        "@#.a = 1",
        "@# = *",
        "@#(# = 1)",
        "a\0",
        "(" * 1000 + "a" + ")" * 1000,
    ],
)
def test_a_text_that_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(JsqueryError):
        parse(text)


def test_a_query_that_stands_for_too_many_paths_is_refused() -> None:
    with pytest.raises(JsqueryError):
        _written(".".join(["*", "$"] * 200) + " = 1", "tags")
