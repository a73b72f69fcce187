"""Which country a time zone lies in, by the IANA database's own tables; knows no account."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

_OFFSETS: Final = frozenset({"CET", "EET", "EST", "HST", "MET", "MST", "WET"})
"""Zones that stand for an offset in many countries, though the tables have them as old names of one zone."""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """The countries of zones, and the zones that old names stand for."""
    folder = files("tzdata") / "zoneinfo"
    rows = (line.split("\t") for line in (folder / "zone.tab").read_text("utf-8").splitlines())
    links = (line.split() for line in (folder / "tzdata.zi").read_text("utf-8").splitlines() if line.startswith("L "))
    return {row[2]: row[0] for row in rows if len(row) > 2}, {link[2]: link[1] for link in links}


def country_of(timezone: str) -> str | None:
    """The ISO 3166 code of the zone's country; None for zones of no country, such as UTC."""
    if timezone in _OFFSETS:
        return None
    countries, names = _tables()
    return countries.get(timezone) or countries.get(names.get(timezone, ""))
