"""A day at the company: when it is open, who calls whom and how calls go on; writes no rows itself."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from ringledger.cli import demo_handovers
from ringledger.cli.demo_company import ADVERTISED, EMPLOYEES, FRONT_DESK, TEAMS, Advertised, Callers
from ringledger.cli.demo_scenes import Scenes, Talk
from ringledger.cli.demo_switch import Channel, Steps, Switch

_WEEKDAY: Final = range(8, 19)
_HOURS: Final = (_WEEKDAY,) * 5 + (range(9, 13), range(0))
_INCOMING, _OUTGOING = 0.71, 0.21
_WAYS: Final = {"group": 55, "queue": 19, "twice": 8, "give_up": 8, "unanswered": 4, "busy": 3, "abandon": 3}
_GOES_ON: Final = {None: 86, demo_handovers.blind: 7, demo_handovers.attended: 5, demo_handovers.parked: 2}
_ANSWERED_OUT: Final = 0.76
_CALLED_BACK, _CALLS_AGAIN = 0.5, 0.3
_MICROSECONDS: Final = 1_000_000


class Agenda:
    """What is to happen when; gives the rows in the order of their times."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._waiting: list[tuple[int, int, Steps[None]]] = []
        self._added = 0

    def add(self, moment: float, steps: Steps[None]) -> None:
        """Something that begins at a time (Unix seconds)."""
        self._added += 1
        heapq.heappush(self._waiting, (round(moment * _MICROSECONDS), self._added, steps))

    def rows(self, until: float) -> Iterator[str]:
        """The rows of all that happens up to a time; what is under way then stays unfinished."""
        end = int(until * _MICROSECONDS)
        while self._waiting and self._waiting[0][0] <= end:
            moment, number, steps = heapq.heappop(self._waiting)
            self._switch.now = moment
            pause = next(steps, None)
            if pause is not None:
                heapq.heappush(self._waiting, (moment + max(1, round(pause * _MICROSECONDS)), number, steps))
            yield from self._switch.taken()


