"""Customers as a partner makes, changes and locks them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role
from ringledger.registry.tariff_plans import TariffPlan

NEW: dict[str, Any] = {
    "name": "first",
    "tariff_plan_id": 7,
    "email": "ann@example.com",
    "password": "password1",
    "monthly_base_limit": 100,
    "monthly_base_notify_emails": ["a@example.com"],
    "monthly_calls_notify_emails": [],
    "daily_calls_notify_emails": [],
}


@pytest.fixture(autouse=True)
def _partner(registry: Registry) -> None:
    registry.accounts.create("partner", timezone="Europe/London", partner=True, allow=["127.0.0.1", "192.0.2.0/24"])
    registry.accounts.create("stranger")


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("partner")


def shown(ask: Ask, token: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask("get.customers", token)["result"]["data"]
    return rows


def test_a_customer_is_made_with_a_user_and_may_be_asked_about_at_once(ask: Ask, token: str) -> None:
    assert ask("create.customers", token, **NEW)["result"] == {"id": 3, "metadata": {}}
    assert shown(ask, token) == [
        {
            "id": 3,
            "name": "first",
            "description": None,
            "creation_date_time": "2026-05-01 01:00:00",
            "status": "active",
            "status_change_date_time": None,
            "monthly_base_limit": 100,
            "monthly_base_notify_limit": None,
            "monthly_base_notify_emails": ["a@example.com"],
            "monthly_calls_limit": None,
            "monthly_calls_notify_limit": None,
            "monthly_calls_notify_emails": [],
            "daily_calls_limit": None,
            "daily_calls_notify_limit": None,
            "daily_calls_notify_emails": [],
            "sites": [],
            "tariff_plan_id": 7,
            "tariff_plan_name": None,
        }
    ]
    [user] = ask("get.customer_users", token)["result"]["data"]
    assert (user["login"], user["customer_id"]) == ("ann@example.com", 3)
    period = {"date_from": "2026-05-01 00:00:00", "date_till": "2026-05-01 01:00:00"}
    assert "result" in ask("get.calls_report", token, address="192.0.2.9", user_id=user["id"], **period)
    session = ask("login.user", login="ann@example.com", password="password1")["result"]["data"]
    assert session["app_id"] == 3


def test_a_tariff_plan_has_the_name_that_its_partner_s_plan_has(ask: Ask, token: str, registry: Registry) -> None:
    ask("create.customers", token, **NEW)
    registry.accounts.create("rival", partner=True)
    registry.tariff_plans.set("rival", TariffPlan(7, "Theirs"))
    assert shown(ask, token)[0]["tariff_plan_name"] is None
    registry.tariff_plans.set("partner", TariffPlan(7, "Office 50"))
    registry.tariff_plans.set("partner", TariffPlan(8, "Office 80"))
    named = {"field": "tariff_plan_name", "operator": "=", "value": "Office 50"}
    assert [row["id"] for row in ask("get.customers", token, filter=named)["result"]["data"]] == [3]
    ask("update.customers", token, id=3, tariff_plan_id=8)
    assert [(row["tariff_plan_id"], row["tariff_plan_name"]) for row in shown(ask, token)] == [(8, "Office 80")]


def test_what_is_given_of_a_customer_is_changed_and_nothing_else(ask: Ask, token: str) -> None:
    ask("create.customers", token, **NEW)
    session = ask("login.user", login="ann@example.com", password="password1")["result"]["data"]["access_token"]
    [before] = shown(ask, token)
    change = {"id": 3, "name": "renamed", "description": "new", "daily_calls_limit": 5}
    assert ask("update.customers", token, **change)["result"] == {"metadata": {}}
    assert shown(ask, token) == [before | change]
    assert "result" in ask("get.account", session)
    ask("update.customers", token, id=3, email="eve@example.com", password="password2")
    assert fault(ask("get.account", session))[0] == "access_token_invalid"
    assert "result" in ask("login.user", login="eve@example.com", password="password2")


def test_a_locked_customer_answers_so_at_once_and_an_archived_one_is_gone(ask: Ask, token: str) -> None:
    ask("create.customers", token, **NEW)
    session = ask("login.user", login="ann@example.com", password="password1")["result"]["data"]["access_token"]
    assert ask("update.customer_status", token, customer_id=3, status="manual_lock")["result"] == {"metadata": {}}
    assert fault(ask("get.account", session))[0] == "account_inactive"
    [row] = shown(ask, token)
    assert (row["status"], row["status_change_date_time"]) == ("manual_lock", "2026-05-01 01:00:00")
    period = {"date_from": "2026-05-01 00:00:00", "date_till": "2026-05-01 01:00:00"}
    assert fault(ask("get.calls_report", token, user_id=1, **period))[0] == "account_inactive"
    ask("update.customer_status", token, customer_id=3, status="archive")
    assert shown(ask, token) == []
    ask("update.customer_status", token, customer_id=3, status="active")
    assert "result" in ask("get.account", session)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": None}, ("required_parameter_missed", "name", None)),
        ({"daily_calls_notify_emails": None}, ("required_parameter_missed", "daily_calls_notify_emails", None)),
        ({"password": "short"}, ("invalid_parameter_value", "password", "short")),
        ({"email": "nobody"}, ("invalid_parameter_value", "email", "nobody")),
        ({"name": "two\nlines"}, ("invalid_parameter_value", "name", "two\nlines")),
        ({"name": "stranger"}, ("duplicate_entity", "name", "stranger")),
        ({"email": "taken@example.com"}, ("already_in_use", "email", "taken@example.com")),
        ({"tariff_plan_id": "7"}, ("data_type_error", "tariff_plan_id", "7")),
        ({"tariff_plan_id": 7.5}, ("invalid_parameter_value", "tariff_plan_id", 7.5)),
        ({"monthly_base_notify_emails": ["a@b.c"] * 6},
         ("invalid_parameter_value", "monthly_base_notify_emails", ["a@b.c"] * 6)),
        ({"monthly_base_notify_emails": ["a@b.c", 5]}, ("data_type_error", "monthly_base_notify_emails.1", 5)),
        ({"monthly_base_notify_emails": ["a"]}, ("invalid_parameter_value", "monthly_base_notify_emails.0", "a")),
        ({"user_id": 1}, ("unexpected_parameters", "user_id", 1)),
    ],
)  # fmt: skip
def test_a_customer_that_cannot_be_is_not_made(
    ask: Ask, token: str, registry: Registry, change: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    registry.users.create("stranger", "taken@example.com", "password1")
    assert fault(ask("create.customers", token, **(NEW | change))) == expected
    assert shown(ask, token) == []


@pytest.mark.parametrize(
    ("method", "params", "path"),
    [
        ("update.customers", {"id": 2}, "id"),
        ("update.customers", {"id": 1}, "id"),
        ("update.customers", {"id": 2**53}, "id"),
        ("update.customer_status", {"customer_id": 2, "status": "archive"}, "customer_id"),
    ],
)
def test_nobody_else_s_account_is_touched(
    ask: Ask, token: str, registry: Registry, method: str, params: dict[str, Any], path: str
) -> None:
    assert fault(ask(method, token, **params)) == ("entity_not_found", path, params[path])
    assert registry.accounts.by_name("stranger").status == "active"


@pytest.mark.parametrize("method", ["create.customers", "update.customers", "update.customer_status"])
def test_only_a_partner_s_administrators_change_customers(ask: Ask, registry: Registry, method: str) -> None:
    registry.users.create("partner", "reader", "password1", role=Role.READER)
    assert fault(ask(method, registry.tokens.create("partner", "reader")))[0] == "forbidden"
    assert fault(ask(method, registry.tokens.create("stranger")))[0] == "forbidden"


def test_a_customer_made_by_a_command_has_no_user_to_change(ask: Ask, token: str, registry: Registry) -> None:
    registry.accounts.create("by hand", parent="partner")
    assert fault(ask("update.customers", token, id=3, password="password1"))[0] == "dependency_error"
    assert ask("update.customers", token, id=3, daily_calls_limit=5)["result"] == {"metadata": {}}
    assert shown(ask, token)[0]["daily_calls_limit"] == 5
