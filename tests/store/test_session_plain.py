"""A plain line is surely a record: the quick look and the close one agree over hand-made and random lines."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any, Final

import pytest

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from ringledger.store.engine import Engine, Statement
from ringledger.store.session_checks import json_unfit
from ringledger.store.session_plain import is_plain, plain_form

LINES: Final = 4_000
NAMES: Final = ["acme", "Büro"]
VALUES: Final[dict[Kind, tuple[object, ...]]] = {
    Kind.NUMBER: (0, 1, 77, 999_999_999),
    Kind.DECIMAL: (0, -1.5, 1e300, 12),
    Kind.STRING: ("", "a", "ü😀", 'q"\\\n\t\u0000', "null"),
    Kind.BOOLEAN: (True, False),
    Kind.ISO8601: ("2026-03-01 10:00:00", "2024-02-29T23:59:59Z", "2026-03-01 10:00:00.25+03:00"),
}
ODD: Final[tuple[Any, ...]] = (
    *(None, "", "x", " ", 0, -0.0, 1, -1, 1.5, 1e3, 2**32, 2**53, -(2**53), 10**30, True, False, [], {}, [None], [[]]),
    *([{}], [""], [{"id": 1}], {"id": 1}, "in", "5", "Not filled in", "first", ["first"]),
    *(
        "2026-03-01 10:00:00",
        "2026-02-29 10:00:00",
        "2000-02-29 10:00:00",
        "2100-02-29 10:00:00",
        "2026-04-31 10:00:00",
    ),
    *("2026-3-1 10:00:00", "1970-01-01 00:00:00+01:00", "2106-02-07 06:28:16", "2026-03-01 24:00:00", "2026-03-01"),
)
NOISE: Final = (*'{}[]":,\\ \t\r0-eE.+aé', "null", "true", '"id":1,', "\\u0000", "\\ud800", "\x01", "\udc80")


class Lines:
    """Random lines of a session file, right and wrong ones."""

    def __init__(self, seed: str, column: str | None) -> None:
        self._random = Random(seed)
        self._routing = {column: "acme"} if column else {}

    def record(self) -> dict[str, Any]:
        """A record that fits, its members in any order."""
        chosen = self._random.sample(CALLS_REPORT.fields, self._random.choice((0, 3, 10, len(CALLS_REPORT.fields))))
        found = {field.name: self._value(field) for field in chosen}
        found |= {"id": self._random.choice((1, 2**49)), "start_time": "2026-03-01 10:00:00"}
        found["finish_time"] = self._random.choice((None, "2026-03-01 10:00:00", "2026-03-01T13:00:01+03:00"))
        found |= self._routing
        return dict(self._random.sample(list(found.items()), len(found)))

    def _value(self, field: Field) -> Any:
        if self._random.random() < 0.2:
            return None
        if field.kind is not Kind.ARRAY:
            return self._random.choice(field.values or VALUES[field.kind])
        return [self._item(field) for _ in range(self._random.choice((0, 1, 2)))]

    def _item(self, field: Field) -> Any:
        if not field.members:
            return self._random.choice(field.values or VALUES[Kind.STRING])
        members = self._random.sample(field.members, self._random.randint(0, len(field.members)))
        return {member.name: self._value(member) for member in members}

    def line(self) -> bytes:
        """A line that is mostly no record."""
        record = self.record()
        for _ in range(self._random.choice((0, 1, 1, 2))):
            self._spoil(record)
        text = self._written(record)
        if self._random.random() < 0.3:
            at = self._random.randrange(len(text) + 1)
            text = text[:at] + self._random.choice(NOISE) + text[at + self._random.choice((0, 0, 1)) :]
        if self._random.random() < 0.1:
            text = text.replace("{", '{"gclid":null,', 1)
        return text.replace("\n", "").encode("utf-8", "surrogateescape")

    def _written(self, record: dict[str, Any]) -> str:
        separators = self._random.choice(((",", ":"), (", ", ": "), (" ,\t", " : ")))
        text = json.dumps(record, ensure_ascii=self._random.random() < 0.5, separators=separators)
        return self._random.choice(("", " ")) + text + self._random.choice(("", "\r", " \t"))

    def _spoil(self, record: dict[str, Any]) -> None:
        name = self._random.choice(list(record))
        match self._random.randrange(5):
            case 0:
                del record[name]
            case 1:
                record[self._random.choice(("odd", "ID", "", "id ", "tag_id"))] = record.pop(name)
            case 2 if isinstance(record[name], list) and record[name] and isinstance(record[name][0], dict):
                inner = record[name][0]
                inner[self._random.choice([*inner, "odd"])] = deepcopy(self._random.choice(ODD))
            case _:
                record[name] = deepcopy(self._random.choice(ODD))


def looked_at(engine: Engine, lines: list[bytes], column: str | None) -> list[tuple[bool, bool]]:
    """Whether each line is plain, and whether it is unfit."""
    engine.run(Statement("CREATE TABLE plain_lines (n UInt32, line String) ENGINE = MergeTree ORDER BY n"))
    try:
        block = "".join(json.dumps({"n": n, "line": line.hex()}) + "\n" for n, line in enumerate(lines))
        engine.insert("plain_lines", ("n", "line"), block.encode())
        values = {"plain": plain_form(column), "names": NAMES} | ({"column": column} if column else {})
        query = f"SELECT ({is_plain(column)})::Bool AS plain, ({json_unfit(column)})::Bool AS unfit"
        found = engine.rows(
            Statement(f"{query} FROM (SELECT n, unhex(line) AS line FROM plain_lines) ORDER BY n", values)
        )
    finally:
        engine.run(Statement("DROP TABLE plain_lines"))
    return [(row["plain"], row["unfit"]) for row in found]


@pytest.mark.parametrize("column", [None, "whose", "gclid"])
def test_no_line_is_both_plain_and_unfit(engine: Engine, column: str | None) -> None:
    made = Lines(f"lines routed by {column}", column)
    lines = [made.line() for _ in range(LINES)]
    found = looked_at(engine, lines, column)
    assert [line for line, (plain, unfit) in zip(lines, found, strict=True) if plain and unfit] == []
    assert sum(unfit for _, unfit in found) > LINES // 4
    assert sum(plain for plain, _ in found) > LINES // 8


def test_nearly_every_record_is_plain(engine: Engine) -> None:
    made = Lines("records", "whose")
    lines = [json.dumps(made.record()).encode() for _ in range(200)]
    assert looked_at(engine, lines, "whose") == [(True, False)] * 200
