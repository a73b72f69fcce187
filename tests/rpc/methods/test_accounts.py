"""What is told of accounts: the caller's own, and a partner's customers with their users."""

from __future__ import annotations

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("partner", timezone="Europe/London", partner=True)
    for name in ("first", "second"):
        registry.accounts.create(name, parent="partner")
        registry.users.create(name, f"{name}-ann", "password1", "Ann")
    registry.accounts.create("stranger")
    registry.users.create("stranger", "eve", "password1", "Eve")


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("partner")


def test_an_account_is_told_its_time_zone(ask: Ask, token: str) -> None:
    assert ask("get.account", token)["result"] == {
        "metadata": {"total_items": 1},
        "data": [{"app_id": 1, "name": "partner", "timezone": "Europe/London"}],
    }


def test_a_partner_sees_the_users_of_its_customers_and_no_others(ask: Ask, token: str) -> None:
    result = ask("get.customer_users", token)["result"]
    assert result["metadata"] == {"total_items": 2}
    assert result["data"] == [
        {"id": 1, "login": "first-ann", "description": None, "name": "Ann", "customer_id": 2},
        {"id": 2, "login": "second-ann", "description": None, "name": "Ann", "customer_id": 3},
    ]


def test_a_partner_is_told_the_time_zone_of_a_customers_account_by_name_of_the_field(
    ask: Ask, token: str, registry: Registry
) -> None:
    registry.accounts.create("atoll", parent="partner", timezone="Pacific/Kiritimati")
    registry.users.create("atoll", "ati", "password1", "Ati")
    told = ask("get.customer_users", token, fields=["login", "timezone"], limit=1, offset=2)["result"]["data"]
    assert told == [{"login": "ati", "timezone": "Pacific/Kiritimati"}]


def test_lists_of_the_registry_are_filtered_sorted_and_paged_like_reports(ask: Ask, token: str) -> None:
    last = ask("get.customer_users", token, sort=[{"field": "customer_id", "order": "desc"}], fields=["id"], limit=1)
    assert last["result"] == {"metadata": {"total_items": 2}, "data": [{"id": 2}]}
    one = ask(
        "get.customer_users", token, filter={"field": "customer_id", "operator": "=", "value": 2}, fields=["login"]
    )
    assert one["result"] == {"metadata": {"total_items": 1}, "data": [{"login": "first-ann"}]}
    bad = ask("get.customer_users", token, filter={"field": "login", "operator": "=", "value": "x"})
    assert fault(bad) == ("filter_prohibited", "filter.field", "login")


def test_customers_have_their_status_and_the_moment_they_were_made(ask: Ask, token: str) -> None:
    found = ask("get.customers", token, fields=["id", "name", "status", "creation_date_time", "sites"])["result"][
        "data"
    ]
    assert [(row["id"], row["name"], row["status"], row["sites"]) for row in found] == [
        (2, "first", "active", []),
        (3, "second", "active", []),
    ]
    assert all(len(row["creation_date_time"]) == len("2026-01-01 00:00:00") for row in found)


@pytest.mark.parametrize("method", ["get.customers", "get.customer_users"])
def test_who_is_no_partner_has_no_customers(ask: Ask, registry: Registry, method: str) -> None:
    assert fault(ask(method, registry.tokens.create("stranger")))[0] == "forbidden"
