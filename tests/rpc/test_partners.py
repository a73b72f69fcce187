"""A partner asks in the name of its customers' users: from addresses that both admit, with the rights of both."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View

PERIOD = {"date_from": "2026-04-01 00:00:00", "date_till": "2026-05-01 00:00:00"}
BOTH, PARTNERS, CUSTOMERS = "192.0.2.1", "198.51.100.1", "203.0.113.1"


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("agency", partner=True, allow=[BOTH, PARTNERS])
    registry.accounts.create("shop", parent="agency", allow=[BOTH, CUSTOMERS])
    registry.users.create("shop", "sue", "password1")


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("agency")


@pytest.mark.parametrize(
    ("address", "expected"),
    [(BOTH, None), (PARTNERS, PARTNERS), (CUSTOMERS, CUSTOMERS), ("127.0.0.1", "127.0.0.1"), ("unknown", "unknown")],
)
def test_the_partner_s_address_is_on_both_whitelists(ask: Ask, token: str, address: str, expected: str | None) -> None:
    reply = ask("get.calls_report", token, address=address, user_id=1, **PERIOD)
    if expected is None:
        assert "result" in reply
    else:
        data = reply["error"]["data"]
        assert (data["mnemonic"], data["params"]) == ("ip_not_whitelisted", {"ip": expected})


def test_what_is_the_partner_s_own_needs_its_own_whitelist_alone(ask: Ask, token: str) -> None:
    assert "result" in ask("get.customers", token, address=PARTNERS)
    assert "result" in ask("get.customer_users", token, address=PARTNERS)


def test_the_named_user_says_whose_whitelist_is_seen_and_set_and_the_partner_s_own_holds_for_its_customers_too(
    ask: Ask, registry: Registry
) -> None:
    own = registry.users.create("agency", "paul", "password1").id
    paul = registry.tokens.create("agency", "paul")
    sue = 1

    def admitted(user: int) -> list[str]:
        return [row["address"] for row in ask("get.whitelist", paul, address=BOTH, user_id=user)["result"]["data"]]

    def tried(user: int, address: str) -> str | None:
        reply = ask("get.calls_report", paul, address=address, user_id=user, **PERIOD)
        return None if "result" in reply else fault(reply)[0]

    assert admitted(own) == [f"{BOTH}/32", f"{PARTNERS}/32"]
    assert admitted(sue) == [f"{BOTH}/32", f"{CUSTOMERS}/32"]
    assert (tried(own, PARTNERS), tried(sue, PARTNERS)) == (None, "ip_not_whitelisted")
    assert "result" in ask("update.whitelist", paul, address=BOTH, user_id=sue, addresses=[BOTH, PARTNERS])
    assert admitted(own) == [f"{BOTH}/32", f"{PARTNERS}/32"]
    assert (tried(own, PARTNERS), tried(sue, PARTNERS), tried(sue, CUSTOMERS)) == (None, None, "ip_not_whitelisted")
    assert "result" in ask("update.whitelist", paul, address=BOTH, user_id=own, addresses=[BOTH])
    assert admitted(sue) == [f"{BOTH}/32", f"{PARTNERS}/32"]
    assert (tried(own, PARTNERS), tried(sue, PARTNERS)) == ("ip_not_whitelisted", "ip_not_whitelisted")


def test_the_rights_of_the_partner_s_user_and_of_the_customer_s_hold_both(ask: Ask, registry: Registry) -> None:
    registry.users.create("agency", "reader", "password1", role=Role.READER)
    registry.users.create("agency", "chief", "password1")
    registry.users.create("shop", "clerk", "password1", role=Role.READER)
    registry.users.create("shop", "team", "password1", view=View(Scope(employee_ids=(1,))))
    reader, chief = (registry.tokens.create("agency", login) for login in ("reader", "chief"))
    sue, clerk, team = 1, 4, 5

    def tried(token: str, user: int, method: str, **params: Any) -> bool:
        reply = ask(method, token, address=BOTH, user_id=user, **params)
        assert "result" in reply or fault(reply)[0] == "forbidden"
        return "result" in reply

    assert [tried(chief, user, "create.tags", name=f"by {user}") for user in (sue, clerk, team)] == [True, False, False]
    assert [tried(reader, user, "create.tags", name="no") for user in (sue, clerk, team)] == [False, False, False]
    assert [tried(chief, user, "get.tags") for user in (sue, clerk, team)] == [True, True, False]
    assert [tried(reader, user, "get.calls_report", **PERIOD) for user in (sue, clerk, team)] == [True, True, True]
    assert [tried(chief, user, "get.api_requests", **PERIOD) for user in (sue, clerk, team)] == [True, False, False]


def test_a_disabled_partner_asks_for_nothing_and_its_customers_go_on(ask: Ask, token: str, registry: Registry) -> None:
    own = registry.tokens.create("shop")
    registry.accounts.set_active("agency", active=False)
    assert fault(ask("get.calls_report", token, address=BOTH, user_id=1, **PERIOD))[0] == "account_inactive"
    assert "result" in ask("get.calls_report", own, address=CUSTOMERS, **PERIOD)


def test_an_account_that_is_no_partner_names_only_its_own_users(ask: Ask, registry: Registry) -> None:
    registry.accounts.create("rival", partner=True, allow=[BOTH])
    registry.users.create("rival", "rob", "password1")
    own = registry.tokens.create("shop")
    assert "result" in ask("get.calls_report", own, address=BOTH, user_id=1, **PERIOD)
    assert fault(ask("get.calls_report", own, address=BOTH, user_id=2, **PERIOD)) == ("forbidden", "user_id", 2)
    rival = registry.tokens.create("rival")
    assert fault(ask("get.calls_report", rival, address=BOTH, user_id=1, **PERIOD)) == ("forbidden", "user_id", 1)
    assert fault(ask("get.customers", own, address=BOTH))[0] == "forbidden"
