"""Users and their passwords."""

from __future__ import annotations

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE, Role, Scope, View

PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _acme(registry: Registry) -> None:
    registry.accounts.create("acme")


def test_a_user_is_known_by_login_and_password(registry: Registry) -> None:
    made = registry.users.create("acme", "ann", PASSWORD, "Ann")
    assert registry.users.verify("ann", PASSWORD) == made
    assert registry.users.verify("ann", PASSWORD + " ") is None
    assert registry.users.verify("bob", PASSWORD) is None


def test_a_login_is_given_once_among_all_accounts(registry: Registry) -> None:
    registry.accounts.create("other")
    registry.users.create("acme", "ann", PASSWORD)
    with pytest.raises(OperatorFault, match="already"):
        registry.users.create("other", "ann", PASSWORD)


def test_an_empty_password_is_refused(registry: Registry) -> None:
    with pytest.raises(OperatorFault, match="password"):
        registry.users.create("acme", "ann", "")


def test_a_password_is_not_shown(registry: Registry) -> None:
    assert PASSWORD not in repr(registry.users.create("acme", "ann", PASSWORD))


def test_rights_are_kept_changed_and_hold_at_once(registry: Registry) -> None:
    registry.accounts.create("rights")
    confined = View(Scope((7,), ("44207",), ()), is_masked=True)
    made = registry.users.create("rights", "rob", "password1", "Rob", Role.READER, confined)
    assert registry.users.with_account(made.id) == (made, registry.accounts.by_name("rights"))
    assert made.view == confined
    nothing = View(Scope())
    assert registry.users.set_rights("rob", Role.READER, nothing).view == nothing
    changed = registry.users.set_rights("rob", Role.ADMINISTRATOR, WHOLE)
    assert registry.users.list("rights") == [(changed, "rights")]
    assert registry.users.with_account(made.id) == (changed, registry.accounts.by_name("rights"))


def test_a_new_password_ends_the_sessions(registry: Registry) -> None:
    registry.accounts.create("rights")
    user = registry.users.create("rights", "rob", "password1")
    session, permanent = registry.tokens.open_session(user, 0).token, registry.tokens.create("rights", "rob")
    registry.users.set_password("rob", "password2")
    assert registry.tokens.find(session) is None
    assert registry.tokens.find(permanent) is not None
    assert registry.users.verify("rob", "password2") == user


@pytest.mark.parametrize("user_id", [0, -1, 1.5, 2**31, 2**53, 1e300, float("inf")])
def test_an_id_that_can_be_nobody_s_is_not_looked_up(registry: Registry, user_id: float) -> None:
    assert registry.users.with_account(user_id) is None
