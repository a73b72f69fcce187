"""The jsquery language: what it reads, the SQL it becomes, and that PostgreSQL's own extension finds the same rows."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from ringledger.reporting.jsquery import Chain, Filter, JsqueryError, Logic, Step, parse
from ringledger.reporting.jsquery_sql import ArrayShape, Member, to_sql
from ringledger.store.engine import Engine, Statement

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


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection[Any]]:
    """A connection to a throw-away PostgreSQL that has the extension."""
    folder = Path(tempfile.mkdtemp(prefix="rl-jsquery-"))
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.fail("PostgreSQL's initdb is missing; install the system's package: apt-get install postgresql")
    prefix: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        shutil.chown(folder, "postgres", "postgres")
    data, initdb = str(folder / "data"), programs[-1]
    make = [*prefix, str(initdb), "-D", data, "-A", "trust", "-U", "ringledger", "--no-sync", "--encoding=UTF8"]
    subprocess.run(make, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    serve = [*prefix, str(initdb.with_name("postgres")), "-D", data, "-k", str(folder), "-h", "", "-F"]
    process = subprocess.Popen(serve, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        with _connected(folder, process) as connection:
            connection.execute("CREATE EXTENSION jsquery")
            connection.execute(
                "CREATE FUNCTION accepted(text) RETURNS boolean LANGUAGE plpgsql AS "
                "'BEGIN PERFORM $1::jsquery; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false; END'"
            )
            yield connection
    finally:
        process.send_signal(2)
        process.wait(30)
        shutil.rmtree(folder)


def _connected(folder: Path, process: subprocess.Popen[bytes]) -> psycopg.Connection[Any]:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return psycopg.connect(host=str(folder), user="ringledger", dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    pytest.fail("PostgreSQL did not start; see the log above")


_NAMES: Final = ["a", "b", "Vip", "null", "not", "a b", "ж", "\\", 'q"q', "", "1", "in"]
_NUMBERS: Final = [
    "0",
    "1",
    "2",
    "3",
    "+1",
    "-1",
    "1.5",
    ".5",
    "1e0",
    "10e-1",
    "2.0",
    "-.5e1",
    "9223372036854775807",
    "1e30",
]
_KEYS: Final = ["tag_id", "tag_name", "tag_type", "is_talked"]
_WORDS: Final = ["and", "or", "NOT", "not", "in", "Is", "null", "true", "False", "false", "array", "numeric", "String"]
_COMMENTS: Final = ["/**/", "/* a * b */", "/*-- index */", "/*--NoIndex*/", "/*- index */"]
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_NOISE: Final = [
    *"?%$.[]()|&!=<>@#,*:",
    '"',
    "\\",
    " ",
    "1a",
    ".1",
    "#1",
    "1.",
    "-",
    "1.5e",
    r"\u0031",
    r'"\ud83d\ude00"',
    r'"\ud83d"',
    r'"\ude00"',
    *_WORDS,
    *_COMMENTS,
]


class _Author:
    """Writes jsquery texts, as lists of tokens. A `/` outside of a word or a comment writes beyond the extension's
    own buffers, so none is made.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, column: str) -> str:
        tokens = self._expression(column, self._random.randint(0, 3))
        if self._random.random() < 0.3:
            self._break(tokens)
        gap = self._random.choice([" ", " ", "", "\n"])
        joined = ""
        for token in tokens:
            apart = gap or (" " if joined and _is_letter(joined[-1]) and _is_letter(token[:1]) else "")
            joined += apart + token if self._random.random() < 0.98 else token
        return joined

    def _break(self, tokens: list[str]) -> None:
        for _ in range(self._random.randint(1, 2)):
            at = self._random.randrange(len(tokens) + 1)
            match self._random.randrange(3):
                case 0:
                    tokens.insert(at, self._random.choice(_NOISE))
                case 1 if at < len(tokens) > 1:
                    del tokens[at]
                case _ if at < len(tokens):
                    tokens[at] = self._random.choice(_NOISE)

    def _expression(self, column: str, depth: int) -> list[str]:
        match self._random.randrange(8) if depth else 0:
            case 1:
                return ["not", *self._expression(column, depth - 1)]
            case 2:
                return ["(", *self._expression(column, depth - 1), ")"]
            case 3 | 4 | 5:
                joiner = self._random.choice(["and", "or", "AND", "Or"])
                return [*self._expression(column, depth - 1), joiner, *self._expression(column, depth - 1)]
            case 6:
                return [*self._path(column, depth), "(", *self._expression("element", depth - 1), ")"]
        tail = self._comparison() if self._random.random() < 0.9 else []
        return [*self._path(column, depth), *tail]

    def _path(self, column: str, depth: int) -> list[str]:
        steps = [self._step(depth)]
        if self._random.random() < 0.7:
            steps = [[self._random.choice(["#", "#", "#", "#:", "*", "#0", "#1", "$", "*:", "%"])]]
            if column == "tags" and self._random.random() < 0.8:
                steps.append([self._random.choice([*_KEYS, *_KEYS, "%", "%:", "*", "*:", "$", "nothing", "not"])])
            if self._random.random() < 0.2:
                steps.append(self._step(depth))
        elif column == "element" and self._random.random() < 0.8:
            steps = [[self._random.choice([*_KEYS, "$", "%"])]]
        if self._random.random() < 0.2:
            steps.append(["@#"])
            if self._random.random() < 0.2:
                steps.append(["$"])
        return [token for step in steps for token in (".", *step)][1:]

    def _step(self, depth: int) -> list[str]:
        if depth and self._random.random() < 0.3:
            return ["?", "(", *self._expression("element", depth - 1), ")"]
        return [self._random.choice(["$", "*", "*:", "#", "#:", "%", "%:", *_KEYS, *_WORDS, *_NUMBERS[:4], "a/b"])]

    def _comparison(self) -> list[str]:
        hint = [self._random.choice(_COMMENTS)] if self._random.random() < 0.1 else []
        match self._random.randrange(10):
            case 0:
                return [*hint, "=", "*"]
            case 1:
                return [*hint, "is", self._random.choice(["array", "numeric", "object", "string", "BOOLEAN"])]
            case 2 | 3:
                operator = self._random.choice(["<", ">", "<=", ">=", "< ="])
                return [*hint, operator, self._random.choice(_NUMBERS)]
            case 4:
                return [*hint, "in", "(", *self._literals(), ")"]
            case 5 | 6:
                operator = self._random.choice(["=", "@>", "<@", "&&"])
                return [*hint, operator, "[", *self._literals(), "]"]
        return [*hint, "=", self._literal()]

    def _literals(self) -> list[str]:
        literals = [self._literal() for _ in range(self._random.randint(1, 4))]
        return [token for literal in literals for token in (",", literal)][1:]

    def _literal(self) -> str:
        match self._random.randrange(8):
            case 0:
                return self._random.choice(["null", "true", "false"])
            case 1 | 2:
                return self._random.choice(_NUMBERS)
            case 3:
                return self._random.choice([*_WORDS, "a", "b", "Vip", "ж", r"\u0061", "a/b"])
        return json.dumps(self._random.choice(_NAMES), ensure_ascii=self._random.random() < 0.5)

    def row(self) -> dict[str, list[Any]]:
        names: list[str | None] = [*_NAMES, None]
        pick = self._random.choice
        tags = [
            {
                "tag_id": pick([0, 1, 2, 3, -1, 2**63 - 1, None]),
                "tag_name": pick(names),
                "tag_type": pick(["a", "b", None]),
                "is_talked": pick([True, False, None]),
            }
            for _ in range(pick([0, 1, 1, 2, 3]))
        ]
        return {"tags": tags, "words": [pick(_NAMES) for _ in range(pick([0, 1, 1, 2, 3]))]}


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter in "_.+-"


