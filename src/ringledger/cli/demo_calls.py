"""A company that is not, its directory and its calls as an Asterisk switch would have written them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ringledger.cli.demo_switch import Channel, Switch

_TRUNK: Final = "PJSIP/trunk"
_PEOPLE: Final = {
    "201": "Amelia Hart",
    "202": "Oliver Singh",
    "203": "Grace Whitfield",
    "204": "Tomasz Nowak",
    "205": "Chloe Barnes",
    "206": "Daniel Okafor",
    "207": "Megan Price",
    "208": "Hassan Malik",
    "209": "Rosie Turner",
    "210": "Lewis Grant",
    "211": "Ines Moreira",
    "212": "Jack Ellery",
}
_SALES: Final = ("201", "202", "203", "204", "205", "206")
_SERVICE: Final = ("207", "208", "209", "210", "211", "212")
_SITE: Final = "northlight-windows.example"
_NUMBERS: Final = {
    "+442079460100": ("Main line", None, 3.0),
    "+442079460101": ("Sales", "Google Ads - brand", 4.0),
    "+442079460102": ("Sales", "Google Ads - sash windows", 3.0),
    "+442079460103": ("Sales", "Facebook - spring offer", 2.0),
    "+442079460104": ("Sales", "Local paper", 1.0),
    "+442079460105": ("Sales", "Newsletter", 0.8),
    "+442079460106": ("Service", None, 2.5),
    "+442079460107": ("Sales", "Van lettering", 0.7),
}
_HOURS: Final = (0.02,) * 7 + (0.3, 0.8, 1.4, 1.7, 1.5, 0.9, 1.1, 1.5, 1.4, 1.2, 0.8, 0.3) + (0.1,) * 3 + (0.03,) * 2
_OPEN: Final = range(8, 19)
_OUTCOMES: Final = {"answer": 50, "queue": 14, "blind": 5, "attended": 3, "park": 2, "missed": 12, "busy": 3}
_OUTGOING: Final = {"answer": 70, "silent": 20, "busy": 10}


def directory() -> dict[str, Any]:
    """The demo's directory file."""
    return {
        "employees": [
            {"full_name": name, "numbers": [extension], "channels": [f"PJSIP/{extension}"]}
            for extension, name in _PEOPLE.items()
        ],
        "external": [{"number": None, "channels": [_TRUNK]}],
        "virtual_numbers": [
            {"number": number, "scenario": scenario, "site": _SITE} | ({"campaign": campaign} if campaign else {})
            for number, (scenario, campaign, _) in _NUMBERS.items()
        ],
    }


def cel_lines(
    until: datetime, days: int = 60, calls_per_day: int = 120, seed: int = 7, timezone: str = "Europe/London"
) -> Iterator[str]:
    """Channel event rows, in time order, of the days up to `until`; the last calls may still be under way."""
    chance = random.Random(seed)  # noqa: S311 - invented calls keep no secret
    company = _Company(chance)
    zone = ZoneInfo(timezone)
    end = until.timestamp()
    waiting: list[tuple[float, str]] = []
    for back in range(days, -1, -1):
        day = (until.astimezone(zone) - timedelta(days=back)).date()
        switch = company.switch
        for begin in _begins(chance, datetime(day.year, day.month, day.day, tzinfo=zone), calls_per_day):
            company.call(begin.timestamp(), is_open=begin.hour in _OPEN and begin.weekday() < 6)
        midnight = datetime(day.year, day.month, day.day, 23, 30, tzinfo=zone).timestamp()
        rows = sorted(waiting + switch.rows)
        switch.rows = []
        waiting = [row for row in rows if row[0] > midnight]
        yield from (text for moment, text in rows if moment <= min(midnight, end))
    yield from (text for moment, text in waiting if moment <= end)


def _begins(chance: random.Random, day: datetime, calls: int) -> list[datetime]:
    """When the day's calls begin: office hours with peaks, a short Saturday, a quiet Sunday."""
    share = (1.15, 1.05, 1.0, 1.0, 0.95, 0.35, 0.08)[day.weekday()]
    count = round(calls * share * chance.uniform(0.85, 1.15))
    hours = chance.choices(range(24), _HOURS, k=count)
    start = day.astimezone(UTC)
    return sorted(
        (start + timedelta(hours=hour, seconds=chance.uniform(0, 3600))).astimezone(day.tzinfo) for hour in hours
    )


