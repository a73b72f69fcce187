"""Users as administrators manage them, on each database."""

from __future__ import annotations

import threading

import pytest

from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role


@pytest.fixture
def acme(registry: Registry) -> Account:
    return registry.accounts.create("acme", timezone="Europe/London")


def test_a_user_is_made_changed_and_taken_away(registry: Registry, acme: Account) -> None:
    users = registry.account_users
    users.create(acme, {"login": "ann", "password": "password1"})
    made = users.create(acme, {"login": "bob", "password": "password1", "role": "reader", "virtual_numbers": ["44207"]})
    users.update(acme, made, {"is_confined": False, "is_masked": True, "login": "rob"})
    rows = [(row["login"], row["role"], row["is_confined"], row["is_masked"]) for row in users.rows(acme.id)]
    assert rows == [("ann", "administrator", False, False), ("rob", "reader", False, True)]
    with pytest.raises(CallerFault, match="already_in_use: login"):
        users.update(acme, made, {"login": "ann"})
    users.delete(acme, made)
    assert len(users.rows(acme.id)) == 1
    assert registry.users.by_login("rob") is None
    assert users.create(acme, {"login": "rob", "password": "password1"}) > made


def test_two_administrators_who_lock_each_other_out_do_not_both_succeed(registry: Registry, acme: Account) -> None:
    users = registry.account_users
    pair = [users.create(acme, {"login": login, "password": "password1"}) for login in ("ann", "bob")]
    start, refused = threading.Barrier(2), []

    def demote(user: int) -> None:
        start.wait()
        try:
            users.update(acme, user, {"role": Role.READER})
        except CallerFault as fault:
            refused.append(str(fault))

    threads = [threading.Thread(target=demote, args=(user,)) for user in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["dependency_error: role"]
    assert sum(user.may_manage for user, _ in registry.users.list("acme")) == 1
