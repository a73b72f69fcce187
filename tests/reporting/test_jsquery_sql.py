"""The whole SQL condition, and the values bound to it, that a jsquery text becomes."""

from __future__ import annotations

import pytest

from ringledger.reporting.jsquery import parse
from ringledger.reporting.jsquery_sql import ArrayShape, Member, to_sql

OBJECTS = ArrayShape(
    (Member("id", "number"), Member("name", "string"), Member("done", "boolean"), Member("time", "iso8601"))
)
STRINGS = ArrayShape(None)
_TIME = "formatDateTime(x1_time, '%Y-%m-%d %H:%i:%S', {zone:String})"
_ONE = "ifNull(x1_id = {p1:Int64}, 0)"
_TEXTS = f"(ifNull(x1_name = {{p2:String}}, 0) OR ifNull({_TIME} = {{p3:String}}, 0))"


def _written(text: str, shape: ArrayShape) -> tuple[str, list[object]]:
    values: list[object] = []

    def bind(value: object, kind: str) -> str:
        values.append(value)
        return f"{{p{len(values)}:{kind}}}"

    return to_sql(parse(text), "c.x", shape, bind, "{zone:String}"), values


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        ("#.id = 5", "has(c.x.id, {p1:Int64})", [5]),
        ("#.id = 5.0", "has(c.x.id, {p1:Int64})", [5]),
        ("#.id = 1e2", "has(c.x.id, {p1:Int64})", [100]),
        ("#.id = 1.5", "0", []),
        ("#.id = 1e30", "0", []),
        ("#.id = -9223372036854775808", "has(c.x.id, {p1:Int64})", [-(2**63)]),
        ('#.id = "5"', "0", []),
        ("#.done = true", "has(c.x.done, {p1:Bool})", [True]),
        ("not #.id = 5", "NOT has(c.x.id, {p1:Int64})", [5]),
        ("#.id < 1.5", "arrayExists((x1_id) -> ifNull(x1_id <= {p1:Int64}, 0), c.x.id)", [1]),
        ("#.id >= -1.5", "arrayExists((x1_id) -> ifNull(x1_id > {p1:Int64}, 0), c.x.id)", [-2]),
        ("#.id < 1e30", "arrayExists((x1_id) -> isNotNull(x1_id), c.x.id)", []),
        ("#.id > 1e30", "0", []),
        ("#:.id = 5", "arrayAll((x1_id) -> ifNull(x1_id = {p1:Int64}, 0), c.x.id)", [5]),
        ("#:.other = 5", "empty(c.x)", []),
        ("#.id = *", "notEmpty(c.x)", []),
        ("#.id", "notEmpty(c.x)", []),
        ("#", "1", []),
        ('#.time = "a"', f"arrayExists((x1_time) -> ifNull({_TIME} = {{p1:String}}, 0), c.x.time)", ["a"]),
        (
            '#(id = 1 and name = "a")',
            f"arrayExists((x1_id, x1_name) -> ({_ONE} AND ifNull(x1_name = {{p2:String}}, 0)), c.x.id, c.x.name)",
            [1, "a"],
        ),
        (
            "#.name in (a, null, 1)",
            "arrayExists((x1_name) -> (ifNull(x1_name = {p1:String}, 0) OR isNull(x1_name)), c.x.name)",
            ["a"],
        ),
        (
            "#.?(id = 1).% = a",
            f"arrayExists((x1_id, x1_name, x1_time) -> ({_ONE} AND {_TEXTS}), c.x.id, c.x.name, c.x.time)",
            [1, "a", "a"],
        ),
        ("*.id = 5", "arrayExists((x1_id) -> ifNull(x1_id = {p1:Int64}, 0), c.x.id)", [5]),
        ("#1.id = 5", "(length(c.x) > 1 AND ifNull(c.x.id[2] = {p1:Int64}, 0))", [5]),
        ("@# > 2", "toInt64(length(c.x)) > {p1:Int64}", [2]),
        ("#.@# = 4", "notEmpty(c.x)", []),
        ("#.@# > 4", "0", []),
        ("$ is array", "1", []),
        ("$ <@ [1]", "empty(c.x)", []),
    ],
)
def test_a_query_over_objects_reads_only_the_members_it_needs(text: str, sql: str, values: list[object]) -> None:
    assert _written(text, OBJECTS) == (sql, values)


@pytest.mark.parametrize(
    ("text", "sql", "values"),
    [
        ("# = a", "has(c.x, {p1:String})", ["a"]),
        ("# = 1", "0", []),
        ("#0 = a", "(length(c.x) > 0 AND ifNull(c.x[1] = {p1:String}, 0))", ["a"]),
        ("$ = [a, b]", "c.x = {p1:Array(String)}", [["a", "b"]]),
        ("$ = [a, 1]", "0", []),
        ("$ @> [a]", "hasAll(c.x, {p1:Array(String)})", [["a"]]),
        ("$ @> [a, null]", "0", []),
        ("$ <@ [a, 1]", "hasAll({p1:Array(String)}, c.x)", [["a"]]),
        ("$ && [a, 1]", "hasAny(c.x, {p1:Array(String)})", [["a"]]),
        ("#.id = 1", "0", []),
    ],
)
def test_a_query_over_strings_uses_the_engines_array_functions(text: str, sql: str, values: list[object]) -> None:
    assert _written(text, STRINGS) == (sql, values)
