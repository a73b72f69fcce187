"""The fast way of answering against the plain one, which leaves to the engine which version of a row holds."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from typing import Any

import msgspec
import pytest

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.faults import EngineFault
from ringledger.registry.rights import WHOLE, Scope, View
from ringledger.reporting import searched, turns
from ringledger.reporting.params import report_query
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import Page, Plain
from ringledger.reporting.reports import Reports
from ringledger.reporting.turns import Turns
from ringledger.store.engine import Engine, Statement

T0 = 1_773_100_800
"""2026-03-10 00:00:00 UTC."""

COLUMNS = (
    "account", "id", "start_time", "finish_time", "direction", "is_lost", "total_duration", "contact_phone_number",
    "campaign_id", "tags", "virtual_phone_number", "version", "is_deleted",
)  # fmt: skip
VERSIONS = count(1)
LOST: dict[str, Any] = {"field": "is_lost", "operator": "=", "value": True}
FEW: dict[str, Any] = {"field": "id", "operator": "<", "value": 3}
ALL: dict[str, Any] = {"field": "total_duration", "operator": ">=", "value": 0}
TAGGED: dict[str, Any] = {"field": "tags", "operator": "jsquery", "value": "#.tag_id = 3"}


def row(session: int, start: int, **facts: object) -> dict[str, object]:
    made: dict[str, object] = {
        "account": 1,
        "id": session,
        "start_time": start,
        "finish_time": start + 60,
        "direction": "in" if session % 3 else "out",
        "is_lost": session % 4 == 0,
        "total_duration": 60 + session % 50,
        "contact_phone_number": f"4420794{session % 9000:04}",
        "campaign_id": session % 7 or None,
        "tags": [{"tag_id": session % 5, "tag_name": f"tag {session % 5}"}] if session % 2 else [],
        "virtual_phone_number": "442079460101",
        "version": next(VERSIONS),
        "is_deleted": 0,
    }
    return made | facts


def store(engine: Engine, *rows: dict[str, object], replaces: bool = True) -> None:
    starts = [int(str(one["start_time"])) for one in rows]
    with engine.changes.writing(1, min(starts), max(starts), replaces=replaces):
        engine.insert("call_sessions", COLUMNS, msgspec.json.Encoder().encode_lines(rows))


def asked(timezone: str = "Europe/London", view: View = WHOLE, **params: Any) -> ReportQuery:
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-05-31 00:00:00"}
    return report_query(
        CALLS_REPORT, {**period, **params}, account=1, view=view, timezone=timezone, now=T0, compiles=lambda _: True
    )


def read(page: Page) -> tuple[int, list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = msgspec.json.decode(b"".join(page.data))
    return page.total, rows


def ids(page: Page) -> list[int]:
    return [one["id"] for one in read(page)[1]]


def random_query(random: Random) -> ReportQuery:
    begin = random.randrange(1, 28)
    params: dict[str, Any] = {
        "date_from": f"2026-03-{begin:02} {random.choice(['00:00:00', '11:59:59', '13:20:01'])}",
        "date_till": random.choice(["2026-03-29 23:59:59", "2026-04-20 12:00:00", "2026-05-20 00:00:00"]),
        "limit": random.choice([1, 7, 100, 1000, 3000]),
        "offset": random.choice([0, 0, 1, 50, 999, 1000, 2500, 90_000]),
    }
    if random.random() < 0.4:
        params["filter"] = random.choice(
            [
                LOST,
                TAGGED,
                {"condition": "and", "filters": [LOST, TAGGED, {"field": "campaign_id", "operator": "=", "value": 4}]},
                {"condition": "or", "filters": [LOST, TAGGED]},
                {"field": "contact_phone_number", "operator": "like", "value": "%12%"},
                {"field": "id", "operator": "in", "value": [1, 5, 900, 1200]},
            ]
        )
    if random.random() < 0.6:
        order = random.choice(["asc", "desc"])
        params["sort"] = [{"field": random.choice(["start_time", "start_time", "campaign_id"]), "order": order}]
    if random.random() < 0.5:
        params["fields"] = ["id", "start_time", "tags", "campaign_id"]
    view = random.choice([WHOLE, WHOLE, View(is_masked=True), View(scope=Scope(virtual_numbers=("442079460101",)))])
    return asked(random.choice(["UTC", "Europe/London", "Asia/Kolkata"]), view, **params)


def random_change(random: Random, sessions: dict[int, int]) -> dict[str, object]:
    session = random.choice(list(sessions))
    if random.random() < 0.2:
        return row(session, sessions[session], is_deleted=1)
    return row(session, sessions[session], campaign_id=random.randrange(9), is_lost=random.random() < 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_random_queries_amid_random_changes_are_answered_as_the_engine_alone_does(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    monkeypatch.setattr(searched, "_MANY", random.choice([0, 100_000]))
    # Many start in one second, so that pages end within it.
    sessions = {session: T0 + random.choice([session * 700, session % 40 * 3600]) for session in range(1, 4000)}
    store(engine, *(row(session, start) for session, start in sessions.items()))
    reports, plain = Reports(engine, Turns()), Plain(engine, Turns())
    for _ in range(40):
        if random.random() < 0.4:
            store(engine, *(random_change(random, sessions) for _ in range(random.choice([1, 3, 30]))))
        if random.random() < 0.2:
            reports.warm(threading.Event())
        if random.random() < 0.6:
            reports.catch_up()
        query = random_query(random)
        assert read(reports.answer(query)) == read(plain.answer(query)), query


def test_days_that_were_read_ahead_leave_a_first_question_only_its_page_to_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, *(row(session, T0 + session * 40_000) for session in range(1, 100)), row(1, T0, account=2))
    stopped, warm, cold = (Reports(engine, Turns()) for _ in range(3))
    told = threading.Event()
    told.set()
    stopped.warm(told)
    warm.warm(threading.Event())
    statements: list[Statement] = []
    read_by_engine = engine.read

    def noted(statement: Statement, output: str) -> bytes:
        statements.append(statement)
        return read_by_engine(statement, output)

    def statements_of(reports: Reports) -> int:
        statements.clear()
        assert reports.answer(asked(date_from="2026-03-10 00:00:00", date_till="2026-04-30 23:59:59")).total == 99
        return len(statements)

    monkeypatch.setattr(engine, "read", noted)
    assert [statements_of(reports) for reports in (warm, stopped, cold, cold)] == [1, 2, 2, 0]


def test_a_session_that_moved_to_another_start_is_counted_and_shown_once(engine: Engine) -> None:
    reports = Reports(engine, Turns())
    store(engine, row(1, T0), row(2, T0 + 5))
    assert ids(reports.answer(asked())) == [1, 2]
    later = T0 + 2 * 86_400
    store(engine, row(1, T0, is_deleted=1), row(1, later))
    assert ids(reports.answer(asked())) == [2, 1]
    assert reports.answer(asked()).total == 2


def test_pages_of_a_run_join_into_all_rows_in_both_directions(engine: Engine) -> None:
    sessions = {session: T0 + session // 3 * 40 for session in range(1, 3500)}
    store(engine, *(row(session, start) for session, start in sessions.items()))
    reports = Reports(engine, Turns())
    for order in ("asc", "desc"):
        sort = [{"field": "start_time", "order": order}]
        found = []
        for offset in range(0, 3600, 300):
            found += ids(reports.answer(asked(limit=300, offset=offset, sort=sort)))
        expected = sorted(sessions, key=lambda session: (sessions[session] * (1 if order == "asc" else -1), session))
        assert found == expected


def test_a_half_whose_other_half_failed_keeps_its_turn_until_it_has_ended(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "HALVED_PAGE", 2)
    store(engine, *(row(session, T0 + session) for session in range(1, 9)))
    reports, ended = Reports(engine, Turns()), threading.Event()
    assert reports.answer(asked(limit=1)).total == 8
    read_whole = engine.read

    def read(statement: Statement, output: str = "JSONEachRow") -> bytes:
        if not threading.current_thread().name.startswith("later-half"):
            raise EngineFault("the disk is full")
        time.sleep(0.3)
        ended.set()
        return read_whole(statement, output)

    monkeypatch.setattr(engine, "read", read)
    with pytest.raises(EngineFault):
        reports.answer(asked(limit=1000))
    assert ended.is_set()


def test_sessions_under_way_are_left_out_until_they_finish(engine: Engine) -> None:
    reports = Reports(engine, Turns())
    store(engine, row(1, T0), row(2, T0 + 1, finish_time=None), replaces=False)
    assert ids(reports.answer(asked())) == [1]
    assert ids(reports.answer(asked(include_ongoing_calls=True))) == [1, 2]
    store(engine, row(2, T0 + 1), replaces=False)
    assert ids(reports.answer(asked())) == [1, 2]


def test_a_session_under_way_that_is_just_being_written_is_left_out(engine: Engine) -> None:
    reports = Reports(engine, Turns())
    store(engine, row(1, T0), row(3, T0 + 2))
    assert ids(reports.answer(asked())) == [1, 3]
    with engine.changes.writing(1, T0, T0 + 2, replaces=False):
        engine.insert("call_sessions", COLUMNS, msgspec.json.encode(row(2, T0 + 1, finish_time=None)))
        assert ids(reports.answer(asked(limit=7))) == [1, 3]
        assert ids(reports.answer(asked(filter={"field": "id", "operator": "<", "value": 3}))) == [1]
    assert ids(reports.answer(asked(limit=8))) == [1, 3]


def test_accounts_views_zones_and_fields_never_share_answers(engine: Engine) -> None:
    reports = Reports(engine, Turns())
    store(engine, row(1, T0), row(2, T0, account=2))
    masked = View(is_masked=True)
    assert ids(reports.answer(asked())) == [1]
    numbers = {read(reports.answer(asked(view=view)))[1][0]["contact_phone_number"] for view in (WHOLE, masked)}
    times = {read(reports.answer(asked(zone)))[1][0]["start_time"] for zone in ("Europe/London", "Asia/Kolkata")}
    assert len(numbers) == len(times) == 2
    assert list(read(reports.answer(asked(fields=["id"])))[1][0]) == ["id"]


@pytest.mark.parametrize("many", [0, 100_000])
def test_no_answer_is_older_than_a_write_that_was_acknowledged_before_the_question(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """A writer adds and changes sessions without a pause, while readers ask beside it and days are read ahead."""
    monkeypatch.setattr(searched, "_MANY", many)
    reports = Reports(engine, Turns())
    store(engine, *(row(session, T0 + session, total_duration=0) for session in range(1, 200)))
    acknowledged, added = 0, 199
    over = threading.Event()

    def write() -> None:
        nonlocal acknowledged, added
        try:
            for _ in range(25):
                store(engine, row(1, T0 + 1, total_duration=acknowledged + 1))
                acknowledged += 1
                store(engine, row(added + 1, T0 + added + 1), replaces=False)
                added += 1
        finally:
            over.set()

    def ask(seed: int) -> None:
        random = Random(seed)
        while not over.is_set():
            least, rows = acknowledged, added
            params: dict[str, Any] = random.choice(
                [{}, {"limit": 5}, {"limit": 2000}, {"filter": FEW}, {"filter": ALL}, {"filter": ALL, "limit": 3}]
            )
            total, found = read(reports.answer(asked(fields=["id", "total_duration"], **params)))
            shown = [one["id"] for one in found]
            assert len(shown) == len(set(shown)), "a row was shown twice"
            assert found[0]["id"] == 1
            assert found[0]["total_duration"] >= least, "an old version was shown"
            assert total >= (2 if params.get("filter") is FEW else rows), "an acknowledged session was not counted"

    with ThreadPoolExecutor(5) as pool:
        ahead = pool.submit(reports.read_ahead, over)
        for work in [pool.submit(write), *(pool.submit(ask, seed) for seed in range(3)), ahead]:
            work.result()
    total, found = read(reports.answer(asked(limit=1, fields=["total_duration"])))
    assert (total, found) == (224, [{"total_duration": 25}])
