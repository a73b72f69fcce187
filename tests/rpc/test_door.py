"""Those who are turned away are noted so many times a minute and counted beyond, so that the log stays small."""

from __future__ import annotations

from ringledger.rpc.door import OF_AN_ACCOUNT, OF_AN_ADDRESS, OF_NOBODY, Door, LeftOut, neighbourhood
from ringledger.store.request_log import NOBODY

NOW = 1_777_593_600


def test_nobody_s_requests_are_noted_until_the_minute_s_share_is_used_up() -> None:
    door = Door()
    taken = [door.takes(NOBODY, f"192.0.2.{number}", NOW + number % 60) for number in range(200)]
    assert taken == [True] * OF_NOBODY + [False] * (200 - OF_NOBODY)
    assert door.left_out(NOW + 59) == []
    assert door.takes(NOBODY, "192.0.2.1", NOW + 60)
    assert door.left_out(NOW + 60) == [LeftOut(NOBODY, NOW, 200 - OF_NOBODY)]
    assert door.left_out(NOW + 120) == []


def test_one_address_cannot_hide_another() -> None:
    door = Door()
    assert sum(door.takes(NOBODY, f"2001:db8::{number:x}", NOW) for number in range(1000)) == OF_AN_ADDRESS
    assert door.takes(NOBODY, "2001:db8:0:1::1", NOW)


def test_an_account_s_requests_have_a_share_of_their_own() -> None:
    door = Door()
    taken = [door.takes(7, "192.0.2.1", NOW) for _ in range(OF_AN_ACCOUNT + 5)]
    assert taken.count(True) == OF_AN_ACCOUNT
    assert door.takes(8, "192.0.2.1", NOW)
    assert door.takes(NOBODY, "192.0.2.1", NOW)
    assert door.left_out(NOW + 60) == [LeftOut(7, NOW, 5)]


def test_a_network_of_64_bits_is_one_neighbour() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::2") == "2001:db8::/64"
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("::ffff:192.0.2.1") == "::ffff:192.0.2.1"
    assert neighbourhood("unknown") == "unknown"
