"""The whitelist as an account's administrators see and set it over the API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, View


@pytest.fixture
def token(registry: Registry) -> str:
    registry.accounts.create("acme")
    return registry.tokens.create("acme")


def shown(ask: Ask, token: str, **params: Any) -> list[tuple[str, bool, bool]]:
    rows = ask("get.whitelist", token, **params)["result"]["data"]
    return [(row["address"], row["is_default"], row["admits_caller"]) for row in rows]


def test_without_a_list_of_its_own_an_account_admits_loopback(ask: Ask, token: str) -> None:
    assert shown(ask, token) == [("127.0.0.0/8", True, True), ("::1/128", True, False)]


def test_a_list_is_replaced_in_its_usual_form_and_holds_at_once(ask: Ask, token: str) -> None:
    wanted = ["127.0.0.1", " 192.0.2.0/24 ", "2001:DB8::/32", "127.0.0.1/32"]
    assert ask("update.whitelist", token, addresses=wanted)["result"] == {"data": {}, "metadata": {}}
    everything = [("127.0.0.1/32", False, True), ("192.0.2.0/24", False, False), ("2001:db8::/32", False, False)]
    assert shown(ask, token) == everything
    assert shown(ask, token, address="192.0.2.9") == [(one, own, one.startswith("192")) for one, own, _ in everything]
    only = {"field": "admits_caller", "operator": "=", "value": True}
    assert shown(ask, token, filter=only) == everything[:1]
    ask("update.whitelist", token, addresses=[])
    assert fault(ask("get.whitelist", token, address="192.0.2.9"))[0] == "ip_not_whitelisted"
    assert shown(ask, token)[0] == ("127.0.0.0/8", True, True)


def test_a_list_is_looked_at_before_it_is_set(ask: Ask, token: str) -> None:
    assert shown(ask, token, addresses=["192.0.2.7", "0.0.0.0/0"]) == [
        ("0.0.0.0/0", False, True),
        ("192.0.2.7/32", False, False),
    ]
    assert shown(ask, token, addresses=[])[0] == ("127.0.0.0/8", True, True)
    assert shown(ask, token)[0] == ("127.0.0.0/8", True, True)


def test_the_api_does_as_it_is_told_even_where_the_caller_locks_itself_out(ask: Ask, token: str) -> None:
    assert "result" in ask("update.whitelist", token, addresses=["192.0.2.0/24"])
    assert fault(ask("get.whitelist", token))[0] == "ip_not_whitelisted"


@pytest.mark.parametrize("method", ["get.whitelist", "update.whitelist"])
@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["192.0.2.1", "office"], ("invalid_parameter_value", "addresses.1", "office")),
        (["192.0.2.1/24"], ("invalid_parameter_value", "addresses.0", "192.0.2.1/24")),
        (["::ffff:192.0.2.0/120"], ("invalid_parameter_value", "addresses.0", "::ffff:192.0.2.0/120")),
        ([7], ("data_type_error", "addresses.0", 7)),
        ("192.0.2.1", ("data_type_error", "addresses", "192.0.2.1")),
    ],
)
def test_what_is_no_address_is_refused_and_changes_nothing(
    ask: Ask, token: str, method: str, addresses: object, expected: tuple[Any, ...]
) -> None:
    assert fault(ask(method, token, addresses=addresses)) == expected
    assert shown(ask, token)[0] == ("127.0.0.0/8", True, True)


@pytest.mark.parametrize("method", ["get.whitelist", "update.whitelist"])
@pytest.mark.parametrize("rights", [{"role": Role.READER}, {"view": View(is_masked=True)}])
def test_who_is_no_whole_administrator_does_not_see_or_set_it(
    ask: Ask, token: str, registry: Registry, method: str, rights: dict[str, Any]
) -> None:
    registry.users.create("acme", "rob", "password1", **rights)
    assert fault(ask(method, registry.tokens.create("acme", "rob")))[0] == "forbidden"