class Office:
    """Makes the company's calls; who was missed is called back, or calls again."""

    def __init__(self, switch: Switch, agenda: Agenda, zone: tzinfo) -> None:
        self._switch = switch
        self._chance = switch.chance
        self._agenda = agenda
        self._zone = zone
        self._scenes = Scenes(switch)
        self._callers = Callers(switch.chance)

    def is_open(self, moment: float) -> bool:
        """Whether somebody is there at a time."""
        local = datetime.fromtimestamp(moment, self._zone)
        return local.hour in _HOURS[local.weekday()]

    def call(self) -> Steps[None]:
        """Some call: a contact's, an employee's, or one among employees."""
        kind = self._chance.random()
        if kind < _INCOMING or not self.is_open(self._now):
            return self.arriving()
        if kind < _INCOMING + _OUTGOING:
            return self.outgoing(self._callers.one())
        return self._inside()

    def begun(self) -> Steps[None]:
        """A call that begins when its time has come, not before: what it is depends on what else goes on."""
        yield from self.call()

    def arriving(self) -> Steps[None]:
        """Some contact calls."""
        return self.incoming(self._callers.one(), self._advertised())

    def incoming(self, number: str, dialled: Advertised) -> Steps[None]:
        """A contact calls."""
        is_open = self.is_open(self._now)
        contact = yield from self._scenes.arrival(number, dialled.number)
        talk = yield from (self._reach(contact, dialled.team) if is_open else self._scenes.closed(contact))
        if talk is None:
            self._missed(number, dialled)
        else:
            yield from self._talked(talk)

    def outgoing(self, number: str) -> Steps[None]:
        """Someone who is free calls a contact; nobody does when all are on the phone."""
        for employee in self._scenes.free(EMPLOYEES, 1):
            if self._chance.random() > _ANSWERED_OUT:
                yield from self._scenes.call_out_in_vain(employee, number)
                return
            talk = yield from self._scenes.call_out(employee, number)
            yield self._scenes.lasting(95, 0.9, 2000)
            yield from self._scenes.part(talk)

    def talking(self) -> Steps[None]:
        """A contact who calls, is answered soon and talks for a long while."""
        dialled = self._advertised()
        contact = yield from self._scenes.arrival(self._callers.one(), dialled.number)
        talk = yield from self._scenes.group(contact, EMPLOYEES, self._chance.uniform(5, 9))
        if talk is not None:
            yield self._chance.uniform(300, 600)
            yield from self._scenes.part(talk)

    def ringing(self) -> Steps[None]:
        """A contact who calls and waits until somebody picks up."""
        dialled = self._advertised()
        contact = yield from self._scenes.arrival(self._callers.one(), dialled.number)
        talk = yield from self._scenes.group(contact, TEAMS[dialled.team], self._chance.uniform(20, 25))
        if talk is not None:
            yield from self._talked(talk)

    @property
    def _now(self) -> float:
        return self._switch.now / _MICROSECONDS

    def _advertised(self) -> Advertised:
        return self._chance.choices(ADVERTISED, [entry.weight for entry in ADVERTISED])[0]

    def _reach(self, contact: Channel, team: str) -> Steps[Talk | None]:
        """One of the ways in which a contact reaches somebody, or does not."""
        scenes, members, tries = self._scenes, TEAMS[team], self._chance.choice((0, 1, 1, 2, 3))
        way = self._chance.choices(list(_WAYS), list(_WAYS.values()))[0]
        match way:
            case "queue":
                return scenes.queue(contact, team, members, tries)
            case "abandon":
                return scenes.abandon(contact, team, members, tries)
            case "twice":
                others = FRONT_DESK if members is not FRONT_DESK else TEAMS["service"]
                return scenes.twice(contact, members, others)
            case "group":
                return scenes.group(contact, members)
            case "give_up":
                return scenes.give_up(contact, members)
            case "unanswered":
                return scenes.unanswered(contact, members)
        return scenes.busy(contact, members)

    def _talked(self, talk: Talk) -> Steps[None]:
        """The conversation, the handover to a colleague if there is one, and the end."""
        yield self._scenes.lasting(110, 0.9, 2400)
        goes_on = self._chance.choices(list(_GOES_ON), list(_GOES_ON.values()))[0]
        if goes_on is not None:
            for colleague in self._scenes.free(EMPLOYEES, 1):
                talk = yield from goes_on(self._scenes, talk, colleague)
                yield self._scenes.lasting(120, 0.8, 1800)
        yield from self._scenes.part(talk)

    def _inside(self) -> Steps[None]:
        pair = self._scenes.free(EMPLOYEES, 2)
        if len(pair) == 2:
            talk = yield from self._scenes.call_inside(*pair)
            yield self._scenes.lasting(50, 0.8, 900)
            yield from self._scenes.part(talk)

    def _missed(self, number: str, dialled: Advertised) -> None:
        """Some are called back once somebody has time, others try again."""
        what = self._chance.random()
        if what < _CALLED_BACK:
            self._agenda.add(self._when_open(self._now + self._scenes.lasting(900, 0.9, 7200)), self.outgoing(number))
        elif what < _CALLED_BACK + _CALLS_AGAIN:
            self._agenda.add(self._now + self._scenes.lasting(400, 0.9, 5400), self.incoming(number, dialled))

    def _when_open(self, moment: float) -> float:
        """The time itself, or one in the first hour of the next opening."""
        if self.is_open(moment):
            return moment
        day = datetime.fromtimestamp(moment, self._zone).date()
        while (opening := self._opening(day)) is None or opening < moment:
            day += timedelta(days=1)
        return opening + self._chance.uniform(300, 3600)

    def _opening(self, day: date) -> float | None:
        hours = _HOURS[day.weekday()]
        if not hours:
            return None
        return datetime(day.year, day.month, day.day, hours[0], tzinfo=self._zone).timestamp()
