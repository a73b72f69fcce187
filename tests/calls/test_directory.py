"""Who a channel belongs to."""

from __future__ import annotations

import pytest

from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.calls.phone_numbers import plain_number

BOB = Employee(1, "Bob", ("201", "+49 30 23125-201"), ("PJSIP/bob", "Local/bob@office"))
BOBBY = Employee(2, "Bobby", ("202",), ("PJSIP/bob-desk",))
CAROL = Employee(3, "Carol", ("203",))
TRUNK = External(None, ("PJSIP/trunk",))
ACME = External("+493023125017", ("PJSIP/acme",))
SALES = VirtualNumber("+493023125100", campaign_id=7, campaign_name="Spring")
WHO = Directory((BOB, BOBBY, CAROL), (TRUNK, ACME), (SALES,))


@pytest.mark.parametrize(
    ("channel", "number", "party"),
    [
        ("PJSIP/bob-00000001", None, BOB),
        ("PJSIP/bob", None, BOB),
        ("PJSIP/bob@office-00000001", None, BOB),
        ("PJSIP/bobby-00000001", None, None),
        ("PJSIP/bob-desk-00000001", None, BOBBY),
        ("PJSIP/trunk-00000001", "201", TRUNK),
        ("Local/bob@office-00000001;2", None, BOB),
        ("Local/203@queue-00000001;1", "203", None),
        ("SIP/other-00000001", "203", CAROL),
        ("SIP/other-00000001", "+493023125017", ACME),
        ("SIP/other-00000001", "4930 23125201", BOB),
        ("SIP/203-00000001", "202", CAROL),
        ("SIP/other-00000001", None, None),
        ("", "", None),
    ],
)
def test_a_channel_is_told_by_its_longest_prefix_then_by_its_extension_then_by_its_number(
    channel: str, number: str | None, party: Employee | External | None
) -> None:
    assert WHO.party(channel, number) == party


def test_a_virtual_number_is_found_however_it_is_written() -> None:
    assert WHO.virtual_number("0049") is None
    assert WHO.virtual_number(None) is None
    assert WHO.virtual_number("49 (30) 231-25-100") is SALES


def test_only_an_employee_is_found_as_employee_of_a_number() -> None:
    assert WHO.employee_of("203") is CAROL
    assert WHO.employee_of("+493023125017") is None
    assert WHO.employee_of(None) is None


@pytest.mark.parametrize(
    ("written", "plain"),
    [("+49 30 23125-017", "493023125017"), ("201", "201"), ("bob_park-call", "bob_park-call"), ("+", "+"), ("", "")],
)
def test_a_number_is_plain_digits_and_a_name_stays(written: str, plain: str) -> None:
    assert plain_number(written) == plain


def test_a_number_is_found_however_it_is_written_in_the_country() -> None:
    who = Directory((Employee(1, "Ann", ("07911 123456",)),), (), (VirtualNumber("020 7946 0101", 3),), country="GB")
    assert who.employee_of("+447911123456") == who.employee_of("00447911123456") == who.employees[0]
    assert who.party("SIP/07911123456-1", None) == who.employees[0]
    assert who.virtual_number("442079460101") == who.virtual_numbers[0]
    assert who.virtual_number("+49 20 7946 0101") is None
