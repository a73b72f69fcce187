"""Pages that are found by values that are ready are those that the engine finds."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec
import pytest
from tests.reporting.test_ready_rows import noted
from tests.reporting.test_reports import T0, asked, read

from ringledger.registry.rights import View
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import Plain
from ringledger.reporting.reports import Reports
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.engine import Engine

COLUMNS: Final = (
    "account", "id", "start_time", "finish_time", "direction", "is_lost", "contact_phone_number", "campaign_id",
    "campaign_name", "utm_source", "virtual_phone_number", "sale_cost", "sale_date", "total_duration", "cpn_region_id",
    "tags", "version",
)  # fmt: skip
TEXTS: Final = [
    "",
    "a",
    "ab",
    "aab",
    "b%",
    "_",
    "Ünï",
    "日本語",
    'say "no"',
    "two\nlines",
    "back\\slash",
    "1",
    "0",
    "ÿ",
]
PATTERNS: Final = [
    "%",
    "",
    "a%",
    "%b",
    "%a%",
    "ab",
    "%\\%%",
    "\\_",
    "%ï",
    "%本%",
    "%\\\\%",
    "%two\n%",
    "%lines%",
    "%aab%%",
]
NUMBERS: Final = ["7900", "79001", "4979001", "12345678901", "", "790017900179001"]


def value(random: Random, *choices: object) -> object:
    """One of them, or nothing."""
    return None if random.random() < 0.2 else random.choice(choices)


def row(random: Random, session: int) -> dict[str, object]:
    start = T0 + session // 4 * 1900
    return {
        "account": 1,
        "id": 5_000_000_000 + session * 7 % 1201,
        "start_time": start,
        "finish_time": start + 60,
        "direction": random.choice(["in", "out"]),
        "is_lost": value(random, True, False),
        "contact_phone_number": value(random, *NUMBERS),
        "campaign_id": value(random, 0, 1, -1, 127, 128, 40_000, 2**31, 2**53),
        "campaign_name": value(random, *TEXTS),
        "utm_source": value(random, *TEXTS),
        "virtual_phone_number": value(random, *TEXTS),
        "sale_cost": value(random, 0.0, -1.5, 1e300, 0.1, 7),
        "sale_date": value(random, T0, T0 + DAY, T0 + 19 * DAY + 4500),
        "total_duration": value(random, 0, 1, 255, 65_536, 2**32 - 1),
        "cpn_region_id": value(random, 3, 4),
        "tags": [{"tag_id": value(random, 1, 2, 3)} for _ in range(random.choice([0, 0, 1, 3]))],
        "version": session,
    }


FIELDS: Final = [
    "campaign_id", "total_duration", "cpn_region_id", "weekday", "sale_cost", "sale_date", "campaign_name",
    "utm_source", "contact_phone_number", "direction", "is_lost", "tags",
]  # fmt: skip
COMPARES: Final = ["=", "!=", "<", ">", "<=", ">="]


def asked_for(random: Random, field: str) -> list[tuple[str, Any]]:
    """Operators and values that a condition on the field may have."""
    match field:
        case "sale_cost":
            costs = [0, -1.5, 1e300, 0.1, 7, -1e308]
            return [*((one, random.choice(costs)) for one in COMPARES), ("in", random.sample(costs, 2))]
        case "sale_date":
            # In the autumn clocks show an hour twice.
            moments = ["2026-03-10 00:00:00", "2026-03-29 01:15:00", "2026-10-25 01:30:00", "1960-01-01 00:00:00"]
            return [(one, random.choice(moments)) for one in COMPARES]
        case "is_lost":
            return [("=", random.random() < 0.5), ("!=", random.random() < 0.5)]
        case "direction":
            return [("=", "in"), ("!=", "in"), ("in", ["out"]), ("in", [])]
        case "tags":
            return [("jsquery", f"#.tag_id = {random.randrange(5)}")]
        case "campaign_name" | "utm_source" | "contact_phone_number":
            texts = NUMBERS if field == "contact_phone_number" else TEXTS
            parts = [f"%{part}%" for part in ("7", "790", "9001", "79001790")] if texts is NUMBERS else PATTERNS
            compared: list[tuple[str, Any]] = [(one, random.choice(texts)) for one in ("=", "!=")]
            return [*compared, ("in", random.sample(texts, 3)), ("like", random.choice(parts))]
        case _:
            numbers = [0, 1, -1, 3, 127, 128, 255, 256, 300, 40_000, 2**31, 2**53, -(2**53)]
            listed: list[tuple[str, Any]] = [("in", random.sample(numbers, 4)), ("in", [])]
            return [*((one, random.choice(numbers)) for one in COMPARES), *listed]


def condition(random: Random) -> dict[str, Any]:
    field = random.choice(FIELDS)
    operator, wanted = random.choice(asked_for(random, field))
    if operator in {"=", "!="} and random.random() < 0.3:
        wanted = None
    return {"field": field, "operator": operator, "value": wanted}


def tree(random: Random, depth: int = 0) -> dict[str, Any]:
    if depth == 3 or random.random() < 0.4:
        return condition(random)
    parts = [tree(random, depth + 1) for _ in range(random.choice([1, 2, 3]))]
    return {"condition": random.choice(["and", "or"]), "filters": parts}


def query(random: Random) -> ReportQuery:
    params: dict[str, Any] = {
        "limit": random.choice([1, 20, 300, 1500]),
        "offset": random.choice([0, 0, 3, 200, 5000]),
        "fields": ["id", "start_time", "campaign_id", "campaign_name", "contact_phone_number", "sale_cost", "tags"],
    }
    if random.random() < 0.8:
        params["filter"] = tree(random)
    if random.random() < 0.7:
        fields = random.sample(["start_time", "campaign_id", "virtual_phone_number", "sale_cost", "sale_date",
                                "is_lost", "direction", "cpn_region_id"], random.choice([1, 1, 2, 3]))  # fmt: skip
        params["sort"] = [{"field": field, "order": random.choice(["asc", "desc"])} for field in fields]
    if random.random() < 0.3:
        params["date_from"], params["date_till"] = "2026-03-12 07:08:09", "2026-03-14 10:11:12"
    return asked(random.choice(["UTC", "Europe/London"]), View(is_masked=random.random() < 0.3), **params)


@pytest.mark.parametrize("seed", range(3))
def test_pages_found_by_values_are_those_that_the_engine_finds(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    rows = [row(random, session) for session in range(1200)]
    with engine.changes.writing(1, T0, T0 + 30 * DAY, replaces=True):
        engine.insert("call_sessions", COLUMNS, msgspec.json.Encoder().encode_lines(rows))
    reports, plain = Reports(engine, Turns(), clock=lambda: T0 + 90 * DAY), Plain(engine, Turns())
    for _ in range(60):
        wanted = query(random)
        first = reports.answer(wanted)
        reports.catch_up()
        again = msgspec.structs.replace(wanted, offset=wanted.offset + 1)
        with noted(engine, monkeypatch) as statements:
            page = reports.answer(again)
        assert statements == [], wanted
        assert read(first) == read(plain.answer(wanted)), wanted
        assert read(page) == read(plain.answer(again)), again
