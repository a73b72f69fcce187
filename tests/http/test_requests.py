"""Every request is in the request log, by whichever door it came, whoever sent it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.http.test_media import OTHER, SESSION, House
from tests.intake.sounds import mp3

from ringledger.calls.codes import MediaKind
from ringledger.http import ongoing
from ringledger.registry.rights import Role, Scope, View
from ringledger.rpc.media import Place, signed
from ringledger.store.engine import Engine
from ringledger.store.request_log import RequestLog

PERIOD = {"date_from": "2026-09-01 00:00:00", "date_till": "2026-10-01 00:00:00"}
Sent = tuple[str, str, dict[str, Any]]


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    house = House(engine, tmp_path)
    yield house
    house.registry.close()


def visit(house: House, *requests: Sent) -> list[httpx.Response]:
    """The replies to requests, one after the other, of a server that then ends."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(house.app, client=("127.0.0.1", 1))
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        async with house.app.router.lifespan_context(house.app), client:
            return [await client.request(method, path, **options) for method, path, options in requests]

    return asyncio.run(send())


def logged(house: House) -> list[dict[str, Any]]:
    return RequestLog(house.engine).newest(0, 2**32 - 1, 1000)[::-1]


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    """Account, component, method, mnemonic, session and points of a row."""
    names = ("api_request_method", "api_request_error_mnemonic", "call_session_id", "api_request_method_weight")
    return row["account"], row["api_request_component"]["value_id"], *(row[name] for name in names)


def call(method: str, token: str | None = None, **params: Any) -> Sent:
    params = {"access_token": token, **params} if token else params
    return "POST", "/v2.0", {"json": {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}}


def test_what_belongs_to_no_account_is_logged_without_what_was_sent(house: House) -> None:
    secret = "a-mistyped-token"
    visit(
        house,
        call("get.account", secret),
        ("POST", "/v2.0", {"content": f'{{"jsonrpc": "2.0", "access_token": "{secret}"'}),
        ("POST", "/v2.0", {"json": [], "headers": {"x-request-id": "my own"}}),
        call("login.user", login=secret, password=secret),
        call("get.nothing", secret),
        call("rpc.discover"),
        ("POST", "/export/csv", {"json": {"jsonrpc": "2.0", "id": "e", "method": "get.calls_report", "params": {}}}),
        ("GET", f"/system/media/talk/{SESSION}/x/", {"params": {"access_token": secret}}),
    )
    rows = logged(house)
    assert [told(row)[:4] for row in rows] == [
        (0, "data_api", "get.account", "access_token_invalid"),
        (0, "data_api", "", "parse_error"),
        (0, "data_api", "", "batch_operations_not_supported"),
        (0, "data_api", "login.user", "auth_error"),
        (0, "data_api", "get.nothing", "method_not_found"),
        (0, "data_api", "rpc.discover", None),
        (0, "export", "get.calls_report", "required_parameter_missed"),
        (0, "media", "media.talk", "access_token_invalid"),
    ]
    assert {row["api_request_ip"] for row in rows} == {"127.0.0.1"}
    assert (rows[2]["api_request_raw_ext_id"], rows[2]["api_request_raw_id"]) == ("my own", None)
    assert secret not in json.dumps(rows)


def test_who_sends_a_known_token_with_what_is_no_request_is_recognised(house: House) -> None:
    bad = {"content": "no JSON", "headers": {"authorization": f"Bearer {house.token}"}}
    not_two = {"jsonrpc": "1.0", "id": 7, "method": "get.account", "params": {"access_token": house.token}}
    visit(house, call("get.account", "nope"), ("POST", "/v2.0", bad), ("POST", "/v2.0", {"json": not_two}))
    assert [told(row)[:4] for row in logged(house)] == [
        (0, "data_api", "get.account", "access_token_invalid"),
        (house.acme, "data_api", "", "parse_error"),
        (house.acme, "data_api", "get.account", "invalid_request"),
    ]