def _read(text: str) -> Chain | JsqueryError:
    try:
        return parse(text)
    except JsqueryError as error:
        return error


def _is_undefined(found: Chain | JsqueryError) -> bool:
    """Whether the extension would follow a pointer to nowhere: a path ends with `@#` or `*:`."""
    if isinstance(found, JsqueryError):
        return False
    inner = [part for item in found if isinstance(item, Logic) for part in item.parts]
    inner += [item.expression for item in found if isinstance(item, Filter)]
    return found[-1] in {Step("*:"), Step("@#")} or any(_is_undefined(part) for part in inner)


@pytest.fixture
def rows(engine: Engine) -> Iterator[list[dict[str, list[Any]]]]:
    """Rows of both shapes, that the engine has in a table too."""
    author = _Author(2)
    made = [author.row() for _ in range(25)]
    made[0] = {"tags": [], "words": []}
    columns = (
        "id UInt32, words Array(String), tags Array(Tuple(tag_id Nullable(Int64), "
        "tag_name LowCardinality(Nullable(String)), tag_type LowCardinality(Nullable(String)), "
        "is_talked Nullable(Bool)))"
    )
    engine.run(Statement(f"CREATE TABLE jsquery_rows ({columns}) ENGINE = MergeTree ORDER BY id"))
    try:
        block = "\n".join(json.dumps({"id": number, **row}) for number, row in enumerate(made))
        engine.insert("jsquery_rows", ("id", "tags", "words"), block.encode())
        yield made
    finally:
        engine.run(Statement("DROP TABLE jsquery_rows"))


