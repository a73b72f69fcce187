"""The request log: who asked whom for what and how it ended, read by get.api_requests, with no secret in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.rpc.conftest import NOW, Ask, fault

from ringledger.faults import EngineFault
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role
from ringledger.rpc.log_bounds import OF_NOBODY, REFUSED, Bound, Noted
from ringledger.rpc.request_log import without_secrets
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement
from ringledger.store.request_log import NOBODY

PERIOD = {"date_from": "2026-05-01 00:00:00", "date_till": "2026-05-02 00:00:00"}


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("partner", partner=True)
    registry.accounts.create("customer", parent="partner")
    registry.users.create("partner", "pat", "password1")
    registry.users.create("customer", "ann", "password1")


@pytest.fixture
def logged(ask: Ask, service: Service, registry: Registry) -> Any:
    """The log as the account's administrator reads it."""

    def read(account: str = "customer", **params: Any) -> list[dict[str, Any]]:
        service.write_log()
        user = {"user_id": 1} if account == "partner" else {}
        reply = ask("get.api_requests", registry.tokens.create(account), **PERIOD, **user, **params)
        rows: list[dict[str, Any]] = reply["result"]["data"]
        return rows

    return read


def test_a_request_is_logged_with_all_that_there_is_to_know(ask: Ask, registry: Registry, logged: Any) -> None:
    token = registry.tokens.create("customer", "ann", name="crm")
    ask("get.account", token)
    [row] = logged()
    assert len(row.pop("api_request_id")) == 27
    assert row.pop("api_request_execution_time") > 0
    assert row == {
        "token_name": "crm",
        "api_request_ip": "127.0.0.1",
        "employee_login": "ann",
        "call_session_id": None,
        "api_request_body": "{}",
        "api_request_method": "get.account",
        "api_request_raw_id": "1",
        "api_request_status": {"value": "Success", "value_id": "success"},
        "api_request_version": "v2.0",
        "api_request_is_agent": {"value": "No", "value_id": "false"},
        "api_request_component": {"value": "Data API", "value_id": "data_api"},
        "api_request_error_code": None,
        "api_request_raw_ext_id": "",
        "api_request_method_weight": 1,
        "api_request_error_mnemonic": None,
        "api_request_start_date_time": "2026-05-01 00:00:00",
    }
    assert logged(fields=["api_request_rows"])[0] == {"api_request_rows": 1}


def test_a_refusal_is_logged_with_its_mnemonic_and_costs_nothing(ask: Ask, registry: Registry, logged: Any) -> None:
    token = registry.tokens.create("customer")
    ask("get.account", token, address="192.0.2.7")
    ask("get.account", token, nope={"deep": [1]})
    ask("get.account", "unknown")
    fields = ["api_request_ip", "api_request_error_mnemonic", "api_request_error_code", "api_request_method_weight"]
    rows = logged(fields=[*fields, "api_request_body"], sort=[{"field": "api_request_error_mnemonic"}])
    assert [tuple(row.values()) for row in rows] == [
        ("192.0.2.7", "ip_not_whitelisted", "-32003", 0, "{}"),
        ("127.0.0.1", "unexpected_parameters", "-32602", 0, '{"nope":{"deep":[1]}}'),
    ]


def test_an_account_reads_nothing_of_what_belongs_to_none(ask: Ask, service: Service, logged: Any) -> None:
    ask("get.account", "unknown")
    service.answer(b"no JSON", "127.0.0.1")
    assert logged() == []
    [told] = logged()
    assert told["api_request_method"] == "get.api_requests"
    found = service.notebook.log.newest(NOW, NOW, 10, NOBODY)
    assert [row["api_request_error_mnemonic"] for row in found] == ["parse_error", "access_token_invalid"]


