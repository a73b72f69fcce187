"""Users and their passwords."""

from __future__ import annotations

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry

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
