"""Every error of the protocol: its code, message, field, value and the order in which things are checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

NOW = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
PERIOD = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    registry.accounts.create("acme", timezone="Europe/London")
    registry.users.create("acme", "bob", "password1")
    yield registry
    registry.close()


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("acme", login="bob")


@pytest.fixture
def service(engine: Engine, registry: Registry) -> Service:
    return Service(engine, registry, lambda: NOW)


def ask(service: Service, body: object, address: str = "127.0.0.1") -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply: dict[str, Any] = json.loads(b"".join(service.answer(raw, address).parts))
    return reply


def call(service: Service, token: str | None, address: str = "127.0.0.1", **params: Any) -> dict[str, Any]:
    access = {} if token is None else {"access_token": token}
    body = {"jsonrpc": "2.0", "id": 7, "method": "get.calls_report", "params": {**access, **PERIOD, **params}}
    return ask(service, body, address)


def fault(reply: dict[str, Any]) -> tuple[Any, ...]:
    data = reply["error"]["data"]
    return data["mnemonic"], data.get("field"), data.get("value")


@pytest.mark.parametrize(
    ("body", "mnemonic", "code", "request_id"),
    [
        (b"{", "parse_error", -32700, None),
        (b'"\xff"', "parse_error", -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"id":1,"method":"x"}', "parse_error", -32700, None),
        (b"[" * 100_000, "parse_error", -32700, None),
        (b"[]", "batch_operations_not_supported", -32099, None),
        (b"7", "invalid_request", -32600, None),
        (b'{"jsonrpc":"1.0","id":1,"method":"x"}', "invalid_request", -32600, 1),
        (b'{"jsonrpc":"2.0","id":null,"method":"x"}', "invalid_request", -32600, None),
        (b'{"jsonrpc":"2.0","id":true,"method":"x"}', "invalid_request", -32600, None),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', "invalid_request", -32600, 1),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":[]}', "invalid_request", -32600, 1),
        (b'{"jsonrpc":"2.0","method":"get.calls_report"}', "notifications_not_supported", -32099, None),
        (b'{"jsonrpc":"2.0","id":"a","method":"x"}', "method_not_found", -32601, "a"),
    ],
)
def test_an_envelope_that_is_none_is_told_so(
    service: Service, body: bytes, mnemonic: str, code: int, request_id: object
) -> None:
    reply = ask(service, body)
    assert reply["id"] == request_id
    assert reply["error"]["code"] == code
    assert reply["error"]["data"] == {"mnemonic": mnemonic, "metadata": {}}


def test_a_missing_token_is_asked_for_before_anything_else(service: Service) -> None:
    assert fault(call(service, None, nope=1)) == ("required_parameter_missed", "access_token", None)


def test_an_unknown_token_is_refused_without_repeating_it(service: Service) -> None:
    assert fault(call(service, "nope")) == ("access_token_invalid", None, None)
    assert fault(call(service, None, access_token=5)) == ("data_type_error", "access_token", 5)


def test_blocked_and_expired_tokens_are_told_apart(service: Service, registry: Registry, token: str) -> None:
    expired = registry.tokens.create("acme", expires=datetime(2026, 4, 1, tzinfo=UTC))
    assert fault(call(service, expired)) == ("access_token_expired", None, None)
    registry.tokens.block(1)
    assert fault(call(service, token)) == ("access_token_blocked", None, None)


def test_a_disabled_account_is_told_so_at_once(service: Service, registry: Registry, token: str) -> None:
    assert "result" in call(service, token)
    registry.accounts.set_active("acme", active=False)
    assert fault(call(service, token)) == ("account_inactive", None, None)


def test_an_address_outside_the_whitelist_is_refused_and_named(service: Service, token: str) -> None:
    error = call(service, token, "192.0.2.7", nope=1)["error"]
    assert (error["code"], error["message"]) == (-32003, "Your IP 192.0.2.7 is not whitelisted")
    assert error["data"]["params"] == {"ip": "192.0.2.7"}


def test_another_users_id_is_forbidden_and_ones_own_is_not(service: Service, token: str) -> None:
    assert "result" in call(service, token, user_id=1)
    assert fault(call(service, token, user_id=2, nope=1)) == ("forbidden", "user_id", 2)
    assert fault(call(service, token, user_id="1")) == ("data_type_error", "user_id", "1")


SIMPLE = {"field": "id", "operator": "=", "value": 1}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"nope": 1, "limit": 0}, ("unexpected_parameters", "nope", 1)),
        ({"date_till": None, "limit": 0}, ("required_parameter_missed", "date_till", None)),
        ({"limit": 0, "offset": -1}, ("invalid_parameter_value", "limit", 0)),
        ({"limit": "1"}, ("data_type_error", "limit", "1")),
        ({"limit": True}, ("data_type_error", "limit", True)),
        ({"limit": 1.5}, ("invalid_parameter_value", "limit", 1.5)),
        ({"offset": 100_001, "fields": 1}, ("invalid_parameter_value", "offset", 100_001)),
        ({"filter": 1, "fields": 1}, ("data_type_error", "filter", 1)),
        ({"filter": {"a": 1}}, ("unexpected_parameters", "filter.a", 1)),
        ({"filter": {"field": "id"}}, ("required_parameter_missed", "filter.operator", None)),
        ({"filter": {"operator": "="}}, ("required_parameter_missed", "filter.field", None)),
        ({"filter": {"condition": "or"}}, ("required_parameter_missed", "filter.filters", None)),
        ({"filter": {"filters": [], "condition": "xor"}}, ("invalid_parameter_value", "filter.condition", "xor")),
        ({"filter": {**SIMPLE, "field": "nope"}}, ("unexpected_parameters", "filter.field", "nope")),
        ({"filter": {**SIMPLE, "field": "tag_id"}}, ("unexpected_parameters", "filter.field", "tag_id")),
        ({"filter": {**SIMPLE, "field": "start_time"}}, ("filter_prohibited", "filter.field", "start_time")),
        ({"filter": {**SIMPLE, "operator": "like"}}, ("invalid_parameter_value", "filter.operator", "like")),
        ({"filter": {**SIMPLE, "operator": "~"}}, ("invalid_parameter_value", "filter.operator", "~")),
        ({"filter": {**SIMPLE, "value": "1"}}, ("data_type_error", "filter.value", "1")),
        ({"filter": {**SIMPLE, "value": 1.5}}, ("invalid_parameter_value", "filter.value", 1.5)),
        ({"filter": {**SIMPLE, "operator": "<", "value": None}}, ("data_type_error", "filter.value", None)),
        ({"filter": {"filters": [SIMPLE, {**SIMPLE, "operator": "in", "value": [1, "2"]}]}},
         ("data_type_error", "filter.filters.1.value.1", "2")),
        ({"filter": {"field": "direction", "operator": "=", "value": "up"}},
         ("invalid_parameter_value", "filter.value", "up")),
        ({"filter": {"field": "tags", "operator": "=", "value": 5}}, ("data_type_error", "filter.value", 5)),
        ({"filter": {"field": "tags", "operator": "jsquery", "value": "#."}},
         ("invalid_parameter_value", "filter.value", "#.")),
        ({"filter": {"field": "sale_date", "operator": "<", "value": "2026-01-01"}},
         ("invalid_parameter_value", "filter.value", "2026-01-01")),
        ({"filter": {"field": "utm_source", "operator": "regexp", "value": "(a{900}){900}"}},
         ("invalid_parameter_value", "filter.value", "(a{900}){900}")),
        ({"fields": ["id", "nope"]}, ("unexpected_parameters", "fields.1", "nope")),
        ({"fields": ["tag_id"]}, ("unexpected_parameters", "fields.0", "tag_id")),
        ({"fields": ["id", "id"]}, ("invalid_parameter_value", "fields.1", "id")),
        ({"fields": "id"}, ("data_type_error", "fields", "id")),
        ({"sort": [{"field": "id"}]}, ("sort_prohibited", "sort.0.field", "id")),
        ({"sort": [{"field": "source", "order": "up"}]}, ("invalid_parameter_value", "sort.0.order", "up")),
        ({"sort": [{"field": "source", "by": 1}]}, ("unexpected_parameters", "sort.0.by", 1)),
        ({"sort": [{"field": "source"}, {"field": "source"}]}, ("invalid_parameter_value", "sort.1.field", "source")),
        ({"date_from": "2026-03-01"}, ("invalid_parameter_value", "date_from", "2026-03-01")),
        ({"include_ongoing_calls": 1}, ("data_type_error", "include_ongoing_calls", 1)),
        ({"date_from": "2026-04-01 00:00:00"},
         ("invalid_parameters_combination", "date_from", "2026-04-01 00:00:00")),
        ({"date_till": "2026-06-01 00:00:01"}, ("date_interval_limit_reached", "date_till", "2026-06-01 00:00:01")),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named_with_its_value(
    service: Service, token: str, params: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert fault(call(service, token, **params)) == expected


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = dict(SIMPLE)
    for _ in range(levels - 1):
        node = {"filters": [node]}
    return node


def test_twenty_levels_of_filters_are_taken_and_no_more(service: Service, token: str) -> None:
    assert "result" in call(service, token, filter=nested(20))
    assert fault(call(service, token, filter=nested(21)))[0] == "invalid_parameter_value"
    assert fault(call(service, token, filter=nested(200)))[0] == "invalid_parameter_value"


def test_bounds_of_a_filter_are_kept(service: Service, token: str) -> None:
    assert "result" in call(service, token, filter={"filters": [SIMPLE] * 1000})
    assert fault(call(service, token, filter={"filters": [SIMPLE] * 1001}))[0] == "invalid_parameter_value"
    most = {"field": "id", "operator": "in", "value": list(range(10_000))}
    assert "result" in call(service, token, filter=most)
    assert fault(call(service, token, filter={**most, "value": [0] * 10_001}))[0] == "invalid_parameter_value"


@pytest.mark.parametrize(
    "empty", [None, {}, [], {"filters": []}, {"filters": None}, {"filters": [{}, {"filters": []}]}]
)
def test_an_empty_filter_is_none(service: Service, token: str, empty: object) -> None:
    assert call(service, token, filter=empty)["result"] == {"metadata": {"total_items": 0}, "data": []}


def test_exactly_three_months_may_be_asked_for(service: Service, token: str) -> None:
    assert "result" in call(service, token, date_till="2026-06-01 00:00:00")


def test_the_description_needs_no_token(service: Service) -> None:
    reply = ask(service, {"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"})
    assert reply["result"]["openrpc"].startswith("1.3")


def test_a_failure_of_the_engine_is_an_internal_error_that_tells_nothing(
    service: Service, engine: Engine, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringledger.faults import EngineFault

    def fail(*_: object) -> bytes:
        raise EngineFault("secret value")

    monkeypatch.setattr(engine, "read", fail)
    reply = call(service, token)
    assert reply["error"]["code"] == -32603
    assert "secret" not in json.dumps(reply)


@pytest.mark.parametrize("moment", ["1970-01-01 00:00:00", "1970-01-01 01:10:00", "1969-12-31 23:00:00"])
def test_moments_around_the_first_of_all_are_moments_like_others(
    service: Service, engine: Engine, token: str, moment: str
) -> None:
    row = b'{"account": 1, "id": 5, "start_time": 7200, "finish_time": 7300, "sale_date": 7300, "version": 1}'
    engine.insert("call_sessions", ("account", "id", "start_time", "finish_time", "sale_date", "version"), row)
    wanted = {"field": "sale_date", "operator": ">=", "value": moment}
    period = {"date_from": moment, "date_till": "1970-01-02 00:00:00"}
    reply = call(service, token, fields=["id"], filter=wanted, **period)
    assert reply["result"]["data"] == [{"id": 5}]
