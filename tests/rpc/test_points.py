"""Points: told with every reply, charged for success only, refused beyond the limit of a day or a minute."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.rpc.conftest import Ask

from ringledger.catalogue.methods import METHODS
from ringledger.faults import EngineFault
from ringledger.registry.registry import Registry
from ringledger.reporting.exports import Format
from ringledger.rpc.call import Call, Resources
from ringledger.rpc.exports import Exports
from ringledger.rpc.methods import HANDLERS
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

Clock = list[float]
Send = Callable[..., dict[str, Any]]


@pytest.fixture
def clock() -> Clock:
    """One minute before midnight in London, in summer."""
    return [datetime(2026, 5, 1, 22, 59, 10, tzinfo=UTC).timestamp()]


@pytest.fixture
def send(engine: Engine, registry: Registry, clock: Clock) -> Send:
    service = Service(engine, registry, lambda: clock[0])

    def ask(method: str, token: str, **params: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": token, **params}}
        reply: dict[str, Any] = json.loads(b"".join(service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        return reply

    return ask


@pytest.fixture
def token(registry: Registry) -> str:
    registry.accounts.create("acme", timezone="Europe/London", day_limit=5, minute_limit=3)
    return registry.tokens.create("acme")


def test_limits_are_told_with_every_reply_and_only_success_is_charged(send: Send, token: str) -> None:
    fresh = {"day_limit": 5, "day_remaining": 5, "day_reset": 50, "minute_limit": 3, "minute_remaining": 3}
    bad = send("get.account", token, nope=1)
    assert bad["error"]["data"]["metadata"] == {"limits": {**fresh, "minute_reset": 50}}
    good = send("get.account", token)
    spent = {**fresh, "day_remaining": 4, "minute_remaining": 2, "minute_reset": 50}
    assert good["result"]["metadata"] == {"total_items": 1, "limits": spent}


def test_a_call_costs_its_method_s_weight(send: Send, registry: Registry) -> None:
    registry.accounts.create("heavy", day_limit=9)
    token = registry.tokens.create("heavy")
    call = {"ext_id": "1", "calling_phone_number": "442079460101", "called_phone_number": "442079460900"}
    call |= {"start_time": "2026-03-01 10:00:00", "finish_time": "2026-03-01 10:01:00"}
    upload = {"calls": [{**call, "is_lost": False}]}
    assert METHODS["upload.calls"].weight == 5
    assert send("upload.calls", token, **upload)["result"]["metadata"]["limits"]["day_remaining"] == 4
    assert send("upload.calls", token, **upload)["error"]["data"]["params"] == {
        "limit_type": "day",
        "limit_max_value": 9,
    }
    assert send("get.account", token)["result"]["metadata"]["limits"]["day_remaining"] == 3


def test_a_change_that_cannot_be_made_and_a_failure_of_the_engine_cost_nothing(
    send: Send, registry: Registry, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.accounts.create("poor", day_limit=5)
    token = registry.tokens.create("poor")
    assert send("update.tags", token, id=99, name="x")["error"]["data"]["mnemonic"] == "entity_not_found"

    def fail(*_: object, **__: object) -> None:
        raise EngineFault("the disk is full")

    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-02 00:00:00"}
    with monkeypatch.context() as broken:
        broken.setattr(engine, "read", fail)
        broken.setattr(engine, "stream", fail)
        data = send("get.calls_report", token, **period)["error"]["data"]
        assert (data["mnemonic"], data["metadata"]["limits"]["day_remaining"]) == ("internal_error", 5)
        body = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": {"access_token": token, **period}}
        asked = (json.dumps(body).encode(), "127.0.0.1", "", None, Format.CSV, "mark")
        outcome, _ = Exports(Service(engine, registry)).open(*asked)
        assert (outcome.mnemonic, outcome.points) == ("internal_error", 0)
    assert send("get.account", token)["result"]["metadata"]["limits"]["day_remaining"] == 4


def test_beyond_a_limit_requests_are_refused_with_its_kind_and_value(send: Send, token: str, clock: Clock) -> None:
    for _ in range(3):
        assert "result" in send("get.account", token)
    refused = send("get.account", token, nope=1)["error"]
    assert refused["code"] == -32029
    assert refused["message"] == "Limit per minute has been exceeded. Value of current limit per minute is 3"
    assert refused["data"]["params"] == {"limit_type": "minute", "limit_max_value": 3}
    assert refused["data"]["metadata"]["limits"]["minute_remaining"] == 0
    clock[0] += 49  # the same minute, and the same day
    assert "error" in send("get.account", token)
    clock[0] += 1  # the next of both
    limits = send("get.account", token)["result"]["metadata"]["limits"]
    assert (limits["day_remaining"], limits["minute_remaining"], limits["day_reset"]) == (4, 2, 86_400)


def test_the_day_is_refused_before_the_minute(send: Send, registry: Registry) -> None:
    registry.accounts.create("tiny", day_limit=1, minute_limit=1)
    token = registry.tokens.create("tiny")
    assert "result" in send("get.account", token)
    assert send("get.account", token)["error"]["data"]["params"] == {"limit_type": "day", "limit_max_value": 1}


def test_an_account_without_limits_is_told_none(send: Send, registry: Registry) -> None:
    registry.accounts.create("free")
    assert send("get.account", registry.tokens.create("free"))["result"]["metadata"] == {"total_items": 1}


def test_the_caller_pays_for_what_it_asks_of_its_customers(send: Send, registry: Registry) -> None:
    registry.accounts.create("partner", partner=True, day_limit=9)
    registry.accounts.create("customer", parent="partner", day_limit=1)
    user = registry.users.create("customer", "ann", "password1")
    token = registry.tokens.create("partner")
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-02 00:00:00"}
    for left in (8, 7):
        metadata = send("get.calls_report", token, user_id=user.id, **period)["result"]["metadata"]
        assert (metadata["limits"]["day_limit"], metadata["limits"]["day_remaining"]) == (9, left)


def test_who_is_forbidden_something_is_told_the_limits_and_who_is_refused_is_not(
    send: Send, registry: Registry
) -> None:
    registry.accounts.create("plain", minute_limit=3)
    token = registry.tokens.create("plain")
    told = {"limits": {"minute_limit": 3, "minute_remaining": 3, "minute_reset": 50}}
    assert send("get.customers", token)["error"]["data"]["metadata"] == told
    assert send("get.calls_report", token, user_id=99)["error"]["data"]["metadata"] == told
    assert send("get.nothing", token)["error"]["data"]["metadata"] == told
    registry.tokens.block(1)
    for method in ("get.account", "get.nothing"):
        assert send(method, token)["error"]["data"]["metadata"] == {}


def test_the_request_that_is_beaten_to_the_last_point_is_told_what_is_left(
    send: Send, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.accounts.create("tiny", day_limit=1)
    token = registry.tokens.create("tiny")
    handler = HANDLERS["get.account"]

    def beaten(resources: Resources, call: Call) -> Any:
        resources.points.charge(call.account, 1, call.now)
        return handler(resources, call)

    monkeypatch.setitem(HANDLERS, "get.account", beaten)
    data = send("get.account", token)["error"]["data"]
    assert (data["mnemonic"], data["metadata"]["limits"]["day_remaining"]) == ("limit_exceeded", 0)


def test_a_login_beyond_the_limit_is_told_the_limits(ask: Ask, registry: Registry) -> None:
    registry.accounts.create("tiny", day_limit=1)
    registry.users.create("tiny", "tim", "password1")
    right = {"login": "tim", "password": "password1"}
    assert "result" in ask("login.user", **right)
    assert ask("login.user", **right)["error"]["data"]["metadata"]["limits"]["day_remaining"] == 0
    assert ask("login.user", login="tim", password="wrong")["error"]["data"]["metadata"] == {}


def test_logins_cost_points_too(ask: Ask, registry: Registry, token: str) -> None:
    registry.users.create("acme", "ann", "password1")
    reply = ask("login.user", login="ann", password="password1")
    assert reply["result"]["metadata"]["limits"]["minute_remaining"] == 2


def test_exactly_as_many_as_the_limit_succeed_at_the_same_moment(send: Send, registry: Registry) -> None:
    registry.accounts.create("busy", day_limit=20)
    token = registry.tokens.create("busy")
    with ThreadPoolExecutor(8) as pool:
        bad = {"nope": 1}
        replies = list(pool.map(lambda turn: send("get.account", token, **(bad if turn % 3 == 0 else {})), range(60)))
    assert sum("result" in reply for reply in replies) == 20