@pytest.mark.postgresql
@pytest.mark.parametrize("column", ["tags", "words"])
def test_the_extension_reads_the_same_texts_and_finds_the_same_rows(
    column: str, server: psycopg.Connection[Any], engine: Engine, rows: list[dict[str, list[Any]]]
) -> None:
    author = _Author(1)
    # The extension's process may die of a text that has nothing but blanks and comments.
    texts = sorted(text for text in {author.text(column) for _ in range(900)} if _COMMENT.sub("", text).strip())
    read = {text: _read(text) for text in texts}
    accepted = server.execute(
        "SELECT accepted(text) FROM unnest(%s::text[]) WITH ORDINALITY AS given (text, place) ORDER BY place",
        [list(read)],
    ).fetchall()
    differently_read = [
        (text, found)
        for (text, found), (yes,) in zip(read.items(), accepted, strict=True)
        if yes != isinstance(found, tuple)
    ]
    assert differently_read == []

    # What the extension finds at such an end is whatever lies in its memory; it reads these texts all the same.
    queries = [text for text, found in read.items() if isinstance(found, tuple) and not _is_undefined(found)]
    assert len(queries) > 400
    assert sum(isinstance(found, JsqueryError) for found in read.values()) > 50
    expected = server.execute(
        "SELECT array_agg(value::jsonb @@ query::jsquery ORDER BY row) FROM unnest(%s::text[]) WITH ORDINALITY AS q "
        "(query, place), unnest(%s::text[]) WITH ORDINALITY AS v (value, row) GROUP BY place ORDER BY place",
        [queries, [json.dumps(row[column]) for row in rows]],
    ).fetchall()
    found_by_engine = [
        answer for at in range(0, len(queries), 50) for answer in _matches(engine, queries[at : at + 50], column)
    ]
    different = [
        (
            query,
            _written(query, column),
            [row[column] for row, a, b in zip(rows, there, here, strict=True) if a != b][:1],
        )
        for query, (there,), here in zip(queries, expected, found_by_engine, strict=True)
        if there != here
    ]
    assert different == []


def _matches(engine: Engine, queries: list[str], column: str) -> list[list[bool]]:
    """For every query, whether each row matches."""
    values: dict[str, object] = {}
    conditions = ", ".join(f"toUInt8({_condition(query, column, values)})" for query in queries)
    found = engine.rows(Statement(f"SELECT [{conditions}] AS found FROM jsquery_rows ORDER BY id", values))
    return [list(map(bool, answers)) for answers in zip(*(row["found"] for row in found), strict=True)]
