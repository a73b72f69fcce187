"""Random jsquery texts and random arrays of objects, from a given source of randomness; holds no tests."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ringledger.reporting.jsquery_sql import ArrayShape, Member

ZONE = "Europe/Moscow"
OBJECTS = ArrayShape(
    (
        Member("id", "number"),
        Member("name", "string"),
        Member("is_done", "boolean"),
        Member("change_time", "iso8601"),
        Member("type", "enum"),
    )
)
STRINGS = ArrayShape(None)
OBJECTS_TYPE = """Array(Tuple(id Nullable(Int64), name LowCardinality(Nullable(String)), is_done Nullable(Bool),
 change_time Nullable(DateTime('UTC')), type LowCardinality(Nullable(String))))"""
STRINGS_TYPE = "Array(LowCardinality(String))"

_TEXTS = ["", "a", "b", "auto", "manual", "and", "5", "true", "null", 'q"\\\n\t', "Ж", "😀"]
_NUMBERS = [0, 1, 2, 5, -1, 100, 2**53, 2**63 - 1, -(2**63)]
_MOMENTS = [datetime(2024, 2, 29, 21, 30, tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 1, 5000)]
_NOISE = [
    *("", *".#*%$@?:()[]=<>&,'\\ \"5eand+-é!", "/**/", "/*-- index */", "not", "in", "is", "null", ".5", "1e5"),
    *("1a", ".1", "#1", "1.", "1.5e", "\\u00", "\\u0031", "\\ud83d", '"\\ud83d\\ude00"', '"\\ude00"'),
]
_KEYS = ["id", "name", "is_done", "change_time", "type"]
_WORDS = ["and", "or", "null", "true", "False", "array", "numeric", "String", "a/b"]


class Row(msgspec.Struct, frozen=True):
    """A row's two arrays, as the engine takes them and as the JSON that jsquery sees."""

    stored: dict[str, object]
    objects: str
    strings: str


def row(chance: random.Random) -> Row:
    """Random arrays, often empty, with nulls."""
    objects = [_object(chance) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
    strings = [chance.choice(_TEXTS) for _ in range(chance.choice([0, 1, 2, 3]))]
    shown = [{**item, "change_time": _shown(item["change_time"])} for item in objects]
    stored = [{**item, "change_time": _stored(item["change_time"])} for item in objects]
    return Row({"objects": stored, "strings": strings}, _json(shown), _json(strings))


def _object(chance: random.Random) -> dict[str, object]:
    return {
        "id": chance.choice([None, *_NUMBERS]),
        "name": chance.choice([None, *_TEXTS]),
        "is_done": chance.choice([None, True, False]),
        "change_time": chance.choice([None, *_MOMENTS]),
        "type": chance.choice([None, "auto", "manual"]),
    }


def _shown(moment: object) -> str | None:
    return moment.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M:%S") if isinstance(moment, datetime) else None


def _stored(moment: object) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if isinstance(moment, datetime) else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def query(chance: random.Random, depth: int = 3) -> str:
    """A random text that the extension reads and has a meaning for."""
    roll = chance.random()
    if depth and roll < 0.12:
        return f"{query(chance, depth - 1)} {chance.choice(['and', 'AND'])} {query(chance, depth - 1)}"
    if depth and roll < 0.24:
        return f"{query(chance, depth - 1)} {chance.choice(['or', 'Or'])} {query(chance, depth - 1)}"
    if depth and roll < 0.32:
        return f"{chance.choice(['not', 'NOT'])} {query(chance, depth - 1)}"
    if depth and roll < 0.4:
        return f"({query(chance, depth - 1)})"
    if depth and roll < 0.58:
        return f"{_path(chance, depth)}{chance.choice(['', ' '])}({query(chance, depth - 1)})"
    if roll < 0.65:
        return f"{_path(chance, depth, ends=True)}"
    if roll < 0.75:
        return f"{chance.choice(['', _path(chance, depth) + '.'])}@#{_length(chance, depth)}"
    return f"{_path(chance, depth)} {_hint(chance)}{_comparison(chance)}"


def broken(chance: random.Random) -> str:
    """A random text with a letter or two changed, mostly no jsquery."""
    while True:
        letters = list(query(chance, 2))
        for _ in range(chance.choice([1, 1, 2])):
            place = chance.randrange(len(letters) + 1)
            letters[place : place + chance.choice([0, 1])] = [chance.choice(_NOISE)]
        text = "".join(letters)
        # At a slash of its own the extension writes beyond its buffer, which may end the server.
        if "/" not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL):
            return text


def _path(chance: random.Random, depth: int, *, ends: bool = False) -> str:
    if chance.random() < 0.55:
        return f"{chance.choice(['#', '#', '#:', '*', '*:', '#0', '#1'])}.{_key(chance)}"
    steps = [_step(chance, depth) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
    if ends and steps[-1] == "*:":
        steps[-1] = "*"  # the extension reads memory it does not own where a path ends so
    return ".".join(steps)


def _step(chance: random.Random, depth: int) -> str:
    if depth and chance.random() < 0.08:
        return f"?({query(chance, depth - 1)})"
    return chance.choice(["#", "#:", "%", "%:", "*", "*:", "$", "#0", "#2", _key(chance), _key(chance)])


def _key(chance: random.Random) -> str:
    return chance.choice([*_KEYS, *_KEYS, '"id"', "n\\u0061me", "nothing", '"5"', chance.choice(_WORDS)])


def _hint(chance: random.Random) -> str:
    return chance.choice(["", "", "", "", "/*-- index */ ", "/*--NOINDEX*/", "/* words */ "])


def _comparison(chance: random.Random) -> str:
    kinds = ["array", "numeric", "Object", "STRING", "boolean"]
    return chance.choice(
        [
            f"= {_literal(chance)}",
            f"= {_literal(chance)}",
            f"= {_literal(chance)}",
            f"{chance.choice(['<', '>', '<=', '>=', '< ='])} {_number(chance)}",
            f"in ({_literals(chance)})",
            f"{chance.choice(['&&', '@>', '<@', '='])} [{_literals(chance)}]",
            "= *",
            f"is {chance.choice(kinds)}",
        ]
    )


def _length(chance: random.Random, depth: int) -> str:
    comparison = f"{chance.choice(['=', '<', '>', '<=', '>='])} {chance.choice(['0', '1', '2', '5', '1.5', '1e30'])}"
    if depth and chance.random() < 0.3:
        return f"({chance.choice(['', 'not '])}$ {comparison} {chance.choice(['and', 'or'])} $ in (0, 2, 5))"
    return chance.choice([f" {comparison}", f".$ {comparison}", " in (1, 3, null)", " is array", ' = "1"', " && [1]"])


def _literals(chance: random.Random) -> str:
    return ", ".join(_literal(chance) for _ in range(chance.choice([1, 2, 3])))


def _number(chance: random.Random) -> str:
    fractions = ["1.5", ".5", "-0.5", "5.0", "1e2", "10e-1", "1e30", "-1E+30", "9223372036854775807.5", "1e-400", "+5"]
    return chance.choice([*map(str, _NUMBERS), *map(str, _NUMBERS), *fractions])


def _literal(chance: random.Random) -> str:
    shown = [_json(_shown(moment)) for moment in _MOMENTS]
    words = ["true", "false", "null", "TRUE", "auto", "manual", "or", *shown]
    return chance.choice([_number(chance), _number(chance), *map(_json, _TEXTS), *words])
