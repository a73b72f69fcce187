"""What the servers of one registry share: keys to sign with, leases, rules about recordings."""

from __future__ import annotations

from collections.abc import Callable

from ringledger.registry.registry import Registry


def test_every_server_signs_with_the_same_keys_one_an_account_and_purpose(
    url: str, opened: Callable[[str], Registry]
) -> None:
    one, other = opened(url), opened(url)
    assert one.keys.of("media", 1) == other.keys.of("media", 1)
    assert len({one.keys.of("media", 1), one.keys.of("media", 2), one.keys.of("callbacks", 1)}) == 3
    assert len(one.keys.of("media", 1)) == 32


def test_a_lease_is_one_servers_until_it_ends_or_is_given_back(url: str, opened: Callable[[str], Registry]) -> None:
    one, other = opened(url).leases, opened(url).leases
    assert one.hold("work", "a", 100, 30)
    assert not other.hold("work", "b", 129, 30)
    assert other.hold("other", "b", 129, 30)
    assert one.hold("work", "a", 129, 30)
    assert not other.hold("work", "b", 158, 30)
    assert other.hold("work", "b", 159, 30)
    assert not one.hold("work", "a", 160, 30)
    one.release("work", "a")
    assert not one.hold("work", "a", 160, 30)
    other.release("work", "b")
    assert one.hold("work", "a", 160, 30)


def test_how_long_recordings_are_kept_is_set_and_unset(registry: Registry) -> None:
    acme, rival = registry.accounts.create("acme").id, registry.accounts.create("rival").id
    registry.recording_rules.set("acme", 30)
    registry.recording_rules.set("rival", 0)
    registry.recording_rules.set("acme", 60)
    assert registry.recording_rules.all() == {acme: 60, rival: 0}
    registry.recording_rules.set("rival", None)
    assert registry.recording_rules.all() == {acme: 60}
