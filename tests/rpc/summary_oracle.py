"""An independent answer to get.calls_summary: groups and measures in plain Python over a list of rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.rpc.oracle import CALLS as COLUMNS
from tests.rpc.oracle import Row

EDGES: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TIMES: Final = ("hour", "day", "week", "month", "weekday", "hour_of_day")
ITEMS: Final = {
    "employee_id": "employees",
    "employee_full_name": "employees",
    "tag_name": "tags",
    "tag_id": "tags",
    "segment_id": "segments",
    "segment_name": "segments",
}
DURATIONS: Final = tuple(name for name in COLUMNS if name.endswith("_duration"))
VALUES: Final = tuple(
    column.name
    for column in COLUMNS.values()
    if column.filterable
    and column.type not in {"array", "iso8601"}
    and column.name not in {*DURATIONS, "sale_cost", "id", "communication_id"}
)
BUCKETS: Final = tuple(f"{name}_bucket" for name in DURATIONS)
DIMENSIONS: Final = (*TIMES, *VALUES, *ITEMS, *BUCKETS)
COUNTS: Final[dict[str, Callable[[list[Row]], float | None]]] = {
    "calls_count": len,
    "lost_count": lambda rows: sum(row["is_lost"] is True for row in rows),
    "answered_count": lambda rows: sum(row["is_lost"] is False for row in rows),
    "lost_share": lambda rows: sum(row["is_lost"] is True for row in rows) / len(rows) if rows else None,
    "called_back_count": lambda rows: sum(row["lost_call_processing_duration"] is not None for row in rows),
    "transferred_count": lambda rows: sum(row["is_transfer"] is True for row in rows),
    "contacts_count": lambda rows: len({row["contact_phone_number"] for row in rows} - {None}),
    "sale_cost_sum": lambda rows: _sum([row["sale_cost"] for row in rows if row["sale_cost"] is not None]),
}
MEASURES: Final = (
    *COUNTS,
    *(f"{name}_{kind}" for name in DURATIONS for kind in ("sum", "avg", "max", "median", "p90", "p95")),
)


def _sum(values: list[float]) -> float | None:
    return math.fsum(values) if values else None


def groups(rows: list[Row], params: Row, zone: ZoneInfo) -> tuple[list[Row], int]:
    """The reply's data and total_items for the rows that the request chose."""
    dimensions: list[str] = params.get("dimensions") or []
    measures = params.get("measures") or ["calls_count", "lost_count", "answered_count"]
    found: dict[tuple[Any, ...], list[Row]] = {} if dimensions else {(): []}
    for row in rows:
        for key in _keys(row, dimensions, zone):
            found.setdefault(key, []).append(row)
    data = [
        dict(zip(dimensions, key, strict=True)) | {name: _measure(name, members) for name in measures}
        for key, members in found.items()
    ]
    for item in reversed([*(params.get("sort") or []), *({"field": name} for name in dimensions)]):
        name, descending = item["field"], (item.get("order") or "asc").lower() == "desc"
        filled = sorted((row for row in data if row[name] is not None), key=lambda row: row[name], reverse=descending)
        data = filled + [row for row in data if row[name] is None]
    offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 1000)
    return data[offset : offset + limit], len(data)


def _keys(row: Row, dimensions: list[str], zone: ZoneInfo) -> set[tuple[Any, ...]]:
    """The groups that a row belongs to: one, or one for each of its items."""
    arrays = sorted({ITEMS[name] for name in dimensions if name in ITEMS})
    choices = [row[array] or [{}] for array in arrays]
    keys = set()
    for chosen in itertools.product(*choices):
        items = dict(zip(arrays, chosen, strict=True))
        keys.add(
            tuple(items[ITEMS[name]].get(name) if name in ITEMS else _group(row, name, zone) for name in dimensions)
        )
    return keys


def _group(row: Row, name: str, zone: ZoneInfo) -> Any:
    if name in BUCKETS:
        value = row[name.removesuffix("_bucket")]
        return None if value is None else max(edge for edge in EDGES if edge <= value)
    if name not in TIMES:
        return row[name]
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=row["start_time"])).astimezone(zone)
    return {
        "hour": f"{local:%Y-%m-%d %H}:00:00",
        "day": f"{local:%Y-%m-%d}",
        "week": f"{local - timedelta(days=local.weekday()):%Y-%m-%d}",
        "month": f"{local:%Y-%m}-01",
        "weekday": local.isoweekday(),
        "hour_of_day": local.hour,
    }[name]


def _measure(name: str, rows: list[Row]) -> Any:
    if name in COUNTS:
        return COUNTS[name](rows)
    field, _, kind = name.rpartition("_")
    values = sorted(row[field] for row in rows if row[field] is not None)
    if not values:
        return None
    match kind:
        case "sum":
            return sum(values)
        case "avg":
            return sum(values) / len(values)
        case "max":
            return values[-1]
    return values[int({"median": 0.5, "p90": 0.9, "p95": 0.95}[kind] * len(values))]
