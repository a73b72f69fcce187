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
    assert changed == {"app_id": 1, "name": "acme", "country": "DE"}
    assert ringledger.answer("account", "set", "acme")["country"] == "GB"
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
