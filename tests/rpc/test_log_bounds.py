"""Requests are noted so many times a minute and counted beyond, so that the log stays small."""

from __future__ import annotations

from ringledger.rpc.log_bounds import OF_AN_ADDRESS, OF_NOBODY, REFUSED, LeftOut, Noted, neighbourhood
from ringledger.store.request_log import NOBODY

NOW = 1_777_593_600


def test_nobody_s_requests_are_noted_until_the_minute_s_share_is_used_up() -> None:
    noted = Noted(REFUSED)
    taken = [noted.take(NOBODY, f"192.0.2.{number}", NOW + number % 60, 0) for number in range(200)]
    assert taken == [0] * OF_NOBODY + [None] * (200 - OF_NOBODY)
    assert noted.left_out(NOW + 59) == []
    assert noted.take(NOBODY, "192.0.2.1", NOW + 60, 0) == 0
    assert noted.left_out(NOW + 60) == [LeftOut(NOBODY, NOW, 200 - OF_NOBODY)]
    assert noted.left_out(NOW + 120) == []


def test_one_address_cannot_hide_another() -> None:
    noted = Noted(REFUSED)
    taken = [noted.take(NOBODY, f"2001:db8::{number:x}", NOW, 0) for number in range(1000)]
    assert taken.count(0) == OF_AN_ADDRESS
    assert noted.take(NOBODY, "2001:db8:0:1::1", NOW, 0) == 0


def test_an_account_s_requests_have_a_share_of_their_own() -> None:
    noted = Noted(REFUSED)
    taken = [noted.take(7, "192.0.2.1", NOW, 1) for _ in range(REFUSED.requests + 5)]
    assert taken.count(1) == REFUSED.requests
    assert noted.take(8, "192.0.2.1", NOW, 1) == 1
    assert noted.take(NOBODY, "192.0.2.1", NOW, 0) == 0
    assert noted.left_out(NOW + 60) == [LeftOut(7, NOW, 5)]


def test_the_parameters_of_an_account_s_requests_are_cut_where_they_are_too_much() -> None:
    noted = Noted(REFUSED)
    assert [noted.take(7, "", NOW, REFUSED.characters - 10), noted.take(7, "", NOW, 16_000)] == [
        REFUSED.characters - 10,
        10,
    ]
    assert [noted.take(7, "", NOW, 5), noted.take(8, "", NOW, 5)] == [0, 5]
    assert noted.take(7, "", NOW + 60, 5) == 5


def test_a_network_of_64_bits_is_one_neighbour() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::2") == "2001:db8::/64"
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("::ffff:192.0.2.1") == "::ffff:192.0.2.1"
    assert neighbourhood("unknown") == "unknown"
