"""What can happen between a caller and the company's phones until they talk, or do not; decides nothing at random
but durations and who of several picks up, and knows no times of day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from ringledger.cli.demo_company import Employee, trunk
from ringledger.cli.demo_switch import Bridge, Channel, Steps, Switch

_DIAL_LIMIT: Final = 30
_QUEUE_RING: Final = 15
_QUEUE_PAUSE: Final = 5
_BUSY, _NO_ANSWER = 17, 19


class Talk(NamedTuple):
    """A contact and an employee in a bridge; `caller` is the one of them who called."""

    caller: Channel
    called: Channel
    bridge: Bridge


class Scenes:
    """The scenes of a switch; those that may end in a conversation say with whom, or None after they hung up."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.chance = switch.chance

    def lasting(self, median: float, spread: float, most: float) -> float:
        """Seconds with a long tail, as people's patience and talks have."""
        return min(most, math.exp(self.chance.gauss(math.log(median), spread)))

    def free(self, team: Sequence[Employee], most: int) -> list[Employee]:
        """Up to so many of the team who are not on the phone."""
        free = [employee for employee in team if not self.switch.is_in_use(employee.device)]
        return self.chance.sample(free, min(most, len(free)))

    def arrival(self, number: str, dialled: str) -> Steps[Channel]:
        """A contact calls one of the company's numbers."""
        contact = self.switch.calls(trunk(number), dialled)
        yield self.switch.gap() * 3
        return contact

    def group(self, contact: Channel, team: Sequence[Employee], wait: float | None = None) -> Steps[Talk | None]:
        """Rings up to three at once, one of whom answers."""
        rung = yield from self._dial(contact, self.free(team, self.chance.choice((1, 2, 3))))
        if not rung:
            return (yield from self.busy(contact, team))
        yield wait or self.lasting(8, 0.55, _DIAL_LIMIT - 2)
        return (yield from self.pick_up(contact, rung))

    def twice(self, contact: Channel, team: Sequence[Employee], others: Sequence[Employee]) -> Steps[Talk | None]:
        """Rings a team in vain, then another one."""
        rung = yield from self._dial(contact, self.free(team, 2))
        if rung:
            yield from self._in_vain(contact, rung, _DIAL_LIMIT - 10)
        return (yield from self.group(contact, others))

    def queue(self, contact: Channel, name: str, team: Sequence[Employee], tries: int) -> Steps[Talk | None]:
        """An announcement and a queue that rings its members time and again; the last try is answered."""
        yield from self._queued(contact, name, team, tries)
        rung = yield from self._ring(contact, self.free(team, 2))
        if not rung:
            return (yield from self._gone(contact))
        yield self.lasting(6, 0.4, _QUEUE_RING - 1)
        return (yield from self.pick_up(contact, rung))

    def abandon(self, contact: Channel, name: str, team: Sequence[Employee], tries: int) -> Steps[Talk | None]:
        """The caller leaves the queue while a phone rings."""
        yield from self._queued(contact, name, team, tries)
        rung = yield from self._ring(contact, self.free(team, 1))
        yield self.lasting(7, 0.4, _QUEUE_RING - 1)
        yield from self._silence(rung)
        return (yield from self._gone(contact))

    def give_up(self, contact: Channel, team: Sequence[Employee]) -> Steps[Talk | None]:
        """The caller hangs up while it rings."""
        rung = yield from self._dial(contact, self.free(team, 2))
        if not rung:
            return (yield from self.busy(contact, team))
        yield self.lasting(14, 0.5, _DIAL_LIMIT - 1)
        yield from self._silence(rung)
        contact.status = "CANCEL"
        return (yield from self._gone(contact))

    def unanswered(self, contact: Channel, team: Sequence[Employee]) -> Steps[Talk | None]:
        """Nobody answers; the call ends, or the caller reaches the voice mail."""
        rung = yield from self._dial(contact, self.free(team, 2))
        if not rung:
            return (yield from self.busy(contact, team))
        yield from self._in_vain(contact, rung, _DIAL_LIMIT, _NO_ANSWER)
        if self.chance.random() < 0.5:
            return (yield from self.voice_mail(contact))
        yield from contact.hangs_up(cause=_NO_ANSWER)
        return None

    def busy(self, contact: Channel, team: Sequence[Employee]) -> Steps[Talk | None]:
        """The phone refuses, and the caller listens to the tone."""
        yield from contact.runs("Dial", self._dialled([employee := self.chance.choice(team)]))
        phone = yield from contact.rings(employee.phone)
        yield self.chance.uniform(0.2, 1.5)
        yield from phone.hangs_up(cause=_BUSY)
        contact.status = "BUSY"
        yield from contact.stops()
        yield self.chance.uniform(2, 6)
        yield from contact.hangs_up(contact if self.chance.random() < 0.4 else None, cause=_BUSY)
        return None

    def closed(self, contact: Channel) -> Steps[Talk | None]:
        """Out of hours: an announcement, then the voice mail."""
        contact.app, contact.data = "Playback", "northlight-closed"
        yield from contact.answers()
        yield self.chance.uniform(7, 9)
        return (yield from self.voice_mail(contact))

    def voice_mail(self, contact: Channel) -> Steps[Talk | None]:
        """The caller leaves a message, or thinks better of it."""
        yield from contact.runs("VoiceMail", "200@default,u")
        yield from contact.answers()
        yield self.lasting(14, 0.7, 120)
        return (yield from self._gone(contact))

    def call_out(self, employee: Employee, number: str, wait: float | None = None) -> Steps[Talk]:
        """An employee calls a number, and it is answered."""
        caller, contact = yield from self._outgoing(employee, number)
        yield wait or self.lasting(11, 0.5, 40)
        yield from contact.answers()
        return (yield from self.meet(caller, contact))

    def call_out_in_vain(self, employee: Employee, number: str) -> Steps[None]:
        """An employee calls a number that is busy or does not answer, or gives up."""
        caller, contact = yield from self._outgoing(employee, number)
        caller.status, cause = self.chance.choice((("BUSY", _BUSY), ("NOANSWER", _NO_ANSWER), ("CANCEL", 16)))
        yield self.lasting(3, 0.3, 8) if cause == _BUSY else self.lasting(24, 0.3, 45)
        yield from contact.hangs_up(cause=cause)
        yield from caller.hangs_up(caller if cause == 16 else None, cause=cause)

    def call_inside(self, employee: Employee, colleague: Employee) -> Steps[Talk]:
        """An employee calls a colleague."""
        caller = self.switch.calls(employee.phone, colleague.extension)
        yield self.switch.gap() * 3
        rung = yield from self._dial(caller, [colleague])
        yield self.lasting(5, 0.5, 25)
        return (yield from self.pick_up(caller, rung))

    def part(self, talk: Talk) -> Steps[None]:
        """One of them hangs up; the channel that was called goes first."""
        first, second = (talk.caller, talk.called) if self.chance.random() < 0.55 else (talk.called, talk.caller)
        yield from first.leaves(talk.bridge)
        yield from second.leaves(talk.bridge)
        yield from talk.called.hangs_up(first)
        yield from talk.caller.hangs_up(first)

    def pick_up(self, caller: Channel, rung: Sequence[Channel]) -> Steps[Talk]:
        """One of those who are rung answers, and the others stop ringing."""
        answering = self.chance.choice(rung)
        yield from answering.answers()
        yield from self._silence([other for other in rung if other is not answering])
        return (yield from self.meet(caller, answering))

    def meet(self, caller: Channel, called: Channel) -> Steps[Talk]:
        """Brings them together."""
        caller.status = "ANSWER"
        yield from caller.answers()
        bridge = self.switch.bridge()
        yield from called.enters(bridge)
        yield from caller.enters(bridge)
        return Talk(caller, called, bridge)

    def _dialled(self, team: Sequence[Employee]) -> str:
        return "&".join(employee.device for employee in team) + f",{_DIAL_LIMIT},tTkK"

    def _dial(self, caller: Channel, team: Sequence[Employee]) -> Steps[list[Channel]]:
        if not team:
            return []
        yield from caller.runs("Dial", self._dialled(team))
        return (yield from self._ring(caller, team))

    def _ring(self, caller: Channel, team: Sequence[Employee]) -> Steps[list[Channel]]:
        rung = []
        for employee in team:
            phone = yield from caller.rings(employee.phone)
            rung.append(phone)
        return rung

    def _outgoing(self, employee: Employee, number: str) -> Steps[tuple[Channel, Channel]]:
        caller = self.switch.calls(employee.phone, number)
        yield self.switch.gap() * 3
        yield from caller.runs("Dial", f"PJSIP/{number}@trunk,60,Tk")
        return caller, (yield from caller.rings(trunk(""), number))

    def _in_vain(self, caller: Channel, rung: Sequence[Channel], limit: float, cause: int = 16) -> Steps[None]:
        yield limit
        yield from self._silence(rung, cause)
        caller.status = "NOANSWER"
        yield from caller.stops()

    def _queued(self, contact: Channel, name: str, team: Sequence[Employee], tries: int) -> Steps[None]:
        contact.app = "Answer"
        yield from contact.answers()
        yield self.chance.uniform(5, 8)
        yield from contact.runs("Queue", f"{name},tTkK")
        for _ in range(tries):
            rung = yield from self._ring(contact, self.free(team, self.chance.choice((1, 1, 2))))
            yield _QUEUE_RING
            yield from self._silence(rung)
            yield _QUEUE_PAUSE

    def _silence(self, rung: Sequence[Channel], cause: int = 16) -> Steps[None]:
        for phone in rung:
            yield from phone.hangs_up(cause=cause)

    def _gone(self, contact: Channel) -> Steps[Talk | None]:
        yield from contact.hangs_up(contact)
        return None
