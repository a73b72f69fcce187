"""Access tokens as administrators manage them over the API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, View


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("acme", timezone="Europe/London")
    registry.accounts.create("other")
    registry.users.create("acme", "ann", "password1")
    registry.users.create("other", "eve", "password1")


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("acme", name="first")


def test_a_token_is_made_listed_blocked_and_unblocked(ask: Ask, token: str) -> None:
    made = ask("create.access_tokens", token, name="crm", login="ann", expiration_time="2026-05-02 01:00:00")["result"]
    assert set(made) == {"id", "access_token", "metadata"}
    assert "result" in ask("get.account", made["access_token"])
    second = ask("get.access_tokens", token, filter={"field": "name", "operator": "=", "value": "crm"})["result"]
    assert second["data"] == [
        {
            "id": made["id"],
            "name": "crm",
            "user_id": 1,
            "user_login": "ann",
            "creation_time": "2026-05-01 01:00:00",
            "expiration_time": "2026-05-02 01:00:00",
            "is_blocked": False,
            "last_used_time": None,
        }
    ]
    assert ask("update.access_tokens", token, id=made["id"], is_blocked=True)["result"] == {"metadata": {}}
    assert fault(ask("get.account", made["access_token"]))[0] == "access_token_blocked"
    ask("update.access_tokens", token, id=made["id"], is_blocked=False, name="erp")
    assert "result" in ask("get.account", made["access_token"])
    names = [row["name"] for row in ask("get.access_tokens", token, fields=["name"])["result"]["data"]]
    assert names == ["first", "erp"]


def test_nobody_else_s_tokens_are_seen_or_touched(ask: Ask, token: str, registry: Registry) -> None:
    foreign = registry.tokens.create("other")
    session = ask("login.user", login="ann", password="password1")["result"]["data"]["access_token"]
    assert ask("get.access_tokens", token)["result"]["metadata"] == {"total_items": 1}
    for number in (2, 3, 0, 2**40):
        assert fault(ask("update.access_tokens", token, id=number, is_blocked=True))[0] == "entity_not_found"
    assert "result" in ask("get.account", foreign)
    assert "result" in ask("get.account", session)
    assert fault(ask("create.access_tokens", token, login="eve")) == ("entity_not_found", "login", "eve")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"expiration_time": "2026-05-01 00:59:59"}, ("invalid_date_time", "expiration_time", "2026-05-01 00:59:59")),
        ({"expiration_time": "tomorrow"}, ("invalid_parameter_value", "expiration_time", "tomorrow")),
        ({"name": ""}, ("invalid_parameter_value", "name", "")),
        ({"login": 1}, ("data_type_error", "login", 1)),
    ],
)
def test_a_token_that_cannot_be_is_not_made(
    ask: Ask, token: str, params: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert fault(ask("create.access_tokens", token, **params)) == expected
    assert ask("get.access_tokens", token)["result"]["metadata"] == {"total_items": 1}


@pytest.mark.parametrize("method", ["get.access_tokens", "create.access_tokens", "update.access_tokens"])
@pytest.mark.parametrize("rights", [{"role": Role.READER}, {"view": View(is_masked=True)}])
def test_who_does_not_see_everything_manages_no_tokens(
    ask: Ask, registry: Registry, method: str, rights: dict[str, Any]
) -> None:
    registry.users.create("acme", "bob", "password1", **rights)
    assert fault(ask(method, registry.tokens.create("acme", "bob")))[0] == "forbidden"
