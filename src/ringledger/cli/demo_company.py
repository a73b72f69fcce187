"""A company that is not: its people, teams, numbers and callers; holds no calls and no times of day.

All phone numbers are of the ranges that Ofcom keeps free for drama.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from ringledger.cli.demo_switch import Phone

SITE: Final = "northlight-windows.example"
TRUNK: Final = "PJSIP/trunk"
TRUNK_CONTEXT: Final = "from-trunk"
OFFICE_CONTEXT: Final = "from-internal"


class Employee(NamedTuple):
    """Someone who has an extension, and perhaps a mobile."""

    extension: str
    full_name: str
    mobile: str | None = None

    @property
    def device(self) -> str:
        """What the names of the employee's channels begin with."""
        return f"PJSIP/{self.extension}"

    @property
    def phone(self) -> Phone:
        """The phone on the desk."""
        return Phone(self.device, self.extension, self.full_name, OFFICE_CONTEXT)


class Advertised(NamedTuple):
    """A number that the company makes known; `weight` is its share of the calls."""

    number: str
    team: str
    scenario: str
    campaign: str | None
    weight: float


SALES: Final = (
    Employee("201", "Amelia Hart"),
    Employee("202", "Oliver Singh"),
    Employee("203", "Grace Whitfield"),
    Employee("204", "Tomasz Nowak", "+447700900951"),
    Employee("205", "Chloe Barnes"),
    Employee("206", "Daniel Okafor", "+447700900952"),
)
SERVICE: Final = (
    Employee("207", "Megan Price"),
    Employee("208", "Hassan Malik", "+447700900953"),
    Employee("209", "Rosie Turner"),
    Employee("210", "Lewis Grant", "+447700900954"),
)
FRONT_DESK: Final = (Employee("211", "Ines Moreira"), Employee("212", "Jack Ellery"))
TEAMS: Final = {"sales": SALES, "service": SERVICE, "reception": FRONT_DESK}
EMPLOYEES: Final = (*SALES, *SERVICE, *FRONT_DESK)
ADVERTISED: Final = (
    Advertised("+442079460100", "reception", "Main line", None, 3.0),
    Advertised("+442079460101", "sales", "Sales", "Google Ads Brand", 4.0),
    Advertised("+442079460102", "sales", "Sales", "Google Ads Sash Windows", 3.0),
    Advertised("+442079460103", "sales", "Sales", "Facebook", 2.0),
    Advertised("+442079460104", "sales", "Sales", "Yell", 1.2),
    Advertised("+442079460105", "sales", "Sales", "Newsletter", 0.8),
    Advertised("+442079460106", "service", "Service and repairs", None, 2.8),
    Advertised("+442079460107", "sales", "Sales", "Van lettering", 0.7),
)
_AREAS: Final = {"+442079460": 500, "+441214960": 0, "+441614960": 0, "+441134960": 0, "+447700900": 0}
"""What callers' numbers begin with, and the first of their last three digits."""
_CALLERS: Final = range(900)
_RECENT: Final = 400


class Callers:
    """The people outside: some call for the first time, others again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._new = [f"{area}{last:03d}" for area, first in _AREAS.items() for last in _CALLERS[first:]]
        chance.shuffle(self._new)
        self._known: list[str] = []

    def one(self) -> str:
        """The number of whoever calls, or is called, next."""
        if self._known and (not self._new or self._chance.random() < 0.45):
            return self._chance.choice(self._known[-_RECENT:])
        number = self._new.pop()
        self._known.append(number)
        return number


def trunk(number: str) -> Phone:
    """The line outside, with the number of the party there."""
    return Phone(TRUNK, number, "", TRUNK_CONTEXT)
