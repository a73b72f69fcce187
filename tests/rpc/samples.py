"""Random rows and random valid requests of a report, the same for the same seed."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from tests.rpc.oracle import CALLS, Column, Row

DAYS: Final = 100
_TEXTS: Final = (
    *(
        "",
        "a",
        "A",
        "ab",
        "a_b",
        "100%",
        "back\\slash",
        "new\nline",
        "tab\t",
        "quo'te",
        '"',
        "ü",
        "Ünder",
        "日本",
        "😀",
    ),
    *("{p0:String}", "Москва", "москва", "google", "google.com", "79260000000", "74950000000", "null", " a ", "]x-"),
)
_PATTERNS: Final = ("^a", "b$", "o{2}", "(goo|79)", "[0-9]{3,}", "^$", ".", "a.b", "[^a]", "l.n", r"\.com$", "ü", "х*в")
_BIG: Final = 2**53
_COUNTS: Final = {"visits_count", "communication_number", "release_cause_code"}


def text(moment: int) -> str:
    """A moment in UTC as the store's files and, read as a local time, the protocol have it."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"


class Samples:
    """Rows and requests of one account around the moment at which its clocks change."""

    def __init__(self, random: Random, change: datetime, columns: dict[str, Column] = CALLS) -> None:
        self._random = random
        self._columns = columns
        self._change = int(change.timestamp())

    @property
    def end(self) -> int:
        """The last moment of the days that the rows lie in."""
        return self._change + DAYS * 43200

    def rows(self, number: int) -> list[Row]:
        """That many rows with ids in no order."""
        ids = self._random.sample(range(1, 10 * number), number)
        return [self._row(identity if self._random.random() < 0.9 else _BIG - identity) for identity in ids]

    def _moment(self) -> int:
        near = self._random.random() < 0.4
        reach = 3 * 3600 if near else DAYS * 43200
        moment = self._change + self._random.randint(-reach, reach)
        return moment - moment % 600 if near else moment

    def _row(self, identity: int) -> Row:
        row = {name: self._value(column) for name, column in self._columns.items()}
        row["id"], row["start_time"] = identity, self._moment()
        row["finish_time"] = row["start_time"] + self._random.randint(0, 4000)
        if self._random.random() < 0.2:
            row["finish_time"] = row["total_duration"] = None
        for name in ("direction", "is_lost", "source", "communication_id", "communication_type", "call_session_id"):
            while name in row and row[name] is None:
                row[name] = self._value(self._columns[name])
        return row

    def _value(self, column: Column) -> Any:
        if column.type == "array":
            return [self._item(column) for _ in range(self._random.choice((0, 0, 1, 3)))]
        return self._scalar(column)

    def _item(self, column: Column) -> Any:
        if not column.members:
            return self._random.choice(column.values or _TEXTS)
        return {
            name: self._scalar(Column(name, kind, False, False, False, ("auto", "manual"), {}))
            for name, kind in column.members.items()
        }

    def _scalar(self, column: Column) -> Any:
        if self._random.random() < 0.25:
            return None
        match column.type:
            case "number" if column.is_decimal:
                return self._random.choice((0.0, 0.1, -2.5, 4.75, 1e15, 12.0))
            case "number" if "duration" in column.name or column.name in _COUNTS:
                return self._random.choice((0, 1, 30, 30, 59, 3600, 2**32 - 1))
            case "number":
                return self._random.choice((0, 1, 2, 3, 10, 77, -5, _BIG - 1))
            case "boolean":
                return self._random.random() < 0.5
            case "iso8601":
                return self._moment()
            case "enum":
                return self._random.choice(column.values[:5])
        return self._random.choice(_TEXTS)

    def request(self, token: str) -> Row:
        """The parameters of a valid request."""
        params: Row = {"access_token": token, **self._period()}
        columns = list(self._columns)
        if self._random.random() < 0.7:
            params["filter"] = self._filter(self._random.choice((0, 0, 1, 1, 2, 3, 6)))
        if self._random.random() < 0.7 and self._columns is CALLS:
            params["fields"] = self._random.sample(columns, self._random.choice((0, 1, 3, 8, len(columns))))
        if self._random.random() < 0.6:
            sortable = [name for name in columns if self._columns[name].sortable]
            chosen = self._random.sample(sortable, self._random.choice((0, 1, 1, 2, 3)))
            params["sort"] = [self._order(name) for name in chosen]
        if self._random.random() < 0.5:
            params["limit"] = self._random.choice((1, 2, 7, 50, 10_000, 30.0, None))
            params["offset"] = self._random.choice((0, 1, 5, 40, 100_000, None))
        if self._random.random() < 0.6 and self._columns is CALLS:
            params["include_ongoing_calls"] = self._random.choice((True, True, False, None))
        return params

    def _order(self, name: str) -> Row:
        item: Row = {"field": name}
        if self._random.random() < 0.8:
            item["order"] = self._random.choice(("asc", "desc", "DESC", "Asc", None))
        return item

    def _period(self) -> Row:
        begin, end = sorted((self._local(), self._local()))
        if self._random.random() < 0.4:
            begin = self._change - 45 * 86400
            end = begin + 88 * 86400
        return {"date_from": text(begin), "date_till": text(min(end, begin + 88 * 86400))}

    def _local(self) -> int:
        return self._moment() + self._random.choice((0, 3600, -18000, -14400))

    def _filter(self, depth: int) -> Any:
        if depth == 0 or self._random.random() < 0.2:
            if self._random.random() < 0.08:
                return self._random.choice(({}, [], None, {"filters": []}, {"filters": None, "condition": "or"}))
            return self._simple()
        parts = [self._filter(depth - 1) for _ in range(self._random.choice((1, 2, 2, 3)))]
        node: Row = {"filters": parts}
        if self._random.random() < 0.9:
            node["condition"] = self._random.choice(("and", "or", "or", None))
        return node

    def _simple(self) -> Row:
        column = self._random.choice([column for column in self._columns.values() if column.filterable])
        sign = self._random.choice(_signs(column))
        node: Row = {"field": column.name, "operator": sign}
        value = self._wanted(column, sign)
        if value is not None or self._random.random() < 0.5:
            node["value"] = value
        return node

    def _wanted(self, column: Column, sign: str) -> Any:
        if column.type == "array" or (sign in {"=", "!="} and self._random.random() < 0.2):
            return None
        match sign:
            case "in":
                return [self._known(column) for _ in range(self._random.choice((0, 1, 2, 5)))]
            case "like":
                return self._like()
            case "regexp":
                return self._random.choice(_PATTERNS)
        return self._known(column)

    def _known(self, column: Column) -> Any:
        while (value := self._scalar(column)) is None:
            pass
        if column.type == "iso8601":
            return text(self._local())
        if column.type == "number" and self._random.random() < 0.2:
            return self._random.choice((value + 1, float(value), -_BIG, 5e-324 if column.is_decimal else _BIG))
        return value

    def _like(self) -> str:
        letters = list(self._random.choice(_TEXTS).replace("\\", "\\\\"))
        for _ in range(self._random.choice((1, 1, 2))):
            letters.insert(self._random.randint(0, len(letters)), self._random.choice(("%", "%", "_", "")))
        pattern = "".join(letters)
        lone = len(pattern) - len(pattern.rstrip("\\"))
        return pattern + "\\" if lone % 2 else pattern


def _signs(column: Column) -> tuple[str, ...]:
    more: dict[str, tuple[str, ...]] = {
        "number": ("<", ">", "<=", ">=", "in"),
        "iso8601": ("<", ">", "<=", ">="),
        "string": ("like", "like", "regexp", "in"),
        "enum": ("in",),
    }
    return ("=", "!=", *more.get(column.type, ()))


def stored(row: Row) -> Row:
    """The row of a session as a line of a session file, times in UTC."""
    line: Row = {}
    for name, value in row.items():
        column = CALLS[name]
        if value is not None and column.type == "iso8601":
            line[name] = text(value)
        elif column.members:
            moments = {member for member, kind in column.members.items() if kind == "iso8601"}
            line[name] = [
                {key: text(inner) if key in moments and inner is not None else inner for key, inner in item.items()}
                for item in value
            ]
        else:
            line[name] = value
    return line
