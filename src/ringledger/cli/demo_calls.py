"""The demo's directory and its calls, as an Asterisk switch would have written them; opens no file and no clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ringledger.cli.demo_company import ADVERTISED, EMPLOYEES, SITE, TRUNK, Advertised
from ringledger.cli.demo_office import Agenda, Office
from ringledger.cli.demo_switch import Switch

_WEEK: Final = (1.35, 1.25, 1.2, 1.2, 1.15, 0.32, 0.07)
"""A day's share of the calls, from Monday on."""
_FIRST_CALLS: Final = 0.93
"""The rest are those of missed callers."""
_NIGHT, _EVENING = (0.01,) * 7 + (0.15,), (0.25, 0.15, 0.1, 0.05, 0.02)
_WEEKDAY: Final = (*_NIGHT, 0.8, 1.4, 1.7, 1.5, 0.8, 0.9, 1.4, 1.5, 1.3, 0.9, 0.5, *_EVENING)
"""An hour's share of the day's calls, local time."""
_WEEKEND: Final = (*_NIGHT, 0.3, 1.5, 1.8, 1.6, 1.1, 0.3, 0.3, 0.2, 0.2, 0.2, 0.1, *_EVENING)
_TALKING_SINCE, _RINGING_SINCE, _LISTENING_SINCE = 95, 9, 6
_HOUR: Final = 3600


def directory() -> dict[str, Any]:
    """The company's directory file: employees, the trunk and the numbers that it advertises."""
    return {
        "employees": [
            {
                "full_name": employee.full_name,
                "numbers": [employee.extension, *([employee.mobile] if employee.mobile else [])],
                "channels": [employee.device],
            }
            for employee in EMPLOYEES
        ],
        "external": [{"number": None, "channels": [TRUNK]}],
        "virtual_numbers": [_virtual_number(entry) for entry in ADVERTISED],
    }


def cel_lines(
    until: datetime, days: int = 60, calls_per_day: int = 120, seed: int = 7, timezone: str = "Europe/London"
) -> Iterator[str]:
    """The rows of the last `days` times 24 hours before `until`, in time order, without line ends.

    About `calls_per_day` a day over a week, by the company's hours in its time zone. Calls that are under way at
    `until` have no end yet; there is always one.
    """
    chance = random.Random(seed)  # noqa: S311 - invented calls keep no secret
    zone = ZoneInfo(timezone)
    switch = Switch(chance)
    agenda = Agenda(switch)
    office = Office(switch, agenda, zone)
    end = until.timestamp()
    start = end - timedelta(days=days).total_seconds()
    last = until.astimezone(zone).date()
    for back in range(days, -1, -1):
        for moment in _moments(chance, last - timedelta(days=back), zone, calls_per_day):
            if start <= moment <= end:
                agenda.add(moment, office.begun())
    if office.is_open(end - _TALKING_SINCE):
        agenda.add(end - _TALKING_SINCE, office.talking())
        agenda.add(end - _RINGING_SINCE, office.ringing())
    else:
        agenda.add(end - _LISTENING_SINCE, office.arriving())
    return agenda.rows(end)


def _virtual_number(entry: Advertised) -> dict[str, str]:
    known = {"number": entry.number, "scenario": entry.scenario, "site": SITE}
    return known | ({"campaign": entry.campaign} if entry.campaign else {})


def _moments(chance: random.Random, day: date, zone: ZoneInfo, calls: int) -> list[float]:
    """When the day's calls begin."""
    count = round(calls * _FIRST_CALLS * _WEEK[day.weekday()] * chance.uniform(0.88, 1.12))
    hours = chance.choices(range(24), _WEEKDAY if day.weekday() < 5 else _WEEKEND, k=count)
    begins = {hour: datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp() for hour in range(24)}
    return [begins[hour] + chance.uniform(0, _HOUR) for hour in hours]
