"""Customers in the registry, on both databases: made, changed, locked, and shown to their partner alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry

NEW: dict[str, Any] = {
    "name": "first",
    "description": "a customer",
    "tariff_plan_id": 2**40,
    "email": "ann@example.com",
    "password": "password1",
    "monthly_base_notify_emails": ["a@example.com"],
    "monthly_calls_notify_emails": [],
    "daily_calls_notify_emails": [],
}


@pytest.fixture
def partner(registry: Registry) -> Account:
    return registry.accounts.create("partner", timezone="Europe/London", partner=True, allow=["192.0.2.0/24"])


def test_a_customer_has_what_was_given_and_what_is_its_partner_s(registry: Registry, partner: Account) -> None:
    made = registry.customers.create(partner, NEW, now=1000)
    account = registry.accounts.by_id(made)
    assert (account.timezone, account.whitelist, account.parent_id) == ("Europe/London", ("192.0.2.0/24",), partner.id)
    [row] = registry.customers.rows(partner.id)
    shown = {name: value for name, value in NEW.items() if name not in {"email", "password"}}
    assert row | shown == row
    assert (row["creation_date_time"], row["status"], row["daily_calls_limit"]) == (1000, "active", None)
    [user] = registry.customers.users(partner.id)
    assert (user["login"], user["customer_id"]) == ("ann@example.com", made)
    assert registry.users.verify("ann@example.com", "password1") is not None


def test_a_customer_is_changed_and_its_status_set(registry: Registry, partner: Account) -> None:
    made = registry.customers.create(partner, NEW, now=1000)
    registry.customers.update(partner, made, {"name": "other", "daily_calls_limit": 7, "password": "password2"})
    registry.customers.set_status(partner, made, "manual_lock", now=2000)
    [row] = registry.customers.rows(partner.id)
    assert (row["name"], row["daily_calls_limit"]) == ("other", 7)
    assert (row["status"], row["status_change_date_time"]) == ("manual_lock", 2000)
    assert registry.users.verify("ann@example.com", "password1") is None
    registry.customers.set_status(partner, made, "archive", now=3000)
    assert (registry.customers.rows(partner.id), registry.customers.users(partner.id)) == ([], [])


@pytest.mark.parametrize(("others_name", "refusal"), [("first", "duplicate_entity"), ("second", "already_in_use")])
def test_of_two_nodes_that_make_the_same_customer_or_user_one_is_refused(
    url: str, opened: Callable[[str], Registry], others_name: str, refusal: str
) -> None:
    nodes = [opened(url), opened(url)]
    partner = nodes[0].accounts.create("partner", partner=True)

    def make(node: Registry, name: str) -> str:
        try:
            node.customers.create(partner, NEW | {"name": name}, now=1000)
        except CallerFault as fault:
            return fault.mnemonic
        return "made"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, nodes, ["first", others_name])) == sorted([refusal, "made"])
    assert len(nodes[0].accounts.all()) == 2
