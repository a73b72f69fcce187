"""Accounts: made, refused, found and switched off."""

from __future__ import annotations

from typing import Any

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry


def test_an_account_is_found_by_its_name(registry: Registry) -> None:
    made = registry.accounts.create("acme", timezone="Europe/London", allow=["192.0.2.0/24"], day_limit=9)
    assert registry.accounts.by_name("acme") == made
    assert (made.id, made.timezone, made.whitelist, made.day_limit) == (1, "Europe/London", ("192.0.2.0/24",), 9)


def test_a_customer_has_its_partner_as_parent(registry: Registry) -> None:
    partner = registry.accounts.create("partner", partner=True)
    assert registry.accounts.create("customer", parent="partner").parent_id == partner.id


def test_an_account_that_is_no_partner_has_no_customers(registry: Registry) -> None:
    registry.accounts.create("acme")
    with pytest.raises(OperatorFault, match="no partner"):
        registry.accounts.create("customer", parent="acme")


def test_a_name_is_given_once(registry: Registry) -> None:
    registry.accounts.create("acme")
    with pytest.raises(OperatorFault, match="already"):
        registry.accounts.create("acme")


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"name": "acme", "timezone": "Mars/Olympus"},
        {"name": "acme", "allow": ["192.0.2.0/33"]},
        {"name": "acme", "day_limit": 0},
        {"name": "acme", "minute_limit": -1},
    ],
)
def test_what_cannot_be_is_refused_in_one_line(registry: Registry, values: dict[str, Any]) -> None:
    with pytest.raises(OperatorFault) as caught:
        registry.accounts.create(**values)
    assert "\n" not in str(caught.value)
    assert len(registry.accounts.all()) == 0


def test_an_account_is_switched_off_and_on(registry: Registry) -> None:
    registry.accounts.create("acme")
    registry.accounts.set_active("acme", active=False)
    assert not registry.accounts.by_name("acme").is_active
    registry.accounts.set_active("acme", active=True)
    assert registry.accounts.by_name("acme").is_active


def test_an_unknown_account_is_told(registry: Registry) -> None:
    with pytest.raises(OperatorFault, match="there is no account named 'nobody'"):
        registry.accounts.by_name("nobody")
