"""Rows that were made ready are what the engine would read, and spare a page its statements."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from secrets import token_bytes
from typing import Any

import msgspec
import pytest
from tests.reporting.test_reports import COLUMNS, LOST, T0, asked, ids, read, row, store

from ringledger.faults import EngineFault
from ringledger.registry.rights import Scope, View
from ringledger.reporting import reading_ahead, ready_rows, searched
from ringledger.reporting import reports as reports_module
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyRows
from ringledger.reporting.reply import Plain
from ringledger.reporting.reports import Reports
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Day
from ringledger.store.engine import Engine, Statement
from ringledger.store.scratch import Scratch

BY_CAMPAIGN: list[dict[str, Any]] = [{"field": "campaign_id", "order": "desc"}]
LIKE_12: dict[str, Any] = {"field": "contact_phone_number", "operator": "regexp", "value": "12"}
LATEST: list[dict[str, Any]] = [{"field": "start_time", "order": "desc"}]


@pytest.fixture
def calls(engine: Engine) -> Engine:
    """Thirty days of calls, a few in each second that has any, and more of a day than are packed together."""
    store(engine, *(row(session, T0 + session // 3 * 2300) for session in range(1, 3380)))
    return engine


@contextmanager
def noted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """The statements that are read meanwhile."""
    statements: list[Statement] = []
    read_by_engine = engine.read

    def note(statement: Statement, output: str = "JSONEachRow") -> bytes:
        statements.append(statement)
        return read_by_engine(statement, output)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "read", note)
        yield statements


def caught_up(engine: Engine, query: ReportQuery, turns: Turns | None = None, now: int = T0 + 90 * DAY) -> Reports:
    """Reports that were asked that, and have made ready what they would."""
    reports = Reports(engine, turns or Turns(), clock=lambda: now)
    reports.answer(query)
    reports.catch_up()
    return reports


@pytest.mark.parametrize(
    ("params", "statements"),
    [
        ({"limit": 700, "offset": 1234}, 0),
        ({"limit": 700, "offset": 1234, "sort": LATEST}, 0),
        ({"limit": 1, "offset": 2222, "date_till": "2026-03-29 12:34:56"}, 0),
        ({"limit": 50, "filter": LOST}, 1),
        ({"limit": 50, "offset": 3, "sort": BY_CAMPAIGN}, 1),
    ],
)
def test_pages_are_put_together_from_rows_that_are_ready(
    calls: Engine, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], statements: int
) -> None:
    reports = caught_up(calls, asked(limit=1))
    with noted(calls, monkeypatch) as found:
        page = reports.answer(asked(**params))
    assert len(found) == statements
    assert read(page) == read(Plain(calls, Turns()).answer(asked(**params)))


def test_a_search_that_only_the_engine_understands_has_it_tell_where_the_rows_are(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = caught_up(calls, asked(limit=5, filter=LIKE_12))
    query = asked(limit=7, filter=LIKE_12)
    with noted(calls, monkeypatch) as found:
        reports.answer(asked(limit=700))
        assert found == []
        page = reports.answer(query)
    assert [statement.sql.split(" FROM ")[0].count(" AS ") for statement in found] == [2], "only where the rows are"
    assert read(page) == read(Plain(calls, Turns()).answer(query))


def test_rows_that_are_not_ready_are_read_by_what_values_tell_of_them(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_MOST", 1000)
    reports = caught_up(calls, asked(limit=1, filter=LOST, sort=BY_CAMPAIGN))
    query = asked(limit=60, offset=30, filter=LOST, sort=BY_CAMPAIGN)
    with noted(calls, monkeypatch) as found:
        page = reports.answer(query)
    assert [" IN " in statement.sql and "is_lost =" not in statement.sql for statement in found] == [True]
    assert read(page) == read(Plain(calls, Turns()).answer(query))


def test_a_search_over_days_that_calls_came_into_reads_nothing_of_the_others(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "_MANY", 100)
    params: dict[str, Any] = {"filter": LOST, "sort": [{"field": "start_time", "order": "desc"}]}
    reports = caught_up(calls, asked(**params))
    at = T0 + 12 * DAY + 40_000
    store(calls, row(9000, at, is_lost=True), row(9001, at + 1, is_lost=False), replaces=False)
    query = asked(**params, limit=600)
    with noted(calls, monkeypatch) as found:
        page = reports.answer(query)
    assert read(page) == read(Plain(calls, Turns()).answer(query))
    assert len(found) == 5, "the day's starts, values of three fields, and rows"
    moments = [value for statement in found[:4] for value in statement.values.values() if isinstance(value, int)]
    assert {moment // DAY for moment in moments if moment > T0} == {at // DAY}
    with noted(calls, monkeypatch) as found:
        reports.answer(asked(**params, limit=5))
    assert len(found) <= 1, "the values are kept"


@pytest.mark.parametrize("params", [{}, {"sort": LATEST}, {"filter": LOST}])
def test_what_is_left_of_a_long_period_is_read_behind_what_others_asked_for(
    calls: Engine, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]
) -> None:
    monkeypatch.setattr(reading_ahead, "_AT_ONCE", 2)
    monkeypatch.setattr(reading_ahead, "_ROWS", 300)
    reports = Reports(calls, Turns(), clock=lambda: T0 + 90 * DAY)
    reports.answer(asked(**params, limit=5))
    reports.answer(asked(limit=5, fields=["id", "start_time"]))
    with noted(calls, monkeypatch) as found:
        reports.catch_up()
    columns = [one.sql.split(" FROM ")[0].count(" AS ") for one in found if "row_value" not in one.sql]
    narrow = [at for at, number in enumerate(columns) if number == 2]
    wide = [at for at, number in enumerate(columns) if number > 2]
    assert wide[0] < narrow[0] < wide[-1]
    with noted(calls, monkeypatch) as found:
        page = reports.answer(asked(**params, limit=1500))
    assert found == []
    assert read(page) == read(Plain(calls, Turns()).answer(asked(**params, limit=1500)))


def test_a_page_at_the_end_of_a_period_makes_those_before_it_ready(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_NEAR", 300)
    reports = caught_up(calls, asked(limit=5, sort=LATEST))
    with noted(calls, monkeypatch) as found:
        reports.answer(asked(limit=200, sort=LATEST))
        assert found == []
        reports.answer(asked(limit=200))
    assert len(found) == 1


def test_only_days_near_a_page_are_made_ready(calls: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_NEAR", 300)
    monkeypatch.setattr(reading_ahead, "_MOST", 1000)
    reports = caught_up(calls, asked(limit=5, filter=LOST))
    with noted(calls, monkeypatch) as found:
        reports.answer(asked(limit=10))
        assert len(found) == 1, "too much would have to be ready for the search"
        reports.catch_up()
        found.clear()
        reports.answer(asked(limit=290))
        assert found == []
        reports.answer(asked(limit=290, offset=1000))
    assert len(found) == 1


@pytest.mark.parametrize("sort", [[], LATEST])
def test_of_a_page_with_a_day_that_was_written_only_what_is_not_ready_is_read(
    calls: Engine, monkeypatch: pytest.MonkeyPatch, sort: list[dict[str, Any]]
) -> None:
    query = asked(limit=3000, offset=100, sort=sort)
    reports = caught_up(calls, query)
    store(calls, row(9000, T0 + 12 * DAY + 77), replaces=False)
    store(calls, row(1800, T0 + 600 * 2300, campaign_id=99))
    with noted(calls, monkeypatch) as found:
        page = reports.answer(query)
    assert found
    assert read(page) == read(Plain(calls, Turns()).answer(query))


def test_a_call_that_comes_in_between_two_statements_of_a_page_neither_doubles_nor_hides_another(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = asked(limit=3300)
    store(calls, row(9100, T0 + 80 * DAY, finish_time=None))  # else any write has a page read anew
    reports = caught_up(calls, query)
    store(calls, row(9000, T0 + 12 * DAY + 77), replaces=False)
    reports.answer(asked(limit=1))  # the days are known, the written one's rows not ready
    read_by_engine = calls.read
    came: list[int] = []

    def read_amid_calls(statement: Statement, output: str = "JSONEachRow") -> bytes:
        if not came:
            came.append(9001)
            store(calls, row(9001, T0 + 12 * DAY + 40_000), replaces=False)
        return read_by_engine(statement, output)

    monkeypatch.setattr(calls, "read", read_amid_calls)
    found = ids(reports.answer(query))
    assert came
    assert found == ids(Plain(calls, Turns()).answer(query))


def test_days_that_are_being_written_are_not_made_ready(calls: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_ROWS", 100)
    reports, plain = Reports(calls, Turns(), clock=lambda: T0 + 90 * DAY), Plain(calls, Turns())
    reports.answer(asked(limit=5))
    reports.answer(asked(limit=5, filter=LOST))
    at = T0 + 12 * DAY + 40_000
    with calls.changes.writing(1, at, at, replaces=False):
        calls.insert("call_sessions", COLUMNS, msgspec.json.encode(row(9001, at, is_lost=True)))
        reports.catch_up()
        for query in (asked(limit=3379), asked(limit=3379, sort=LATEST), asked(limit=1999, filter=LOST)):
            assert ids(reports.answer(query)) == ids(plain.answer(query))
    assert ids(reports.answer(asked(limit=3380))) == ids(plain.answer(asked(limit=3380)))


def test_a_day_under_way_is_made_ready_while_it_has_few_calls(calls: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    amid = T0 + 5 * DAY + 3600
    period: dict[str, Any] = {"date_from": "2026-03-15 00:00:00", "date_till": "2026-03-15 23:59:59"}
    for most, statements in ((5000, 0), (50, 1)):
        monkeypatch.setattr(reading_ahead, "_UNDER_WAY", most)
        reports = caught_up(calls, asked("UTC", **period, limit=1), now=amid)
        with noted(calls, monkeypatch) as found:
            reports.answer(asked("UTC", **period, limit=60))
        assert len(found) == statements


def test_rows_that_are_ready_are_of_one_view_zone_and_list_of_fields(calls: Engine) -> None:
    reports = caught_up(calls, asked(limit=5))
    plain = Plain(calls, Turns())
    for query in (
        asked(limit=9, view=View(is_masked=True)),
        asked("Asia/Kolkata", limit=9),
        asked(limit=9, fields=["id", "tags"]),
        asked(limit=9, view=View(scope=Scope(virtual_numbers=("442079460102",)))),
    ):
        for _ in range(2):
            assert read(reports.answer(query)) == read(plain.answer(query))
            reports.catch_up()


def test_reading_ahead_waits_while_every_turn_is_taken_and_ends_when_told(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, stopping = Turns(), threading.Event()
    reports = Reports(calls, turns, clock=lambda: T0 + 90 * DAY)
    reports.answer(asked(limit=5))
    with ExitStack() as taken, noted(calls, monkeypatch) as found:
        while taken.enter_context(turns.spare()):
            pass
        reading = threading.Thread(target=reports.read_ahead, args=(stopping,))
        reading.start()
        reading.join(0.3)
        assert reading.is_alive()
        assert [statement for statement in found if "start_time" in statement.sql.split(" FROM ")[0]] == []
        stopping.set()
        reading.join(20)
    assert not reading.is_alive()


def test_reading_ahead_waits_while_somebody_waits_for_an_answer_but_not_for_ever(
    calls: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_IDLE", 0.01)
    turns = Turns()
    reports = Reports(calls, turns, clock=lambda: T0 + 90 * DAY)
    for limit, waits, are_read in ((5, 60.0, False), (6, 0.01, True)):
        monkeypatch.setattr(reading_ahead, "_WAITS", waits)
        reports.answer(asked(limit=limit, filter=LOST))
        stopping = threading.Event()
        with turns.asked(), noted(calls, monkeypatch) as found:
            reading = threading.Thread(target=reports.read_ahead, args=(stopping,))
            reading.start()
            reading.join(0.5)
            stopping.set()
            reading.join(20)
        assert (found != []) == are_read
    assert 0 < turns.idle < 20


def test_rows_of_a_ready_day_are_those_that_were_packed() -> None:
    texts = (token_bytes(number % 90).hex().encode() for number in range(203))
    page = b",\n".join(b'{"id":%d,"text":"%b"}' % numbered for numbered in enumerate(texts))
    day = Day(7, 0, array("I", range(203)), {}, all_shown=True)
    ready, lines = ReadyRows(10_000, Scratch(1_000_000)), ready_rows.lines(memoryview(page))
    ready.put("any shape", day, lines, ready_rows.sample(lines))
    [kept] = ready.of("any shape", [day])
    assert kept is not None
    rows = page.split(b",\n")
    for begin, end in ((0, 203), (0, 8), (3, 5), (7, 17), (202, 203), (16, 200)):
        assert b",\n".join(kept.rows(begin, end)) == b",\n".join(rows[begin:end])
    places = [(7, place) for place in (5, 4, 202, 0, 0, 7, 8, 200)]
    assert ready_rows.picked({7: kept}, places) == [rows[place] for _, place in places]


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 3000},
        {"limit": 3000, "sort": LATEST},
        {"limit": 900, "filter": LOST},
        {"limit": 900, "filter": LIKE_12},
    ],
)
def test_rows_that_were_written_over_are_read_again_even_while_a_page_takes_them(
    calls: Engine, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]
) -> None:
    query, rows = asked(**params), Scratch(1_000_000)
    monkeypatch.setattr(reports_module, "Scratch", lambda _: rows)
    reports = caught_up(calls, asked(limit=1, filter=params.get("filter")))
    get = rows.get
    taken: list[int] = []

    def get_amid_writes(place: int, size: int) -> bytes:
        taken.append(place)
        if len(taken) == 2:
            for _ in range(3):
                rows.put(bytes(500_000))
        return get(place, size)

    monkeypatch.setattr(rows, "get", get_amid_writes)
    expected = read(Plain(calls, Turns()).answer(query))
    assert read(reports.answer(query)) == expected
    assert len(taken) >= 2
    assert read(reports.answer(asked(**{**params, "limit": 899}))) == (expected[0], expected[1][:899])


def test_a_fault_of_the_engine_leaves_reading_ahead_to_go_on(calls: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = Reports(calls, Turns(), clock=lambda: T0 + 90 * DAY)
    reports.answer(asked(limit=5))
    with monkeypatch.context() as patch:
        patch.setattr(calls, "read", _fail)
        reports.catch_up()
    reports.answer(asked(limit=6))
    reports.catch_up()
    with noted(calls, monkeypatch) as found:
        reports.answer(asked(limit=700))
    assert found == []


def _fail(*_: object) -> bytes:
    raise EngineFault("no disk")