class _Company:
    """Makes one call after the other; missed callers are called back."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.switch = Switch(chance)
        self._regulars = [self._number() for _ in range(900)]
        self._missed: list[str] = []

    def call(self, at: float, *, is_open: bool) -> None:
        """A call that begins then."""
        if not is_open:
            self._out_of_hours(at)
        elif self._chance.random() < 0.06:
            self._internal(at)
        elif self._missed and self._chance.random() < 0.35:
            self._outgoing(at, self._missed.pop(0))
        elif self._chance.random() < 0.2:
            self._outgoing(at, self._contact())
        else:
            self._incoming(at)

    def _number(self) -> str:
        # Ofcom's numbers for drama.
        area = self._chance.choice(("20794600", "16149600", "12174600", "14134600", "77009009"))
        return f"+44{area}{self._chance.randrange(1000):03d}"[:13]

    def _contact(self) -> str:
        if self._chance.random() < 0.35:
            return self._number()
        return self._regulars[int(len(self._regulars) * self._chance.random() ** 2)]

    def _seconds(self, middle: float, spread: float, most: float) -> float:
        return min(most, math.exp(self._chance.gauss(math.log(middle), spread)))

    def _caller(self, at: float) -> tuple[Channel, tuple[str, ...]]:
        dialled = self._chance.choices(list(_NUMBERS), [weight for _, _, weight in _NUMBERS.values()])[0]
        contact = self.switch.channel(_TRUNK, at, self._contact(), dialled)
        return contact, _SERVICE if _NUMBERS[dialled][0] == "Service" else _SALES

    def _incoming(self, at: float) -> None:
        contact, team = self._caller(at)
        outcome = self._chance.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        if outcome == "missed":
            self._lost(contact, team, at)
            return
        if outcome == "busy":
            self._busy(contact, team, at)
            return
        at = self._queued(contact, at) if outcome == "queue" else at + 0.01
        employee, at = self._ring(contact, team, at)
        bridge, at = self._meet(contact, employee, at)
        at += self._seconds(110, 0.9, 2400)
        after = {"blind": self._blind, "attended": self._attended, "park": self._parked}.get(outcome)
        if after is None:
            self._part(contact, employee, bridge, at)
        else:
            after(contact, employee, bridge, at)

    def _queued(self, contact: Channel, at: float) -> float:
        """An announcement, and a first try that nobody takes."""
        at = contact.answers(at + 0.02)
        at = contact.plays("Queue", at + 6, "sales,t")
        tried = contact.dials(f"PJSIP/{self._chance.choice(_SALES)}", at, "", "")
        return tried.ends(at + 15) + 2

    def _ring(self, contact: Channel, team: tuple[str, ...], at: float) -> tuple[Channel, float]:
        """Rings some of the team at once; returns who answered and when."""
        rung = [
            contact.dials(f"PJSIP/{extension}", at, extension, _PEOPLE[extension])
            for extension in self._chance.sample(team, self._chance.choice((1, 2, 3)))
        ]
        at += self._seconds(9, 0.6, 55)
        at = rung[0].answers(at)
        for other in rung[1:]:
            other.ends(at, cause=26)
        return rung[0], contact.answers(at)

    def _meet(self, one: Channel, other: Channel, at: float) -> tuple[str, float]:
        bridge = self.switch.bridge()
        return bridge, one.enters(bridge, other.enters(bridge, at))

    def _part(self, contact: Channel, employee: Channel, bridge: str, at: float) -> None:
        """Either of them hangs up."""
        first, second = (contact, employee) if self._chance.random() < 0.6 else (employee, contact)
        at = second.leaves(bridge, first.leaves(bridge, at))
        ends = sorted((contact, employee), key=lambda channel: channel.linked == channel.unique)
        for channel in ends:
            at = channel.ends(at, source=first.name, status="ANSWER" if channel is contact else "")

    def _colleague(self, contact: Channel, employee: Channel, at: float) -> tuple[Channel, float]:
        others = [extension for extension in _PEOPLE if extension not in employee.name]
        extension = self._chance.choice(others)
        colleague = contact.dials(f"PJSIP/{extension}", at, extension, _PEOPLE[extension])
        return colleague, colleague.answers(at + self._seconds(6, 0.5, 30))

    def _blind(self, contact: Channel, employee: Channel, bridge: str, at: float) -> None:
        at = employee.tells("BLINDTRANSFER", at, extension="colleague", context="from-internal", bridge_id=bridge)
        at = employee.leaves(bridge, contact.leaves(bridge, at))
        employee.ends(at, source=employee.name)
        colleague, at = self._colleague(contact, employee, at)
        bridge, at = self._meet(contact, colleague, at)
        self._part(contact, colleague, bridge, at + self._seconds(120, 0.8, 1800))

    def _attended(self, contact: Channel, employee: Channel, bridge: str, at: float) -> None:
        aside = self.switch.bridge()
        at = employee.enters(aside, employee.leaves(bridge, at))
        colleague, at = self._colleague(employee, employee, at)
        at = colleague.enters(aside, at) + self._seconds(15, 0.5, 90)
        at = employee.leaves(aside, at)
        at = employee.tells("ATTENDEDTRANSFER", at, bridge1_id=bridge, bridge2_id=aside)
        at = colleague.enters(bridge, colleague.leaves(aside, at))
        employee.ends(at, source=employee.name)
        self._part(contact, colleague, bridge, at + self._seconds(120, 0.8, 1800))

    def _parked(self, contact: Channel, employee: Channel, bridge: str, at: float) -> None:
        lot = self.switch.bridge()
        at = employee.leaves(bridge, contact.leaves(bridge, at))
        at = contact.enters(lot, at, "holding_bridge")
        at = contact.tells("PARK_START", at, parking_lot="default")
        employee.ends(at, source=employee.name)
        at += self._seconds(20, 0.5, 90)
        extension = self._chance.choice([found for found in _PEOPLE if found not in employee.name])
        colleague = self.switch.channel(f"PJSIP/{extension}", at, extension, "701", _PEOPLE[extension])
        at = colleague.answers(at + 0.01)
        at = contact.tells("PARK_END", at, reason="ParkedCallUnparked", retriever=colleague.name)
        at = contact.leaves(lot, at, "holding_bridge")
        bridge = self.switch.bridge()
        at = contact.enters(bridge, colleague.enters(bridge, at))
        at = colleague.tells("LINKEDID_END", at)
        colleague.linked = contact.linked
        self._part(contact, colleague, bridge, at + self._seconds(100, 0.8, 1500))

    def _lost(self, contact: Channel, team: tuple[str, ...], at: float) -> None:
        extensions = self._chance.sample(team, 2)
        rung = [contact.dials(f"PJSIP/{one}", at + 0.01, one, _PEOPLE[one]) for one in extensions]
        gave_up = self._chance.random() < 0.7
        at += self._seconds(22, 0.6, 30)
        for phone in rung:
            at = phone.ends(at, cause=16 if gave_up else 19)
        contact.ends(at, source=contact.name if gave_up else "", status="CANCEL" if gave_up else "NOANSWER")
        self._missed.append(contact.number)

    def _busy(self, contact: Channel, team: tuple[str, ...], at: float) -> None:
        extension = self._chance.choice(team)
        phone = contact.dials(f"PJSIP/{extension}", at + 0.01, extension, _PEOPLE[extension])
        at = phone.ends(at + 0.4, cause=17)
        contact.ends(at + 5, cause=17, status="BUSY")
        self._missed.append(contact.number)

    def _out_of_hours(self, at: float) -> None:
        contact, _ = self._caller(at)
        at = contact.plays("Playback", contact.answers(at + 0.02), "closed")
        at = contact.plays("VoiceMail", at + 9, "200@default")
        contact.ends(at + self._seconds(12, 0.6, 90), source=contact.name)
        self._missed.append(contact.number)

    def _outgoing(self, at: float, number: str) -> None:
        extension = self._chance.choice(_SALES + _SERVICE)
        employee = self.switch.channel(f"PJSIP/{extension}", at, extension, number, _PEOPLE[extension])
        contact = employee.dials(_TRUNK, at + 0.01, number)
        outcome = self._chance.choices(list(_OUTGOING), list(_OUTGOING.values()))[0]
        at += self._seconds(11, 0.5, 40)
        if outcome == "answer":
            at = employee.answers(contact.answers(at))
            bridge, at = self._meet(employee, contact, at)
            self._part(contact, employee, bridge, at + self._seconds(95, 0.9, 2000))
            return
        cause = 17 if outcome == "busy" else 19
        at = contact.ends(at, cause=cause)
        employee.ends(at, cause=cause, status="BUSY" if outcome == "busy" else "NOANSWER")

    def _internal(self, at: float) -> None:
        """Employees among themselves: no session of a contact."""
        one, other = self._chance.sample(list(_PEOPLE), 2)
        caller = self.switch.channel(f"PJSIP/{one}", at, one, other, _PEOPLE[one])
        called = caller.dials(f"PJSIP/{other}", at + 0.01, other, _PEOPLE[other])
        at = caller.answers(called.answers(at + self._seconds(5, 0.5, 25)))
        bridge, at = self._meet(caller, called, at)
        self._part(caller, called, bridge, at + self._seconds(60, 0.8, 900))
