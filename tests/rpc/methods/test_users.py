"""Users as an account's administrators manage them over the API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View

NEW: dict[str, Any] = {"login": "bob", "password": "password2"}
PLAIN: dict[str, Any] = {
    "is_blocked": False,
    "is_masked": False,
    "is_confined": False,
    "employees": [],
    "virtual_numbers": [],
    "sites": [],
}


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("acme", timezone="Europe/London")
    registry.accounts.create("other")
    registry.users.create("acme", "ann", "password1", "Ann")
    registry.users.create("other", "eve", "password1")


@pytest.fixture
def token(registry: Registry) -> str:
    return registry.tokens.create("acme", "ann")


def shown(ask: Ask, token: str, login: str = "bob") -> dict[str, Any]:
    only = {"field": "login", "operator": "=", "value": login}
    [row] = ask("get.users", token, filter=only)["result"]["data"]
    assert isinstance(row, dict)
    return row


def employee(ask: Ask, token: str, name: str) -> int:
    made = ask("create.employees", token, last_name=name)["result"]["id"]
    assert isinstance(made, int)
    return made


def session(ask: Ask, login: str, password: str) -> dict[str, Any]:
    return ask("login.user", login=login, password=password)


def test_a_user_is_made_an_administrator_if_nothing_else_is_said_and_logs_in(ask: Ask, token: str) -> None:
    made = ask("create.users", token, **NEW)["result"]
    assert made == {"id": 3, "data": {"id": 3}, "metadata": {}}
    assert shown(ask, token) == {"id": 3, "login": "bob", "name": "bob", "role": "administrator", **PLAIN}
    logged_in = session(ask, "bob", "password2")["result"]["data"]["access_token"]
    assert ask("get.users", logged_in)["result"]["metadata"]["total_items"] == 2


def test_a_user_is_confined_by_employees_numbers_and_sites_of_the_account(ask: Ask, token: str) -> None:
    amelia = employee(ask, token, "Hart")
    confined = {
        "role": "reader",
        "is_masked": True,
        "employee_ids": [amelia, amelia],
        "virtual_numbers": ["020 7946 0101"],
    }
    ask("create.users", token, **NEW, **confined)
    assert shown(ask, token) == PLAIN | {
        "id": 3,
        "login": "bob",
        "name": "bob",
        "role": "reader",
        "is_masked": True,
        "is_confined": True,
        "employees": [{"employee_id": amelia, "employee_full_name": "Hart"}],
        "virtual_numbers": ["442079460101"],
    }
    reader = session(ask, "bob", "password2")["result"]["data"]["access_token"]
    assert fault(ask("get.tags", reader))[0] == "forbidden"
    ask("delete.employees", token, id=amelia)
    ask("update.users", token, id=3, employee_ids=[amelia])
    assert shown(ask, token)["employees"] == [{"employee_id": amelia, "employee_full_name": None}]


def test_a_list_that_becomes_empty_shows_nothing_and_only_is_confined_opens_everything(
    ask: Ask, token: str, registry: Registry
) -> None:
    amelia = employee(ask, token, "Hart")
    ask("create.users", token, **NEW, role="reader", employee_ids=[amelia])
    ask("update.users", token, id=3, employee_ids=[])
    assert shown(ask, token)["is_confined"] is True
    found = registry.users.by_login("bob")
    assert found is not None
    assert found[0].view == View(Scope())
    assert fault(ask("update.users", token, id=3, is_confined=False, employee_ids=[amelia])) == (
        "invalid_parameters_combination",
        "is_confined",
        False,
    )
    ask("update.users", token, id=3, is_confined=False)
    assert shown(ask, token) | {"id": 3} == {"id": 3, "login": "bob", "name": "bob", "role": "reader", **PLAIN}


def test_what_is_given_of_a_user_is_changed_and_nothing_else(ask: Ask, token: str) -> None:
    ask("create.users", token, **NEW, role="reader")
    before = shown(ask, token)
    logged_in = session(ask, "bob", "password2")["result"]["data"]["access_token"]
    assert ask("update.users", token, id=3, name="Bob", login="robert")["result"] == {"data": {}, "metadata": {}}
    assert shown(ask, token, "robert") == before | {"name": "Bob", "login": "robert"}
    assert "result" in ask("get.account", logged_in)
    ask("update.users", token, id=3, role="administrator")
    assert "result" in ask("get.users", logged_in)


def test_a_password_that_is_reset_ends_sessions_and_keeps_tokens(ask: Ask, token: str, registry: Registry) -> None:
    ask("create.users", token, **NEW)
    logged_in = session(ask, "bob", "password2")["result"]["data"]["access_token"]
    permanent = registry.tokens.create("acme", "bob")
    ask("update.users", token, id=3, password="password3")
    assert fault(ask("get.account", logged_in))[0] == "access_token_invalid"
    assert "result" in ask("get.account", permanent)
    assert fault(session(ask, "bob", "password2"))[0] == "auth_error"
    assert "result" in session(ask, "bob", "password3")


def test_who_is_blocked_is_refused_everywhere_until_unblocked(ask: Ask, token: str, registry: Registry) -> None:
    ask("create.users", token, **NEW)
    own, account = registry.tokens.create("acme", "bob"), registry.tokens.create("acme")
    logged_in = session(ask, "bob", "password2")["result"]["data"]["access_token"]
    ask("update.users", token, id=3, is_blocked=True)
    assert shown(ask, token)["is_blocked"] is True
    assert fault(ask("get.account", logged_in))[0] == "access_token_invalid"
    assert fault(ask("get.account", own))[0] == "access_token_blocked"
    assert fault(ask("get.tags", account, user_id=3)) == ("forbidden", "user_id", 3)
    assert fault(session(ask, "bob", "password2"))[0] == "forbidden"
    assert fault(session(ask, "bob", "wrong"))[0] == "auth_error"
    ask("update.users", token, id=3, is_blocked=False)
    assert "result" in ask("get.account", own)
    assert "result" in session(ask, "bob", "password2")


def test_who_is_deleted_is_gone_with_its_tokens_and_its_id_is_never_given_again(
    ask: Ask, token: str, registry: Registry
) -> None:
    ask("create.users", token, **NEW)
    own = registry.tokens.create("acme", "bob")
    assert ask("delete.users", token, id=3)["result"] == {"data": {}, "metadata": {}}
    assert fault(ask("get.account", own))[0] == "access_token_invalid"
    assert fault(session(ask, "bob", "password2"))[0] == "auth_error"
    assert ask("get.users", token)["result"]["metadata"]["total_items"] == 1
    assert fault(ask("delete.users", token, id=3)) == ("entity_not_found", "id", 3)
    assert fault(ask("get.tags", registry.tokens.create("acme"), user_id=3))[0] == "forbidden"
    assert [user.login for user, _ in registry.users.list("acme")] == ["ann"]
    assert ask("create.users", token, **NEW)["result"]["id"] == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "reader"}, "role"),
        ({"is_blocked": True}, "is_blocked"),
        ({"is_masked": True}, "is_masked"),
        ({"is_confined": True}, "is_confined"),
        ({"virtual_numbers": ["442079460101"]}, "virtual_numbers"),
    ],
)
def test_the_last_administrator_cannot_be_locked_out(ask: Ask, token: str, change: dict[str, Any], field: str) -> None:
    ask("create.users", token, **NEW, role="reader")
    before = shown(ask, token, "ann")
    assert fault(ask("update.users", token, id=1, name="Other", **change)) == ("dependency_error", field, change[field])
    assert fault(ask("delete.users", token, id=1)) == ("dependency_error", "id", 1)
    assert shown(ask, token, "ann") == before
    ask("update.users", token, id=3, role="administrator")
    assert "result" in ask("update.users", token, id=1, **change)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"login": None}, ("required_parameter_missed", "login", None)),
        ({"login": "eve"}, ("already_in_use", "login", "eve")),
        ({"login": "two\nlines"}, ("invalid_parameter_value", "login", "two\nlines")),
        ({"password": "short"}, ("invalid_parameter_value", "password", "short")),
        ({"role": "owner"}, ("invalid_parameter_value", "role", "owner")),
        ({"is_masked": "yes"}, ("data_type_error", "is_masked", "yes")),
        ({"employee_ids": [2**40]}, ("entity_not_found", "employee_ids.0", 2**40)),
        ({"site_ids": ["1"]}, ("data_type_error", "site_ids.0", "1")),
        ({"virtual_numbers": ["442079460101", "office"]}, ("invalid_parameter_value", "virtual_numbers.1", "office")),
        ({"is_blocked": True}, ("unexpected_parameters", "is_blocked", True)),
    ],
)
def test_a_user_that_cannot_be_is_not_made(
    ask: Ask, token: str, params: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert fault(ask("create.users", token, **(NEW | params))) == expected
    assert ask("get.users", token)["result"]["metadata"]["total_items"] == 1


def test_nobody_else_s_users_employees_and_sites_are_touched(ask: Ask, token: str, registry: Registry) -> None:
    theirs = employee(ask, registry.tokens.create("other"), "Moss")
    assert fault(ask("create.users", token, **NEW, employee_ids=[theirs]))[:2] == ("entity_not_found", "employee_ids.0")
    for user in (2, 0, 99, 2**40):
        for method, params in (("update.users", {"password": "password9"}), ("delete.users", {})):
            assert fault(ask(method, token, id=user, **params)) == ("entity_not_found", "id", user)
    assert "result" in session(ask, "eve", "password1")


@pytest.mark.parametrize("method", ["get.users", "create.users", "update.users", "delete.users"])
@pytest.mark.parametrize("rights", [{"role": Role.READER}, {"view": View(is_masked=True)}, {"view": View(Scope((1,)))}])
def test_who_is_no_whole_administrator_manages_no_users(
    ask: Ask, registry: Registry, method: str, rights: dict[str, Any]
) -> None:
    registry.users.create("acme", "rob", "password1", **rights)
    assert fault(ask(method, registry.tokens.create("acme", "rob")))[0] == "forbidden"


def test_a_partner_manages_the_users_of_its_customer_in_a_users_name(ask: Ask, registry: Registry) -> None:
    registry.accounts.create("agency", partner=True)
    registry.accounts.create("shop", parent="agency")
    sam = registry.users.create("shop", "sam", "password1")
    partner = registry.tokens.create("agency")
    assert fault(ask("create.users", partner, **NEW)) == ("required_parameter_missed", "user_id", None)
    made = ask("create.users", partner, **NEW, user_id=sam.id)["result"]["id"]
    assert [row["id"] for row in ask("get.users", partner, user_id=sam.id)["result"]["data"]] == [sam.id, made]
    ask("delete.users", partner, user_id=sam.id, id=made)
    [left] = ask("get.customer_users", partner)["result"]["data"]
    assert left["id"] == sam.id


def test_no_password_is_in_the_request_log(ask: Ask, token: str, service: Any) -> None:
    ask("create.users", token, **NEW)
    ask("update.users", token, id=3, password="password3")
    service.write_log()
    period = {"date_from": "2026-04-30 00:00:00", "date_till": "2026-05-02 00:00:00"}
    rows = ask("get.api_requests", token, **period)["result"]["data"]
    assert {"create.users", "update.users"} <= {row["api_request_method"] for row in rows}
    assert not any("password2" in str(row) or "password3" in str(row) for row in rows)
