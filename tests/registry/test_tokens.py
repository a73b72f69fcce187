"""Access tokens: made, found, touched, listed and blocked, also by another process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.registry import Registry

_BLOCK = (
    "import sys; from ringledger.registry.registry import Registry; "
    "r = Registry.open(sys.argv[1]); r.tokens.block(1); r.close()"
)


@pytest.fixture(autouse=True)
def _acme(registry: Registry) -> None:
    registry.accounts.create("acme")


def test_a_token_stands_for_its_account_and_user(registry: Registry) -> None:
    user = registry.users.create("acme", "ann", "correct horse")
    end = datetime(2030, 1, 1, tzinfo=UTC)
    found = registry.tokens.find(registry.tokens.create("acme", "ann", end, "crm"))
    assert found is not None
    assert (found.token_name, found.user) == ("crm", user)
    assert (found.account, found.expires, found.blocked) == (
        registry.accounts.by_name("acme"),
        int(end.timestamp()),
        False,
    )


def test_an_unknown_token_stands_for_nobody(registry: Registry) -> None:
    assert registry.tokens.find("unknown") is None


def test_a_user_of_another_account_gets_no_token(registry: Registry) -> None:
    registry.accounts.create("other")
    registry.users.create("other", "bob", "correct horse")
    with pytest.raises(OperatorFault, match="no user"):
        registry.tokens.create("acme", "bob")


def test_only_the_hash_of_a_token_is_kept(sqlite_url: str, opened: Callable[[str], Registry]) -> None:
    registry = opened(sqlite_url)
    if not registry.accounts.all():
        registry.accounts.create("acme")
    token = registry.tokens.create("acme").encode()
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert all(token not in path.read_bytes() for path in folder.glob("registry.db*"))


def test_a_block_by_another_process_acts_at_once(registry: Registry, url: str) -> None:
    token = registry.tokens.create("acme")
    before = registry.tokens.find(token)
    subprocess.run([sys.executable, "-c", _BLOCK, url], check=True)
    after = registry.tokens.find(token)
    assert before is not None
    assert after is not None
    assert (before.blocked, after.blocked) == (False, True)


def test_a_block_and_a_switched_off_account_act_at_once_in_this_process(registry: Registry) -> None:
    token = registry.tokens.create("acme")
    assert registry.tokens.find(token) is not None
    registry.tokens.block(1)
    registry.accounts.set_active("acme", active=False)
    found = registry.tokens.find(token)
    assert found is not None
    assert found.blocked
    assert not found.account.is_active


def test_a_token_made_after_it_was_asked_for_is_found(registry: Registry) -> None:
    assert registry.tokens.find("unknown") is None
    assert registry.tokens.find(registry.tokens.create("acme")) is not None


def test_use_is_written_behind(registry: Registry) -> None:
    registry.tokens.create("acme", expires=datetime(2030, 1, 1, tzinfo=UTC))
    registry.tokens.touch(1, 1_800_000_000)
    assert registry.tokens.list("acme")[0].last_used is None
    registry.tokens.flush()
    row = registry.tokens.list("acme")[0]
    assert (row.last_used, row.expires, row.login) == ("2027-01-15 08:00:00", "2030-01-01 00:00:00", None)


def test_a_token_that_is_not_there_is_told(registry: Registry) -> None:
    with pytest.raises(OperatorFault, match="there is no token 7"):
        registry.tokens.block(7)


def test_a_known_token_is_found_within_100_microseconds(sqlite_url: str, opened: Callable[[str], Registry]) -> None:
    registry = opened(sqlite_url)
    if not registry.accounts.all():
        registry.accounts.create("acme")
    token = registry.tokens.create("acme")
    registry.tokens.find(token)
    times = []
    for _ in range(200):
        begin = time.perf_counter()
        registry.tokens.find(token)
        times.append(time.perf_counter() - begin)
    assert sorted(times)[100] < 100e-6
