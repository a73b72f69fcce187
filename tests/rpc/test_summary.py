"""get.calls_summary against a plain oracle, and its errors."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.rpc.oracle import CALLS, Oracle
from tests.rpc.samples import Samples, stored
from tests.rpc.summary_oracle import DIMENSIONS, MEASURES, groups
from tests.rpc.test_oracle import ZONES

from ringledger.catalogue.calls_summary import CALLS_SUMMARY
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Scope, View
from ringledger.reporting.summary import Summaries
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine
from ringledger.store.session_files import Route, import_file

REQUESTS = int(os.environ.get("RINGLEDGER_ORACLE_REQUESTS", "300"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/r.db")
    yield opened
    opened.close()


def _request(samples: Samples, random: Random, token: str) -> dict[str, Any]:
    params = samples.request(token)
    for name in ("fields", "sort"):
        params.pop(name, None)
    params["dimensions"] = random.sample(DIMENSIONS, random.choice((0, 1, 1, 2, 3)))
    params["measures"] = random.sample(MEASURES, random.choice((0, 1, 3, 8)))
    chosen = params["dimensions"] + (params["measures"] or ["calls_count"])
    params["sort"] = [
        {"field": name, "order": random.choice(("asc", "desc"))}
        for name in random.sample(chosen, random.choice((0, 0, 1)) if chosen else 0)
    ]
    return params


def _same(got: object, wanted: object) -> bool:
    """Whether they are equal; the engine adds decimals up in an order of its own."""
    return got == (pytest.approx(wanted, rel=1e-12) if isinstance(wanted, float) else wanted)


@pytest.mark.parametrize("timezone", ZONES)
def test_random_summaries_are_what_plain_python_works_out(
    engine: Engine, registry: Registry, tmp_path: Path, timezone: str
) -> None:
    samples = Samples(Random(f"summary rows of {timezone}"), ZONES[timezone])
    rows = samples.rows(250)
    for at, name in enumerate(("asked", "other")):
        path = tmp_path / f"{name}.ndjson"
        chosen = rows if at == 0 else rows[::2]
        path.write_text("".join(json.dumps(stored(row)) + "\n" for row in chosen), encoding="utf-8")
        account = registry.accounts.create(name, timezone=timezone)
        import_file(engine, path, Route(account.id, None, {}), now=(at + 1) * 1_000_000)
    service = Service(engine, registry, lambda: samples.end + 0.5)
    oracle = Oracle(CALLS, rows, timezone, samples.end)
    token = registry.tokens.create("asked")
    found = 0
    for number in range(REQUESTS // len(ZONES)):
        random = Random(f"summary {number} of {timezone}")
        asked = _request(Samples(random, ZONES[timezone]), random, token)
        body = {"jsonrpc": "2.0", "id": number, "method": "get.calls_summary", "params": asked}
        outcome = service.answer(json.dumps(body).encode(), "127.0.0.1")
        assert outcome.mnemonic == "ok", (asked, outcome.parts)
        result = json.loads(b"".join(outcome.parts))["result"]
        data, total = groups(oracle.matching(asked), asked, ZoneInfo(timezone))
        assert result["metadata"]["total_items"] == total, asked
        assert len(result["data"]) == len(data), asked
        for got, wanted in zip(result["data"], data, strict=True):
            assert list(got) == list(wanted), asked
            assert all(_same(got[name], value) for name, value in wanted.items()), (asked, got, wanted)
        found += len(data)
    assert found > REQUESTS, "the requests find too little to tell anything"


def test_the_catalogue_has_the_dimensions_and_measures_that_are_tested() -> None:
    assert [one.shown.name for one in CALLS_SUMMARY.dimensions] == list(DIMENSIONS)
    assert [one.shown.name for one in CALLS_SUMMARY.measures] == list(MEASURES)


def test_a_confined_user_sums_up_nothing_beyond_what_the_report_shows_and_numbers_stay_masked(
    engine: Engine, registry: Registry, tmp_path: Path
) -> None:
    account = registry.accounts.create("acme")
    view = View(Scope(virtual_numbers=("442079460101",)), is_masked=True)
    registry.users.create("acme", "bob", "password1", view=view)
    row = {"start_time": "2026-03-05 10:00:00", "contact_phone_number": "447700900123"}
    calls = [{**row, "id": 1, "virtual_phone_number": "442079460101"}, {**row, "id": 2, "virtual_phone_number": "4"}]
    path = tmp_path / "calls.ndjson"
    path.write_text("".join(json.dumps(call | {"finish_time": "2026-03-05 10:01:00"}) + "\n" for call in calls))
    import_file(engine, path, Route(account.id, None, {}), now=1)
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
    asked = {"access_token": registry.tokens.create("acme", login="bob"), **period}

    def answered(method: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked | params}
        return json.loads(b"".join(Service(engine, registry).answer(json.dumps(body).encode(), "127.0.0.1").parts))

    [shown] = answered("get.calls_report")["result"]["data"]
    assert shown["contact_phone_number"] != "447700900123"
    summary = answered("get.calls_summary", dimensions=["contact_phone_number"], measures=["calls_count"])["result"]
    assert summary["data"] == [{"contact_phone_number": shown["contact_phone_number"], "calls_count": 1}]


def test_a_filter_by_weekday_and_hour_chooses_the_calls_of_that_group(
    engine: Engine, registry: Registry, tmp_path: Path
) -> None:
    acme = Acme(engine, registry, tmp_path, timezone="Europe/London")
    # Every 53 minutes through the night in which clocks go forward, and its week.
    starts = [datetime(2026, 3, 25, tzinfo=UTC) + timedelta(minutes=53 * step) for step in range(180)]
    acme.keep(
        *(
            {"id": at, "start_time": f"{start:%Y-%m-%d %H:%M:%S}", "finish_time": "2026-04-02 00:00:00"}
            for at, start in enumerate(starts, 1)
        )
    )
    groups = acme.ask(dimensions=["weekday", "hour_of_day"], measures=["calls_count"])["result"]["data"]
    assert sum(group["calls_count"] for group in groups) == len(starts)
    for group in groups[::9]:
        chosen = [{"field": name, "operator": "=", "value": group[name]} for name in ("weekday", "hour_of_day")]
        found = acme.ask("get.calls_report", filter={"filters": chosen}, fields=["start_time"])
        locals_ = [datetime.fromisoformat(row["start_time"]) for row in found["result"]["data"]]
        assert {(one.isoweekday(), one.hour) for one in locals_} == {(group["weekday"], group["hour_of_day"])}
        assert len(locals_) == group["calls_count"]


class Acme:
    """An account, its calls of March and what its summary says of them."""

    def __init__(self, engine: Engine, registry: Registry, folder: Path, timezone: str = "UTC") -> None:
        self.account = registry.accounts.create("acme", timezone=timezone)
        self._engine = engine
        self._token = registry.tokens.create("acme")
        self._path = folder / "calls.ndjson"
        self._service = Service(engine, registry)
        self._imports = 0

    def keep(self, *rows: dict[str, Any]) -> None:
        """Brings calls in, or newer versions of them."""
        moments = {"start_time": "2026-03-05 10:00:00", "finish_time": "2026-03-05 10:01:00"}
        self._path.write_text("".join(json.dumps(moments | row) + "\n" for row in rows))
        self._imports += 1
        import_file(self._engine, self._path, Route(self.account.id, None, {}), now=self._imports)

    def ask(self, method: str = "get.calls_summary", **params: Any) -> Any:
        """The reply to a request about March."""
        period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
        asked = {"access_token": self._token, **period, **params}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked}
        return json.loads(b"".join(self._service.answer(json.dumps(body).encode(), "127.0.0.1").parts))


@pytest.fixture
def acme(engine: Engine, registry: Registry, tmp_path: Path) -> Acme:
    return Acme(engine, registry, tmp_path)


def test_an_answer_is_remembered_until_a_call_of_its_period_is_written(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.keep({"id": 1, "is_lost": True}, {"id": 2, "is_lost": True})
    assert acme.ask(measures=["lost_count"])["result"]["data"] == [{"lost_count": 2}]
    with monkeypatch.context() as patch:
        patch.setattr(Summaries, "_reckoned", lambda *_: pytest.fail("it was reckoned again"))
        assert acme.ask(measures=["lost_count"])["result"]["data"] == [{"lost_count": 2}]
    acme.keep({"id": 2, "is_lost": False})
    assert acme.ask(measures=["lost_count"])["result"]["data"] == [{"lost_count": 1}]


@pytest.mark.parametrize(
    ("numbers", "count"),
    [((None, None), 0), (("", None), 1), (("", "1", "1"), 2), (("1", "2", None, None), 2), ((), 0)],
)
def test_different_contacts_are_counted_without_those_that_are_not_known(
    acme: Acme, numbers: tuple[str | None, ...], count: int
) -> None:
    acme.keep(*({"id": at, "contact_phone_number": number} for at, number in enumerate(numbers, 1)))
    assert acme.ask(measures=["contacts_count"])["result"]["data"] == [{"contacts_count": count}]


def test_several_summaries_in_one_request_are_what_each_answers_alone(acme: Acme) -> None:
    calls = [{"id": at, "is_lost": at % 3 == 0, "campaign_name": f"C{at % 5}"} for at in range(1, 41)]
    acme.keep(*calls)
    lost = {"field": "is_lost", "operator": "=", "value": True}
    asked: list[dict[str, Any]] = [
        {"measures": ["calls_count", "contacts_count"]},
        {"dimensions": ["campaign_name"], "sort": [{"field": "calls_count", "order": "desc"}], "limit": 2, "offset": 1},
        {},
    ]
    result = acme.ask(groupings=asked, filter=lost)["result"]
    alone = [acme.ask(filter=lost, **one)["result"] for one in asked]
    assert result["metadata"]["total_items"] == 3
    assert [one["data"] for one in result["data"]] == [one["data"] for one in alone]
    assert (
        [one["total_items"] for one in result["data"]] == [one["metadata"]["total_items"] for one in alone] == [1, 5, 1]
    )


FAULTS: list[tuple[dict[str, Any], tuple[object, ...]]] = [
    ({"dimensions": "day"}, ("data_type_error", "dimensions", "day")),
    ({"dimensions": [7]}, ("data_type_error", "dimensions.0", 7)),
    ({"dimensions": ["day", "nope"]}, ("unexpected_parameters", "dimensions.1", "nope")),
    ({"dimensions": ["calls_count"]}, ("unexpected_parameters", "dimensions.0", "calls_count")),
    ({"dimensions": ["day", "day"]}, ("invalid_parameter_value", "dimensions.1", "day")),
    (
        {"dimensions": ["day", "hour", "week", "month", "weekday"]},
        ("invalid_parameter_value", "dimensions", ["day", "hour", "week", "month", "weekday"]),
    ),
    ({"measures": {}}, ("data_type_error", "measures", {})),
    ({"measures": ["day"]}, ("unexpected_parameters", "measures.0", "day")),
    ({"measures": ["lost_share", "lost_share"]}, ("invalid_parameter_value", "measures.1", "lost_share")),
    ({"sort": [{"field": "day"}]}, ("invalid_parameter_value", "sort.0.field", "day")),
    ({"sort": [{"field": "start_time"}]}, ("unexpected_parameters", "sort.0.field", "start_time")),
    ({"sort": [{"field": "calls_count", "order": "up"}]}, ("invalid_parameter_value", "sort.0.order", "up")),
    ({"limit": 0}, ("invalid_parameter_value", "limit", 0)),
    ({"fields": []}, ("unexpected_parameters", "fields", [])),
    ({"groupings": [{}], "measures": ["calls_count"]}, ("invalid_parameters_combination", "measures", ["calls_count"])),
    ({"groupings": [{}], "limit": 5}, ("invalid_parameters_combination", "limit", 5)),
    ({"groupings": []}, ("invalid_parameter_value", "groupings", [])),
    (
        {"groupings": [{}, {"dimensions": ["day", "nope"]}]},
        ("unexpected_parameters", "groupings.1.dimensions.1", "nope"),
    ),
    ({"groupings": [{"nope": 1}]}, ("unexpected_parameters", "groupings.0.nope", 1)),
    ({"groupings": [{"limit": 0}]}, ("invalid_parameter_value", "groupings.0.limit", 0)),
    ({"groupings": [{"sort": [{"field": "day"}]}]}, ("invalid_parameter_value", "groupings.0.sort.0.field", "day")),
    ({"filter": {"field": "hour"}}, ("unexpected_parameters", "filter.field", "hour")),
    (
        {"filter": {"field": "weekday", "operator": "like", "value": "1"}},
        ("invalid_parameter_value", "filter.operator", "like"),
    ),
    ({"filter": {"field": "nope"}}, ("unexpected_parameters", "filter.field", "nope")),
    ({"date_till": "2027-01-01 00:00:00"}, ("date_interval_limit_reached", "date_till", "2027-01-01 00:00:00")),
]


@pytest.mark.parametrize(("params", "fault"), FAULTS, ids=[f"{fault[1]} {fault[0]}" for _, fault in FAULTS])
def test_what_a_summary_does_not_understand_is_named(
    engine: Engine, registry: Registry, params: dict[str, Any], fault: tuple[object, ...]
) -> None:
    registry.accounts.create("acme")
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
    asked = {"access_token": registry.tokens.create("acme"), **period, **params}
    body = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_summary", "params": asked}
    outcome = Service(engine, registry).answer(json.dumps(body).encode(), "127.0.0.1")
    data = json.loads(b"".join(outcome.parts))["error"]["data"]
    assert (data["mnemonic"], data["field"], data["value"]) == fault
