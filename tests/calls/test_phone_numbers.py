"""Numbers in E.164 by the habits of a country, and the places that they are from."""

from __future__ import annotations

import pytest

from ringledger.calls.phone_numbers import NOWHERE, Place, e164, is_country, place, plain_number


@pytest.mark.parametrize(
    ("number", "country", "digits"),
    [
        ("020 7946 0019", "GB", "442079460019"),
        ("2079460019", "GB", "442079460019"),
        ("442079460019", "GB", "442079460019"),
        ("+44 (0)20 7946 0019", "GB", "442079460019"),
        ("+442079460019", "DE", "442079460019"),
        ("0044 20 79460019", "DE", "442079460019"),
        ("00442079460019", None, "442079460019"),
        ("030/23125017", "DE", "493023125017"),
        ("493023125017", "GB", "493023125017"),
        ("89261234567", "RU", "79261234567"),
        ("9261234567", "RU", "79261234567"),
        ("(212) 555-0123", "US", "12125550123"),
        ("011442079460019", "US", "442079460019"),
    ],
)
def test_a_full_number_gets_its_country_code(number: str, country: str | None, digits: str) -> None:
    assert e164(number, country) == digits


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        ("201", "201"),
        ("2-01", "201"),
        ("112", "112"),
        ("999999", "999999"),
        ("bob", "bob"),
        ("", ""),
        ("+4420", "4420"),
        ("1234567", "1234567"),
        ("*7201", "*7201"),
        ("99999999999999999999999999999999", "99999999999999999999999999999999"),
        ("02079460019\n", "02079460019"),
        ("٠٢٠٧٩٤٦٠٠١٩", "٠٢٠٧٩٤٦٠٠١٩"),
    ],
)
def test_what_is_no_full_number_stays_as_it_is(number: str, plain: str) -> None:
    assert e164(number, None) == plain == plain_number(number)
    if "0" not in number:
        assert e164(number, "GB") == plain


def test_without_a_country_a_national_number_stays_as_it_is() -> None:
    assert e164("02079460019", None) == "02079460019"


def test_reading_a_number_again_changes_nothing() -> None:
    for number in ("02079460019", "+493023125017", "0033142685300", "201"):
        assert e164(e164(number, "GB"), "GB") == e164(number, "GB")


def test_a_fixed_line_tells_country_and_region() -> None:
    london = place("442079460019")
    assert (london.country_id, london.country_name, london.region_name) == ("GB", "United Kingdom", "London")
    assert place("442071838750") == london
    assert place("493023125017").region_name == "Berlin"
    assert place("12125550123").region_name == "New York, NY"


def test_the_ids_of_regions_are_the_same_everywhere_and_for_ever() -> None:
    assert place("442079460019").region_id == 23041830718825
    assert place("12125550123").region_id == 122107912793783


def test_a_mobile_number_tells_the_country_only() -> None:
    assert place("79261234567") == Place("RU", "Russia", None, None)


@pytest.mark.parametrize("number", [None, "", "201", "bob", "1234567", "4420", "88213123456789", "٠٢٠٧٩٤٦٠٠١٩"])
def test_what_is_no_number_of_a_country_is_from_nowhere(number: str | None) -> None:
    assert place(number) == NOWHERE


@pytest.mark.parametrize(("code", "is_one"), [("GB", True), ("gb", False), ("XX", False), ("001", False), ("", False)])
def test_countries_are_those_with_a_numbering_plan(code: str, is_one: bool) -> None:
    assert is_country(code) is is_one