def test_what_http_refuses_is_logged_for_the_account_whose_token_came_with_it(house: House) -> None:
    bearer = {"authorization": f"Bearer {house.token}"}
    long = {"access_token": house.token, "filler": "x" * 1_100_000}
    replies = visit(
        house,
        ("GET", "/v2.0", {}),
        ("PUT", "/v2.0", {"headers": bearer, "content": "x"}),
        ("POST", "/v2.0", {"json": {"method": "get.account", "params": long}}),
        ("POST", "/v2.0", {"json": {"method": "get.account", "params": long | {"access_token": "nope"}}}),
        ("POST", "/v2.0", {"headers": bearer, "content": b"x" * 17_000_000}),
        ("POST", "/export/csv", {"headers": bearer, "content": b"x" * 1_100_000}),
    )
    assert [reply.status_code for reply in replies] == [405, 405, 413, 413, 413, 413]
    assert [(*told(row)[:4], row["api_request_error_code"]) for row in logged(house)] == [
        (0, "data_api", "", "verb_not_allowed", "405"),
        (house.acme, "data_api", "", "verb_not_allowed", "405"),
        (house.acme, "data_api", "get.account", "body_too_long", "413"),
        (0, "data_api", "get.account", "body_too_long", "413"),
        (house.acme, "data_api", "", "body_too_long", "413"),
        (house.acme, "export", "", "body_too_long", "413"),
    ]
    assert all("x" not in (row["api_request_body"] or "") for row in logged(house))


def test_a_recording_that_is_played_is_logged_with_its_session(house: House) -> None:
    kept = house.attach(mp3(0.2))
    house.registry.users.create("acme", "bob", "password1", role=Role.READER, view=View(Scope(employee_ids=(9,))))
    confined = house.registry.tokens.create("acme", "bob")
    path = f"/system/media/talk/{SESSION}/{kept.mp3}/"
    link = signed(house.registry, house.acme, Place(MediaKind.TALK, SESSION, kept.mp3), int(time.time()) + 60)
    replies = visit(
        house,
        ("GET", path, {"params": {"access_token": house.token}}),
        ("GET", path, {"params": {"access_token": confined}}),
        ("GET", link, {}),
        ("GET", f"/system/media/talk/{OTHER}/{kept.mp3}/", {"params": {"access_token": house.token}}),
    )
    assert [reply.status_code for reply in replies] == [200, 404, 200, 404]
    assert [told(row) for row in logged(house)] == [
        (house.acme, "media", "media.talk", None, SESSION, 0),
        (house.acme, "media", "media.talk", "entity_not_found", None, 0),
        (house.acme, "media", "media.talk", None, SESSION, 0),
        (house.acme, "media", "media.talk", "entity_not_found", None, 0),
    ]
    assert "signature" not in json.dumps(logged(house))


def test_an_export_is_logged_and_paid_and_its_errors_are_the_api_s(house: House) -> None:
    house.registry.accounts.change("acme", day_limit=2)
    one = {"field": "id", "operator": "=", "value": SESSION}
    body = {"jsonrpc": "2.0", "id": "mine", "method": "get.calls_report", "params": {**PERIOD, "filter": one}}
    headers = {"authorization": f"Bearer {house.token}"}
    export = ("POST", "/export/csv", {"json": body, "headers": headers})
    bad = ("POST", "/export/csv", {"json": body | {"params": {**PERIOD, "nope": 1}}, "headers": headers})
    other = ("POST", "/export/csv", {"json": body | {"method": "get.account"}, "headers": headers})
    replies = visit(house, export, bad, other, export, export)
    assert [reply.headers["content-type"].partition(";")[0] for reply in replies] == [
        "text/csv", "application/json", "application/json", "text/csv", "application/json",
    ]  # fmt: skip
    refused = replies[1].json()
    assert (refused["id"], refused["error"]["data"]["metadata"]["limits"]["day_remaining"]) == ("mine", 1)
    assert [told(row) for row in logged(house)] == [
        (house.acme, "export", "get.calls_report", None, SESSION, 1),
        (house.acme, "export", "get.calls_report", "unexpected_parameters", None, 0),
        (house.acme, "export", "get.account", "method_not_found", None, 0),
        (house.acme, "export", "get.calls_report", None, SESSION, 1),
        (house.acme, "export", "get.calls_report", "limit_exceeded", None, 0),
    ]
    assert all(row["api_request_execution_time"] > 0 for row in logged(house))


def test_a_stream_pays_and_is_logged_once_a_minute_and_when_it_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ongoing, "_EVERY", 0.25)
    monkeypatch.setattr(ongoing, "_PAID", 3)
    house.registry.accounts.change("acme", day_limit=4)
    [reply] = visit(house, ("GET", "/ongoing", {"headers": {"authorization": f"Bearer {house.token}"}}))
    assert '"mnemonic":"limit_exceeded"' in reply.text.rpartition("event: fault")[2]
    report = (house.acme, "ongoing", "get.calls_report")
    assert [told(row) for row in logged(house)] == [
        (house.acme, "ongoing", "get.account", None, None, 1),
        *[(*report, None, None, 1)] * 3,
        (*report, "limit_exceeded", None, 0),
    ]
