"""The country of a time zone, and of an account."""

from __future__ import annotations

import pytest

from ringledger.faults import OperatorFault
from ringledger.registry.countries import country_of
from ringledger.registry.registry import Registry


@pytest.mark.parametrize(
    ("timezone", "country"),
    [
        ("Europe/London", "GB"),
        ("America/Argentina/Ushuaia", "AR"),
        ("Asia/Calcutta", "IN"),
        ("US/Eastern", "US"),
        ("UTC", None),
        ("Etc/GMT+3", None),
        ("CET", None),
        ("nowhere", None),
    ],
)
def test_a_time_zone_tells_its_country(timezone: str, country: str | None) -> None:
    assert country_of(timezone) == country


def test_an_accounts_country_is_its_time_zones_until_another_is_set(registry: Registry) -> None:
    assert registry.accounts.create("acme", timezone="Europe/London").country == "GB"
    assert registry.accounts.set_country("acme", "DE").country == "DE"
    assert registry.accounts.by_name("acme").country == "DE"
    assert registry.accounts.set_country("acme", None).country == "GB"


def test_the_directory_knows_the_accounts_country(registry: Registry) -> None:
    made = registry.accounts.create("acme", timezone="UTC", country="AT")
    assert registry.directories.load(made.id).country == "AT"


def test_a_country_that_there_is_not_is_refused(registry: Registry) -> None:
    with pytest.raises(OperatorFault, match="'UK' is no ISO 3166 code"):
        registry.accounts.create("acme", country="UK")
    registry.accounts.create("acme")
    with pytest.raises(OperatorFault, match="'' is no ISO 3166 code"):
        registry.accounts.set_country("acme", "")
