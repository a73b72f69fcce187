from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def test_an_account_its_user_and_its_token(ringledger: Program) -> None:
    made = ringledger.answer("account", "create", "acme", "--allow", "192.0.2.0/24", "--allow", "::1")
    assert made == {"app_id": 1, "name": "acme"}
    assert ringledger.answer("user", "create", "--account", "acme", "--login", "ann", stdin="päss word\n") == {"id": 1}
    expires = "2030-01-02 03:04:05"
    token = ringledger.answer("token", "create", "--account", "acme", "--login", "ann", "--expires", expires)
    assert list(token) == ["access_token"]
    assert len(token["access_token"]) >= 43
    [listed] = ringledger.answer("token", "list", "--account", "acme")
    created = listed.pop("created")
    assert listed == {
        "id": 1,
        "name": None,
        "account": "acme",
        "login": "ann",
        "expires": expires,
        "blocked": False,
        "last_used": None,
    }
    assert len(created) == len(expires)
    assert ringledger("token", "block", "1").stdout == ""
    assert ringledger.answer("token", "list")[0]["blocked"] is True


def test_the_country_of_an_account_is_set(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--country", "AT")
    changed = ringledger.answer("account", "set", "acme", "--country", "DE")
    assert (changed["app_id"], changed["name"], changed["country"]) == (1, "acme", "DE")
    assert ringledger.answer("account", "set", "acme", "--country", "none")["country"] == "GB"
    assert "'Germany' is no ISO 3166 code" in ringledger.complaint("account", "set", "acme", "--country", "Germany")


def test_an_account_is_switched_off_and_on(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    for verb in ("disable", "enable"):
        done = ringledger("account", verb, "acme")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


UNKNOWN = [
    ("account", "disable", "nobody"),
    ("user", "create", "--account", "nobody", "--login", "ann"),
    ("token", "create", "--account", "nobody"),
    ("token", "list", "--account", "nobody"),
    ("replay", "--account", "nobody"),
]


@pytest.mark.parametrize("arguments", UNKNOWN, ids=" ".join)
def test_an_unknown_account_is_one_line(ringledger: Program, arguments: tuple[str, ...]) -> None:
    assert "'nobody'" in ringledger.complaint(*arguments, stdin="long enough\n")


def test_what_cannot_be_done_is_one_line(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    assert "already" in ringledger.complaint("account", "create", "acme")
    assert "time zone" in ringledger.complaint("account", "create", "b", "--timezone", "Mars/Olympus")
    assert "9" in ringledger.complaint("token", "block", "9")


def test_whitelist_and_limits_are_changed_and_listed(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--day-limit", "5", "--partner")
    ringledger.answer("account", "create", "customer", "--parent", "acme")
    options = ("--allow", "192.0.2.0/24", "--day-limit", "0", "--minute-limit", "7")
    changed = ringledger.answer("account", "set", "acme", *options)
    assert (changed["allow"], changed["day_limit"], changed["minute_limit"]) == (["192.0.2.0/24"], None, 7)
    first, second = ringledger.answer("account", "list")
    assert first == changed | {"parent": None}
    assert (second["name"], second["parent"], second["status"]) == ("customer", "acme", "active")
    assert "no address" in ringledger.complaint("account", "set", "acme", "--allow", "everyone")


def test_users_have_rights_that_can_be_changed(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    options = ("--account", "acme", "--login", "ann", "--role", "reader", "--employee", "7", "--site", "3", "--mask")
    ringledger.answer("user", "create", *options, stdin="long enough\n")
    shown = {
        "id": 1,
        "login": "ann",
        "name": "ann",
        "role": "reader",
        "employees": [7],
        "virtual_numbers": [],
        "sites": [3],
        "masked": True,
        "blocked": False,
    }
    assert ringledger.answer("user", "list") == [shown | {"account": "acme"}]
    changed = ringledger.answer("user", "set", "--login", "ann", "--role", "administrator")
    whole = {"employees": None, "virtual_numbers": None, "sites": None}
    assert changed == shown | whole | {"role": "administrator", "masked": False}
    assert ringledger("user", "password", "--login", "ann", stdin="another one\n").returncode == 0
    assert "'boss' is no role" in ringledger.complaint("user", "set", "--login", "ann", "--role", "boss")
    assert "'eve'" in ringledger.complaint("user", "set", "--login", "eve", "--role", "reader")


def test_a_token_has_a_name(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    ringledger.answer("token", "create", "--account", "acme", "--name", "crm")
    assert ringledger.answer("token", "list")[0]["name"] == "crm"


def test_tariff_plans_are_named(ringledger: Program) -> None:
    ringledger.answer("account", "create", "agency", "--partner")
    assert ringledger.answer("tariff", "set", "7", "Office 50", "--account", "agency") == {"id": 7, "name": "Office 50"}
    assert ringledger.answer("tariff", "list", "--account", "agency") == [{"id": 7, "name": "Office 50"}]
    assert ringledger("tariff", "delete", "7", "--account", "agency").returncode == 0
    assert ringledger.answer("tariff", "list", "--account", "agency") == []
    assert "no tariff plan" in ringledger.complaint("tariff", "delete", "7", "--account", "agency")
