"""What is known of connections to switches, on each database."""

from __future__ import annotations

import pytest

from ringledger.registry.connections import Connection
from ringledger.registry.registry import Registry

MINUTE, DAY = 60, 86_400


@pytest.fixture(autouse=True)
def _accounts(registry: Registry) -> None:
    registry.accounts.create("acme")
    registry.accounts.create("other")


def told(since: int, error: str | None = None, name: str = "AMI 127.0.0.1:5038") -> Connection:
    return Connection(name, "asterisk-cel", "ami", error is None, since, error)


def test_a_connection_is_as_it_is_since_it_changed(registry: Registry) -> None:
    for news in (told(1000), told(1030), told(1060, "it is gone"), told(1090, "no answer"), told(1120)):
        registry.connections.tell(1, news)
        if news.since == 1030:
            assert registry.connections.of(1, 1040) == [told(1000)]
        if news.since == 1090:
            assert registry.connections.of(1, 1100) == [told(1060, "no answer")]
    assert registry.connections.of(1, 1130) == [told(1120)]
    assert registry.connections.of(2, 1130) == []


def test_one_that_nobody_speaks_of_is_lost_and_in_the_end_forgotten(registry: Registry) -> None:
    registry.connections.tell(1, told(1000))
    [lost] = registry.connections.of(1, 1000 + 5 * MINUTE)
    assert (lost.is_connected, lost.since, lost.error) == (False, 1000, "nobody follows it any more")
    assert registry.connections.of(1, 1000 + 8 * DAY) == []
    registry.connections.tell(1, told(1000 + 5 * MINUTE))
    assert registry.connections.of(1, 1000 + 6 * MINUTE) == [told(1000 + 5 * MINUTE)]


def test_one_that_is_not_wanted_any_more_is_forgotten(registry: Registry) -> None:
    for account in (1, 2):
        registry.connections.tell(account, told(1000))
    registry.connections.forget(1, told(0).name)
    assert registry.connections.of(1, 1000) == []
    assert registry.connections.of(2, 1000) == [told(1000)]


def test_a_long_reason_is_cut(registry: Registry) -> None:
    registry.connections.tell(1, told(1000, "x" * 10_000))
    assert registry.connections.of(1, 1000)[0].error == "x" * 500