def test_a_flood_of_refused_requests_is_noted_in_part_and_counted_in_full(
    ask: Ask, registry: Registry, service: Service, logged: Any
) -> None:
    token = registry.tokens.create("customer")
    long = "x" * 10_000
    for number in range(REFUSED.requests + 50):
        ask("get.account", token, address=("127.0.0.1", "192.0.2.7")[number % 2], nope=long)
        ask("get.account", "unknown", address=f"192.0.2.{number % 250}", nope=long)
    service.notebook.flush(NOW + 60)
    for account, most in ((0, OF_NOBODY), (2, REFUSED.requests)):
        rows = service.notebook.log.newest(NOW, NOW, 10_000, account)
        assert len(rows) == most + 1
        [rest] = [row for row in rows if row["api_request_error_mnemonic"] == "left_out"]
        assert (rest["api_request_rows"], rest["api_request_body"]) == (350 - most, f'{{"requests":{350 - most}}}')
        assert sum(len(row["api_request_body"] or "") for row in rows) <= REFUSED.characters + 100


def test_of_an_account_without_limits_so_much_a_minute_is_noted_and_the_rest_counted_as_answered(
    ask: Ask, registry: Registry, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.notebook, "_answered", Noted(Bound(requests=5, characters=100)))
    token = registry.tokens.create("customer")
    named = {"field": "name", "operator": "=", "value": "x" * 30}
    for _ in range(8):
        assert "result" in ask("get.tags", token, filter=named)
    ask("get.nothing", token)
    service.notebook.flush(NOW + 60)
    rows = service.notebook.log.newest(NOW, NOW, 10_000, 2)
    answered = [row for row in rows if row["api_request_status"]["value_id"] == "success"]
    bodies = [row["api_request_body"] or "" for row in answered if row["api_request_method"] == "get.tags"]
    assert (len(bodies), sum(map(len, bodies))) == (5, 100)
    [rest] = [row for row in answered if row["api_request_error_mnemonic"] == "left_out"]
    assert (rest["api_request_rows"], rest["api_request_body"]) == (3, '{"requests":3}')
    assert [row["api_request_method"] for row in rows if row not in answered] == ["get.nothing"]


def test_requests_about_one_call_session_name_it(ask: Ask, registry: Registry, engine: Engine, logged: Any) -> None:
    moment = "toDateTime('2026-04-30 10:00:00', 'UTC')"
    engine.run(
        Statement(
            "INSERT INTO call_sessions (account, id, communication_id, start_time, finish_time, version) "
            f"SELECT 2, 7, 70, {moment}, {moment} + 60, 1"
        )
    )
    token = registry.tokens.create("customer", name="asking")
    tag = ask("create.tags", token, name="hot")["result"]["id"]
    named = {"communication_id": 70, "communication_type": "call", "tag_id": tag}
    ask("set.tag_communications", token, **named)
    ask("unset.tag_communications", token, **named)
    ask("set.tag_communications", token, **named | {"communication_id": 71})
    week = {"date_from": "2026-04-25 00:00:00", "date_till": "2026-05-01 00:00:00"}
    one = {"field": "id", "operator": "=", "value": 7}
    ask("get.calls_report", token, **week, filter=one)
    ask(
        "get.calls_report",
        token,
        **week,
        filter={"filters": [one, {"field": "is_lost", "operator": "=", "value": True}]},
    )
    ask("get.calls_report", token, **week, filter={"filters": [one, one | {"value": 8}], "condition": "or"})
    ask("get.call_legs_report", token, **week, filter=one | {"field": "call_session_id"})
    own = {"field": "token_name", "operator": "=", "value": "asking"}
    rows = logged(fields=["api_request_method", "call_session_id"], filter=own)
    assert [tuple(row.values()) for row in rows] == [
        ("create.tags", None),
        ("set.tag_communications", 7),
        ("unset.tag_communications", 7),
        ("set.tag_communications", None),
        ("get.calls_report", 7),
        ("get.calls_report", 7),
        ("get.calls_report", None),
        ("get.call_legs_report", 7),
    ]


def test_what_a_partner_asks_is_in_its_own_log_and_in_its_customers(ask: Ask, registry: Registry, logged: Any) -> None:
    ask("get.calls_report", registry.tokens.create("partner", name="agency"), user_id=2, **PERIOD)
    for account in ("customer", "partner"):
        [row] = logged(account, filter={"field": "token_name", "operator": "=", "value": "agency"})
        assert row["api_request_is_agent"] == {"value": "Yes", "value_id": "true"}


