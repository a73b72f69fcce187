"""An independent answer to a report: the protocol's rules in plain Python over a list of rows."""

from __future__ import annotations

import csv
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Node = dict[str, Any]

_TABLES: Final = Path(__file__).parents[1] / "contract"
_DECIMALS: Final = {"sale_cost", "last_answered_employee_rating"}
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Column(NamedTuple):
    """A field as the reference page's table has it; `members` are the names and types of an array's objects."""

    name: str
    type: str
    filterable: bool
    sortable: bool
    default: bool
    values: tuple[str, ...]
    members: dict[str, str]

    @property
    def is_decimal(self) -> bool:
        """Whether the numbers of the field keep their decimals."""
        return self.name in _DECIMALS


def _columns(table: str) -> dict[str, Column]:
    found: dict[str, Column] = {}
    with (_TABLES / table).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["nested_in"]:
                found[line["nested_in"]].members[line["name"]] = line["type"]
                continue
            filterable, sortable = line["filter"] == "yes", line["sort"] == "yes"
            default = line["default"] == "yes" and line["in_seed"] == "yes"
            values = tuple(line["values"].split())
            found[line["name"]] = Column(line["name"], line["type"], filterable, sortable, default, values, {})
    return found


CALLS: Final = _columns("calls_report_fields.csv")
LEGS: Final = _columns("call_legs_report_fields.csv")


def parse(text: str) -> datetime:
    """A local time as if it were UTC."""
    return datetime.fromisoformat(f"{text}+00:00")


def moments(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """The first and the last Unix second at which the zone's clocks show the text, found by trying the offsets near."""
    shown = parse(text)
    offsets = [(shown + timedelta(days=days)).astimezone(zone).utcoffset() or timedelta() for days in (-2, 2)]
    hits = sorted(
        int((shown - offset).timestamp())
        for offset in offsets
        if (shown - offset).astimezone(zone).replace(tzinfo=UTC) == shown
    )
    if hits:
        return hits[0], hits[-1]
    moved = int((shown - offsets[0]).timestamp())
    return moved, moved


class Oracle:
    """Answers valid requests over the rows of one account; every time in a row is in Unix seconds."""

    def __init__(self, columns: dict[str, Column], rows: list[Row], timezone: str, now: int) -> None:
        self._columns = columns
        self._rows = rows
        self._zone = ZoneInfo(timezone)
        self._now = now

    def answer(self, params: Row) -> tuple[list[Row], int]:
        """The reply's data and total_items."""
        rows = self.matching(params)
        rows.sort(key=lambda row: int(row["id"]))
        for item in reversed(params.get("sort") or [{"field": "start_time"}]):
            rows = _sorted(rows, item["field"], descending=(item.get("order") or "asc").lower() == "desc")
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 1000)
        names = params.get("fields") or [name for name, column in self._columns.items() if column.default]
        page = rows[offset : offset + limit]
        return [{name: self._shown(self._columns[name], row[name]) for name in names} for row in page], len(rows)

    def matching(self, params: Row) -> list[Row]:
        """The rows of the period that the filter lets through, running durations counted."""
        begin, end = moments(params["date_from"], self._zone)[0], moments(params["date_till"], self._zone)[1]
        ongoing = bool(params.get("include_ongoing_calls"))
        rows = [row for row in self._rows if begin <= row["start_time"] <= end]
        rows = [self._counted(row) for row in rows if ongoing or row["finish_time"] is not None]
        return [row for row in rows if self._holds(params.get("filter"), row)]

    def _counted(self, row: Row) -> Row:
        if row["finish_time"] is not None:
            return row
        passed = max(0, self._now - row["start_time"])
        counting = {name: passed if row[name] is None else row[name] for name in ("total_duration", "wait_duration")}
        return row | counting

    def _shown(self, column: Column, value: Any) -> Any:
        if column.type == "iso8601":
            return self._text(value)
        if not column.members:
            return value
        return [
            {
                name: self._text(item.get(name)) if kind == "iso8601" else item.get(name)
                for name, kind in column.members.items()
            }
            for item in value
        ]

    def _text(self, moment: int | None) -> str | None:
        if moment is None:
            return None
        shown = (_EPOCH + timedelta(seconds=moment)).astimezone(self._zone)
        return f"{shown:%Y-%m-%d %H:%M:%S}"

    def _holds(self, node: Node | list[Any] | None, row: Row) -> bool:
        """Whether the row passes the filter; every row passes one that is empty."""
        if not node or isinstance(node, list):
            return True
        if "field" in node:
            column = self._columns[node["field"]]
            return self._matches(column, node["operator"], node.get("value"), row[column.name])
        if not node["filters"]:
            return True
        answers = [self._holds(inner, row) for inner in node["filters"]]
        return any(answers) if node.get("condition") == "or" else all(answers)

    def _matches(self, column: Column, sign: str, wanted: Any, value: Any) -> bool:
        if value in (None, []) and not isinstance(value, bool):
            return sign == "=" and wanted is None
        if wanted is None:
            return sign == "!="
        match sign:
            case "like":
                return _like(wanted).fullmatch(value) is not None
            case "regexp":
                return re.search(wanted.replace("$", r"\Z"), value, re.DOTALL) is not None
            case "in":
                return value in wanted
            case "=" | "!=":
                meant = moments(wanted, self._zone) if column.type == "iso8601" else (wanted,)
                return (value in meant) == (sign == "=")
        if column.type == "iso8601":
            first, last = moments(wanted, self._zone)
            wanted = first if sign in {"<", ">="} else last
        return _ORDERS[sign](value, wanted)


def _sorted(rows: list[Row], name: str, *, descending: bool) -> list[Row]:
    filled = [row for row in rows if row[name] is not None]
    filled.sort(key=lambda row: row[name], reverse=descending)
    return filled + [row for row in rows if row[name] is None]


def _like(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            parts.append(re.escape(next(letters)))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter) or re.escape(letter))
    return re.compile("".join(parts), re.DOTALL)
