"""Sessions begin with login and password and end with logout."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.rpc.conftest import NOW, Ask, fault

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine


@pytest.fixture(autouse=True)
def _ann(registry: Registry) -> None:
    registry.accounts.create("acme", timezone="Europe/London")
    registry.users.create("acme", "ann", "correct horse")


def test_a_login_begins_a_session_of_one_hour(ask: Ask) -> None:
    result = ask("login.user", login="ann", password="correct horse")["result"]
    assert set(result) == {"data", "metadata"}
    assert (result["data"]["expire_at"], result["data"]["app_id"]) == (NOW + 3600, 1)
    assert ask("get.account", result["data"]["access_token"])["result"]["data"][0]["name"] == "acme"


@pytest.mark.parametrize(
    ("login", "password"), [("ann", "wrong horse"), ("eve", "correct horse"), ("", ""), ("é\n", "é\x7f")]
)
def test_a_wrong_login_and_a_wrong_password_are_not_told_apart(ask: Ask, login: str, password: str) -> None:
    assert ask("login.user", login=login, password=password)["error"] == {
        "code": -32001,
        "message": "Login or password is wrong",
        "data": {"mnemonic": "auth_error", "metadata": {}},
    }


def test_a_wrong_login_takes_as_long_as_a_wrong_password(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringledger.rpc.methods.sessions.FAILURES_OF_A_LOGIN", 1000)
    monkeypatch.setattr("ringledger.rpc.methods.sessions.FAILURES_OF_AN_ADDRESS", 1000)
    times: dict[str, list[float]] = {"ann": [], "eve": [], "é\n": []}
    for _ in range(8):
        for login, taken in times.items():  # in turns: other work slows all of them
            began = time.process_time()
            assert fault(ask("login.user", login=login, password="wrong"))[0] == "auth_error"
            taken.append(time.process_time() - began)
    wrong_password, *wrong_logins = (min(taken[1:]) for taken in times.values())
    assert wrong_password > 0.01  # slow: a password is costly to guess
    for wrong_login in wrong_logins:
        assert wrong_login == pytest.approx(wrong_password, rel=0.35)


def test_a_session_ends_after_an_hour(engine: Engine, registry: Registry) -> None:
    clock = [NOW]
    service = Service(engine, registry, lambda: clock[0])

    def ask(method: str, **params: str) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return json.loads(b"".join(service.answer(body.encode(), "127.0.0.1").parts))

    token = ask("login.user", login="ann", password="correct horse")["result"]["data"]["access_token"]
    clock[0] = NOW + 3599
    assert "result" in ask("get.account", access_token=token)
    clock[0] = NOW + 3600
    assert fault(ask("get.account", access_token=token))[0] == "access_token_expired"


def test_a_temporary_token_ends_and_a_permanent_one_does_not(ask: Ask, registry: Registry) -> None:
    ends = (datetime.fromtimestamp(NOW + late, UTC) for late in (0, 1))
    ended, going = (registry.tokens.create("acme", expires=moment) for moment in ends)
    assert fault(ask("get.account", ended))[0] == "access_token_expired"
    assert "result" in ask("get.account", going)
    assert "result" in ask("get.account", registry.tokens.create("acme", "ann"))


def test_a_right_login_from_a_refused_address_is_told_the_address(ask: Ask) -> None:
    error = ask("login.user", address="192.0.2.7", login="ann", password="correct horse")["error"]
    assert (error["data"]["mnemonic"], error["data"]["params"]) == ("ip_not_whitelisted", {"ip": "192.0.2.7"})
    assert fault(ask("login.user", address="192.0.2.7", login="ann", password="wrong"))[0] == "auth_error"


def test_a_disabled_account_has_no_sessions(ask: Ask, registry: Registry) -> None:
    token = ask("login.user", login="ann", password="correct horse")["result"]["data"]["access_token"]
    registry.accounts.set_active("acme", active=False)
    assert fault(ask("login.user", login="ann", password="correct horse"))[0] == "account_inactive"
    assert fault(ask("get.account", token))[0] == "account_inactive"


def test_a_token_that_was_logged_out_is_unknown(ask: Ask) -> None:
    token = ask("login.user", login="ann", password="correct horse")["result"]["data"]["access_token"]
    assert ask("logout.user", token)["result"] == {"data": {}, "metadata": {}}
    assert fault(ask("get.account", token))[0] == "access_token_invalid"


def test_a_permanent_token_does_not_end_by_logout(ask: Ask, registry: Registry) -> None:
    token = registry.tokens.create("acme", "ann")
    assert fault(ask("logout.user", token))[0] == "forbidden"
    assert "result" in ask("get.account", token)


def test_sessions_are_not_listed_with_the_tokens(ask: Ask, registry: Registry) -> None:
    ask("login.user", login="ann", password="correct horse")
    assert registry.tokens.list() == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"login": "ann"}, ("required_parameter_missed", "password", None)),
        ({"login": 7, "password": "x"}, ("data_type_error", "login", 7)),
        ({"login": "ann", "password": "x", "user_id": 1}, ("unexpected_parameters", "user_id", 1)),
    ],
)
def test_bad_parameters_are_named(ask: Ask, params: dict[str, object], expected: tuple[object, ...]) -> None:
    assert fault(ask("login.user", **params)) == expected


def test_failed_attempts_are_limited_by_login(ask: Ask) -> None:
    for _ in range(5):
        assert fault(ask("login.user", login="ann", password="wrong"))[0] == "auth_error"
    error = ask("login.user", address="127.0.0.2", login="ann", password="correct horse")["error"]
    assert (error["data"]["mnemonic"], error["data"]["params"]) == (
        "limit_exceeded",
        {"limit_type": "minute", "limit_max_value": 5},
    )


def test_failed_attempts_are_limited_by_address_and_by_an_ipv6_neighbourhood(
    ask: Ask, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringledger.rpc.methods.sessions.FAILURES_OF_AN_ADDRESS", 2)
    for login in ("a", "b", "c"):
        refused = ask("login.user", address=f"2001:db8::{login}", login=login, password="wrong")
    assert refused["error"]["data"]["params"] == {"limit_type": "minute", "limit_max_value": 2}
    assert fault(ask("login.user", address="2001:db8:1::1", login="d", password="wrong"))[0] == "auth_error"


def test_attempts_that_succeed_are_not_counted(ask: Ask) -> None:
    for _ in range(7):
        assert "result" in ask("login.user", login="ann", password="correct horse")