def test_what_a_partner_may_not_ask_of_its_customer_is_in_both_logs_and_of_others_in_its_own(
    ask: Ask, registry: Registry, service: Service, logged: Any
) -> None:
    registry.accounts.create("stranger")
    registry.users.create("stranger", "sid", "password1")
    token = registry.tokens.create("partner", name="agency")
    registry.accounts.set_active("customer", active=False)
    ask("get.calls_report", token, user_id=2, **PERIOD)
    registry.accounts.set_active("customer", active=True)
    ask("get.calls_report", token, user_id=3, **PERIOD)
    for account, mnemonics in (("customer", ["account_inactive"]), ("partner", ["account_inactive", "forbidden"])):
        rows = logged(account, filter={"field": "token_name", "operator": "=", "value": "agency"})
        assert [row["api_request_error_mnemonic"] for row in rows] == mnemonics
        assert rows[0]["api_request_is_agent"]["value_id"] == "true"
    assert logged("stranger") == []


def test_no_secret_is_in_the_log(ask: Ask, registry: Registry, logged: Any) -> None:
    session = ask("login.user", login="ann", password="password1")["result"]["data"]["access_token"]
    ask("login.user", login="ann", password="pass word 2")
    ask("get.account", session)
    found = json.dumps(logged())
    assert "password1" not in found
    assert "pass word 2" not in found
    assert session not in found
    assert [row["api_request_method"] for row in json.loads(found)[:3]].count("login.user") == 2


def test_secrets_are_left_out_at_any_depth() -> None:
    params = {"access_token": "x", "operator": {"operator_password": "y", "name": "z"}, "list": [{"Secret": 1, "a": 2}]}
    assert without_secrets(params) == {"operator": {"name": "z"}, "list": [{"a": 2}]}


def test_parameters_of_any_depth_are_logged(ask: Ask, registry: Registry, logged: Any) -> None:
    deep: list[Any] = []
    for _ in range(490):
        deep = [deep]
    ask("get.account", registry.tokens.create("customer"), nope=deep)
    assert logged()[0]["api_request_body"].startswith('{"nope":[[[')


def test_the_log_is_filtered_sorted_and_paged_like_a_report(ask: Ask, registry: Registry, logged: Any) -> None:
    token = registry.tokens.create("customer")
    for name in ("get.account", "get.tags_of_nobody", "get.calls_report"):
        ask(name, token)
    failed = {"field": "api_request_status", "operator": "jsquery", "value": 'value_id = "error"'}
    assert [row["api_request_method"] for row in logged(filter=failed)] == ["get.tags_of_nobody", "get.calls_report"]
    assert len(logged(limit=1, sort=[{"field": "api_request_start_date_time", "order": "desc"}])) == 1


def test_only_administrators_who_see_everything_read_the_log(ask: Ask, registry: Registry) -> None:
    registry.users.create("customer", "reader", "password1", role=Role.READER)
    assert fault(ask("get.api_requests", registry.tokens.create("customer", "reader"), **PERIOD))[0] == "forbidden"


def test_rows_that_cannot_be_written_wait(
    ask: Ask, registry: Registry, service: Service, engine: Engine, monkeypatch: pytest.MonkeyPatch, logged: Any
) -> None:
    ask("get.account", registry.tokens.create("customer"))

    def fail(*_: object) -> None:
        raise EngineFault("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "insert", fail)
        with pytest.raises(EngineFault):
            service.write_log()
    assert len(logged()) == 1


def test_old_requests_are_forgotten(ask: Ask, registry: Registry, service: Service, logged: Any) -> None:
    ask("get.account", registry.tokens.create("customer"))
    service.write_log()
    service.notebook.log.forget(NOW)
    assert len(logged()) == 1
    service.notebook.log.forget(NOW + 1)
    assert [row["api_request_method"] for row in logged()] == ["get.api_requests"]
