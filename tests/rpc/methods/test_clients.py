"""Requests as public clients of the API send them, in our own words: all of them are understood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.rpc.conftest import Ask

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

# Clients that page send what they have no value for as null, empty or zero.
UNSAID: dict[str, Any] = {"limit": 100, "offset": 0, "fields": None, "filter": None, "sort": None}


@pytest.fixture
def token(engine: Engine, registry: Registry) -> str:
    registry.accounts.create("acme", partner=True)
    registry.accounts.create("customer", parent="acme")
    registry.users.create("customer", "ann", "password1")
    account = registry.accounts.by_name("customer")
    registry.entries.create(account, "tags", {"name": "one"})
    site = {"domain_name": "old.example", "default_phone_number": "74950000001", "industry_id": 1}
    registry.entries.create(account, "sites", site)
    for _ in range(2):
        registry.entries.create(account, "employees", {"last_name": "Ivanov"})
    registry.entries.create(account, "contact_organizations", {"name": "Globex"})
    registry.entries.create(account, "group_employees", {"name": "sellers"})
    registry.entries.create(account, "contacts", {"last_name": "P", "phone_numbers": ["79990000002"]})
    call = "INSERT INTO call_sessions (account, id, communication_id, start_time, finish_time, version) "
    engine.run(Statement(f"{call} SELECT 2, 500, 500, toDateTime('2026-04-01 09:00:00', 'UTC'), now(), 1"))
    return registry.tokens.create("acme")


@pytest.mark.parametrize(
    "method",
    [
        "get.tags", "get.employees", "get.virtual_numbers", "get.campaigns", "get.sites", "get.scenarios",
        "get.contacts", "get.schedules", "get.media_files", "get.group_employees", "get.contact_organizations",
    ],
)  # fmt: skip
def test_lists_are_asked_for_with_nothing_said(ask: Ask, token: str, method: str) -> None:
    for params in (UNSAID, {"limit": 10_000, "offset": 0, "fields": [], "filter": {}, "sort": []}, {}):
        assert "data" in ask(method, token, user_id=1, **params)["result"]


@pytest.mark.parametrize("params", [UNSAID, {}])
def test_accounts_and_customers_are_asked_for(ask: Ask, token: str, params: dict[str, Any]) -> None:
    assert ask("get.account", token)["result"]["data"][0]["app_id"] == 1
    assert ask("get.customers", token, **params)["result"]["data"][0]["id"] == 2
    assert ask("get.customer_users", token, **params)["result"]["data"][0]["customer_id"] == 2


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("create.tags", {"name": "second tag"}),
        ("update.tags", {"id": 1, "name": "changed"}),
        ("set.tag_communications", {"communication_id": 500, "communication_type": "call", "tag_id": 1}),
        ("unset.tag_communications", {"communication_id": 500, "communication_type": "call", "tag_id": 1}),
        (
            "set.tag_sales",
            {
                "communication_id": 500, "communication_type": "call", "date_time": "2026-04-02 10:00:00",
                "transaction_value": 1500, "comment": "None",
            },
        ),
        ("delete.tags", {"id": 1}),
        ("create.employees", {"last_name": "Sidorov", "phone_numbers": [{"phone_number": "79020000000"}]}),
        ("update.employees", {"id": 1, "last_name": "Petrov", "phone_numbers": []}),
        ("delete.employees", {"id": 2}),
        ("create.group_employees", {"name": "managers", "members": [1]}),
        ("delete.group_employees", {"id": 1}),
        ("create.sites", {"domain_name": "test.example", "default_phone_number": "74950000000", "industry_id": 1}),
        (
            "update.sites",
            {"id": 1, "domain_name": "new.example", "default_phone_number": "74950000001", "industry_id": 2},
        ),
        ("delete.sites", {"id": 1}),
        ("create.campaigns", {"name": "test campaign", "site_id": 1, "status": "active"}),
        ("create.contacts", {"last_name": "Ivanov", "phone_numbers": ["79990000001"]}),
        ("update.contacts", {"id": 1, "last_name": "Ivanov", "phone_numbers": ["79990000003"]}),
        ("delete.contacts", {"id": 1}),
        ("create.group_contacts", {"name": "test"}),
        ("create.contact_organizations", {"name": "test"}),
        ("update.contact_organizations", {"id": 1, "name": "test"}),
        ("delete.contact_organizations", {"id": 1}),
    ],
)  # fmt: skip
def test_changes_are_asked_for(ask: Ask, token: str, method: str, params: dict[str, Any]) -> None:
    reply = ask(method, token, user_id=1, **params)
    assert "result" in reply, reply
    if method.startswith("create."):
        assert reply["result"]["data"]["id"] > 0
    assert "data" in reply["result"]


def test_a_number_is_looked_for_with_the_fields_that_a_dialler_needs(ask: Ask, token: str) -> None:
    fields = ["virtual_phone_number", "status", "type", "scenarios"]
    found = ask("get.virtual_numbers", token, user_id=1, limit=100, fields=fields)["result"]["data"]
    assert found == [{"virtual_phone_number": "74950000001", "status": "active", "type": "va", "scenarios": []}]


BOTH_WAYS = ["in", "out"]
EMPLOYEE: dict[str, Any] = {
    "first_name": "Anna", "last_name": "Smirnova", "patronymic": "P", "status": "available",
    "in_external_allowed_call_directions": BOTH_WAYS, "in_internal_allowed_call_directions": BOTH_WAYS,
    "out_external_allowed_call_directions": BOTH_WAYS, "out_internal_allowed_call_directions": BOTH_WAYS,
    "phone_numbers": [{"phone_number": "74950000077", "channels_count": 2, "dial_time": 30}],
    "extension": {"extension_phone_number": "107"},
}  # fmt: skip


def test_an_employee_is_made_and_found_by_extension_by_id_and_with_what_a_widget_shows(ask: Ask, token: str) -> None:
    own = ask("create.employees", token, user_id=1, **EMPLOYEE)["result"]["id"]
    by_extension = {"field": "extension", "operator": "jsquery", "value": 'extension_phone_number="107"'}
    found = ask("get.employees", token, user_id=1, filter=by_extension, fields=["id"])["result"]["data"]
    assert found == [{"id": own}]
    by_id = {"field": "id", "operator": "=", "value": own}
    found = ask("get.employees", token, user_id=1, filter=by_id, fields=["extension"])["result"]["data"]
    assert found[0]["extension"]["extension_phone_number"] == "107"
    shown = [
        "id", "login", "first_name", "last_name", "patronymic", "full_name", "status", "calls_available",
        "phone_numbers", "extension", "call_recording", "groups",
    ]  # fmt: skip
    assert list(ask("get.employees", token, user_id=1, limit=100, fields=shown)["result"]["data"][-1]) == shown


def test_tags_are_searched_by_a_part_of_their_names(ask: Ask, token: str) -> None:
    part = {"filters": [{"field": "name", "operator": "like", "value": "%on%"}], "condition": "and"}
    result = ask("get.tags", token, user_id=1, filter=part)["result"]
    assert [row["name"] for row in result["data"]] == ["one"]
    assert result["metadata"]["total_items"] == 1


def test_an_envelope_may_say_more_than_it_must(service: Service, token: str) -> None:
    for more in ({"contentType": "application/json"}, {"id": "number"}, {"id": "5a5f0a02-6f0b-11ee-b962-0242ac120002"}):
        body = {"jsonrpc": "2.0", "id": 7, "method": "get.account", "params": {"access_token": token}, **more}
        reply = json.loads(b"".join(service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        assert (reply["id"], reply["result"]["data"][0]["app_id"]) == (body["id"], 1)
