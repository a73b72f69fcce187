"""Those who are refused are noted so many times a minute and counted beyond, so that the log stays small."""

from __future__ import annotations

from ringledger.rpc.refusals import (
    CHARACTERS,
    OF_AN_ACCOUNT,
    OF_AN_ADDRESS,
    OF_NOBODY,
    LeftOut,
    Refusals,
    neighbourhood,
)
from ringledger.store.request_log import NOBODY

NOW = 1_777_593_600


def test_nobody_s_requests_are_noted_until_the_minute_s_share_is_used_up() -> None:
    refusals = Refusals()
    taken = [refusals.take(NOBODY, f"192.0.2.{number}", NOW + number % 60, 0) for number in range(200)]
    assert taken == [0] * OF_NOBODY + [None] * (200 - OF_NOBODY)
    assert refusals.left_out(NOW + 59) == []
    assert refusals.take(NOBODY, "192.0.2.1", NOW + 60, 0) == 0
    assert refusals.left_out(NOW + 60) == [LeftOut(NOBODY, NOW, 200 - OF_NOBODY)]
    assert refusals.left_out(NOW + 120) == []


def test_one_address_cannot_hide_another() -> None:
    refusals = Refusals()
    taken = [refusals.take(NOBODY, f"2001:db8::{number:x}", NOW, 0) for number in range(1000)]
    assert taken.count(0) == OF_AN_ADDRESS
    assert refusals.take(NOBODY, "2001:db8:0:1::1", NOW, 0) == 0


def test_an_account_s_requests_have_a_share_of_their_own() -> None:
    refusals = Refusals()
    taken = [refusals.take(7, "192.0.2.1", NOW, 1) for _ in range(OF_AN_ACCOUNT + 5)]
    assert taken.count(1) == OF_AN_ACCOUNT
    assert refusals.take(8, "192.0.2.1", NOW, 1) == 1
    assert refusals.take(NOBODY, "192.0.2.1", NOW, 0) == 0
    assert refusals.left_out(NOW + 60) == [LeftOut(7, NOW, 5)]


def test_the_parameters_of_an_account_s_requests_are_cut_where_they_are_too_much() -> None:
    refusals = Refusals()
    assert [refusals.take(7, "", NOW, CHARACTERS - 10), refusals.take(7, "", NOW, 16_000)] == [CHARACTERS - 10, 10]
    assert [refusals.take(7, "", NOW, 5), refusals.take(8, "", NOW, 5)] == [0, 5]
    assert refusals.take(7, "", NOW + 60, 5) == 5


def test_a_network_of_64_bits_is_one_neighbour() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::2") == "2001:db8::/64"
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("::ffff:192.0.2.1") == "::ffff:192.0.2.1"
    assert neighbourhood("unknown") == "unknown"
