"""Requests whose answers are ready are answered at once, for the thread that all connections share; no others are."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Outcome, Service
from ringledger.store.engine import Engine

T0: Final = 1_772_323_200
DAY: Final = 86_400
COLUMNS: Final = ("account", "id", "start_time", "finish_time", "contact_phone_number", "version")

FOUND: Final = {"filter": {"field": "contact_phone_number", "operator": "=", "value": "7905"}}


@pytest.fixture
def token(engine: Engine, registry: Registry) -> str:
    """That of an account with calls of ten days."""
    account = registry.accounts.create("acme").id
    insert(engine, account, range(1, 301))
    return registry.tokens.create("acme")


def insert(engine: Engine, account: int, ids: range) -> None:
    """Calls of an account, one every 50 minutes from T0 on."""
    rows = [
        {
            "account": account,
            "id": one,
            "start_time": T0 + one * 3000,
            "finish_time": T0 + one * 3000 + 60,
            "contact_phone_number": f"790{one % 10}",
            "version": 1,
        }
        for one in ids
    ]
    with engine.changes.writing(account, T0, T0 + 30 * DAY):
        engine.insert("call_sessions", COLUMNS, msgspec.json.Encoder().encode_lines(rows))


def body(token: str, **params: Any) -> bytes:
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-30 00:00:00"}
    asked = {"access_token": token, **period, "fields": ["id", "contact_phone_number"], **params}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": asked}).encode()


def at_once(service: Service, request: bytes) -> Outcome | None:
    return service.answer_at_once(request, "127.0.0.1", "a request", None)


def said(outcome: Outcome | None) -> Any:
    assert outcome is not None
    return json.loads(b"".join(outcome.parts))


@pytest.mark.parametrize("params", [{}, FOUND, {"offset": 250, "sort": [{"field": "start_time", "order": "desc"}]}])
def test_a_page_is_given_at_once_when_it_was_given_before_or_its_rows_are_ready(
    service: Service, token: str, params: dict[str, Any]
) -> None:
    first, other = body(token, **params), body(token, **params, limit=20)
    assert at_once(service, first) is None, "the engine has to be asked"
    answered = said(service.answer(first, "127.0.0.1"))
    assert said(at_once(service, first)) == answered
    service.resources.reports.catch_up()
    page = said(at_once(service, other))["result"]
    assert page["data"] == answered["result"]["data"][:20]
    assert page["metadata"] == answered["result"]["metadata"]


def test_after_a_write_the_old_answer_is_not_given(engine: Engine, service: Service, token: str) -> None:
    request = body(token)
    service.answer(request, "127.0.0.1")
    insert(engine, 1, range(301, 302))
    assert at_once(service, request) is None
    assert said(service.answer(request, "127.0.0.1"))["result"]["metadata"]["total_items"] == 301


def test_what_is_not_answered_at_once_is_neither_paid_nor_noted(
    service: Service, registry: Registry, token: str
) -> None:
    request = body(token)
    service.answer(request, "127.0.0.1")
    registry.accounts.change("acme", day_limit=1000)
    service.write_log()
    assert at_once(service, request) is None, "points are counted on disk"
    assert not service.notebook.log.newest(0, 2**32 - 1, 10)[1:]
    limits = said(service.answer(request, "127.0.0.1"))["result"]["metadata"]["limits"]
    assert limits["day_remaining"] == 999


def test_what_is_answered_at_once_is_noted_as_any_request(service: Service, token: str) -> None:
    request = body(token)
    service.answer(request, "127.0.0.1")
    at_once(service, request)
    at_once(service, body(token, limit="many"))
    service.write_log()
    rows = service.notebook.log.newest(0, 2**32 - 1, 10)
    assert sorted(row["api_request_rows"] for row in rows) == [0, 300, 300]


def test_bad_parameters_are_refused_at_once_and_unknown_tokens_are_looked_up(service: Service, token: str) -> None:
    service.answer(body(token), "127.0.0.1")
    error = said(at_once(service, body(token, limit="many")))["error"]["data"]
    assert (error["mnemonic"], error["field"]) == ("data_type_error", "limit")
    assert at_once(service, body("a guess")) is None
    refused = said(service.answer(body("a guess"), "127.0.0.1"))
    assert refused["error"]["data"]["mnemonic"] == "access_token_invalid"


def test_a_regular_expression_is_tried_by_the_engine(service: Service, token: str) -> None:
    asked = {"field": "contact_phone_number", "operator": "regexp", "value": "5$"}
    assert at_once(service, body(token, filter=asked)) is None
    assert said(service.answer(body(token, filter=asked), "127.0.0.1"))["result"]["metadata"]["total_items"] == 30
