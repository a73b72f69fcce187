"""How numbers are written and what they tell: E.164 by the dialling habits of a country, and the place of a number.

Pure: both come from the tables of the phonenumbers library (Google's libphonenumber). It is loaded when the first
number is looked at; its table of places takes a quarter of a second and 100 MB.
"""

from __future__ import annotations

from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_SHORTEST: Final = 7
"""Numbers of fewer digits are extensions and services, which no country's plan explains."""
_REMEMBERED: Final = 1 << 16
_ID_BYTES: Final = 6
_COUNTRY_LETTERS: Final = 2


class Place(msgspec.Struct, frozen=True):
    """Where a number is from: an ISO 3166 code and English names; a mobile number mostly tells no region."""

    country_id: str | None = None
    country_name: str | None = None
    region_id: int | None = None
    region_name: str | None = None


NOWHERE: Final = Place()


def plain_number(number: str) -> str:
    """A number as its digits, without "+" and punctuation; a name, such as that of an extension, stays as it is."""
    digits = "".join(letter for letter in number if letter not in "+-()./" and not letter.isspace())
    return digits if digits.isascii() and digits.isdigit() else number


@lru_cache(_REMEMBERED)
def e164(number: str, country: str | None) -> str:
    """The number's E.164 digits without "+", read as one dials it in the country (an ISO 3166 code).

    What is no full number there (extensions, short numbers, names, wrong numbers) is the plain number.
    """
    plain = plain_number(number)
    if not (plain.isascii() and plain.isdigit()) or len(plain) < _SHORTEST:
        return plain
    if number.lstrip().startswith("+"):
        found = _valid(f"+{plain}", None)
    else:
        found = _valid(plain, country) if country else None
        if found is None and plain.startswith("00"):
            found = _valid(f"+{plain[2:]}", None)
    return plain if found is None else f"{found.country_code}{_national(found)}"


@lru_cache(_REMEMBERED)
def place(number: str | None) -> Place:
    """The place of a number in E.164 digits; nowhere for what is none."""
    if number is None or not (number.isascii() and number.isdigit()) or len(number) < _SHORTEST:
        return NOWHERE
    found = _valid(f"+{number}", None)
    return NOWHERE if found is None else _place(found)


def is_country(code: str) -> bool:
    """Whether it is the ISO 3166 code of a country with a numbering plan."""
    import phonenumbers  # noqa: PLC0415 - commands that see no number do not wait for it

    return code in phonenumbers.SUPPORTED_REGIONS


def _valid(number: str, country: str | None) -> PhoneNumber | None:
    import phonenumbers  # noqa: PLC0415

    try:
        found = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    return found if phonenumbers.is_valid_number(found) else None


def _national(number: PhoneNumber) -> str:
    from phonenumbers import national_significant_number  # noqa: PLC0415

    return str(national_significant_number(number))


def _place(number: PhoneNumber) -> Place:
    from phonenumbers import geocoder, region_code_for_number  # noqa: PLC0415

    country = region_code_for_number(number) or ""
    if len(country) != _COUNTRY_LETTERS or not country.isalpha():
        return NOWHERE  # a number of no country, such as a satellite's
    country_name = _country_name(country)
    region = geocoder.description_for_valid_number(number, "en")
    if not region or region == country_name:
        return Place(country, country_name)
    return Place(country, country_name, _region_id(country, region), region)


@cache
def _country_name(country: str) -> str | None:
    from phonenumbers import example_number, geocoder  # noqa: PLC0415

    example = example_number(country)  # names are had by number only, and every number of a country has the same
    return None if example is None else geocoder.country_name_for_number(example, "en") or None


def _region_id(country: str, region: str) -> int:
    """The first 48 bits of the digest of country and English name: the same in every account and installation."""
    return int.from_bytes(blake2b(f"{country}/{region}".encode(), digest_size=_ID_BYTES).digest())
