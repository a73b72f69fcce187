"""Invented calls as events of docs/intake.md, each with the session that it makes by a bookkeeping of its own."""

from __future__ import annotations

import json
from random import Random
from typing import Any, NamedTuple

from ringledger.calls.directory import Directory, Employee

T0 = 1_773_134_400
PEOPLE = Directory(tuple(Employee(n, f"Employee {n}", (str(200 + n),)) for n in range(1, 9)))
Facts = dict[str, Any]


class Generated(NamedTuple):
    """The events of a call in their order, and what its session should be; durations in seconds."""

    call_id: str
    events: list[bytes]
    facts: Facts


class _Call:
    """Tells events and keeps book of who hears whom."""

    def __init__(self, rng: Random, call_id: str, at: int) -> None:
        self.rng = rng
        self.call_id = call_id
        self.now = at
        self.began = at
        self.events: list[bytes] = []
        self.numbers = rng.sample(range(1, 9), 8)
        self.people: dict[int, list[bool]] = {}
        self.legs: dict[str, int | None] = {}
        self.with_contact: set[str] = set()
        self.held: set[str] = set()
        self.talks: list[list[int]] = []
        self.contact = ""
        self.moved = False

    def wait(self, most: int = 40) -> None:
        self.now += self.rng.randint(1, most) * 1_000_000

    def tell(self, event: str, **members: Any) -> None:
        members |= {"call_id": self.call_id, "event_id": str(len(self.events)), "event": event}
        if self.rng.random() < 0.5:
            time: object = self.now / 1_000_000
        else:
            seconds, rest = divmod(self.now, 1_000_000)
            time = _iso(seconds) + f".{rest:06}+00:00"
        self.events.append(json.dumps({**members, "time": time}).encode())

    def leg(self, employee: int | None, **members: Any) -> str:
        name = f"leg-{len(self.legs)}"
        self.legs[name] = employee
        if employee is None:
            self.contact = name
            self.tell("leg_started", leg_id=name, party="contact", **members)
        else:
            self.people.setdefault(employee, [False, False])
            self.tell("leg_started", leg_id=name, number=str(200 + employee), **members)
        return name

    def answer(self, leg: str) -> None:
        self.tell("answered", leg_id=leg)
        employee = self.legs[leg]
        if employee is not None:
            self.people[employee][0] = True

    def hear(self, legs: set[str]) -> None:
        """Who hears the contact from now on."""
        before = self._talking()
        self.with_contact = legs
        self._note(before)

    def hold(self, leg: str, *, on: bool) -> None:
        before = self._talking()
        self.tell("held" if on else "resumed", leg_id=leg)
        (self.held.add if on else self.held.discard)(leg)
        self._note(before)

    def end(self, leg: str, **members: Any) -> None:
        self.tell("ended", leg_id=leg, **members)
        if leg == self.contact:
            self.hear(set())
        elif leg in self.with_contact:
            self.hear(self.with_contact - {leg})

    def _talking(self) -> bool:
        return self.contact not in self.held and bool(self.with_contact - self.held)

    def _note(self, before: bool) -> None:
        now = self._talking()
        for leg in self.with_contact - self.held if self.contact not in self.held else ():
            self.people[self.legs[leg] or 0][1] = True
        if now and not before:
            self.talks.append([self.now, self.now])
        if before and not now:
            self.talks[-1][1] = self.now

    def facts(self, direction: str) -> Facts:
        talks = [(begin, end) for begin, end in self.talks if begin < end]
        wait = (talks[0][0] if talks else self.now) - self.began
        talked = {n for n, (_, talked) in self.people.items() if talked}
        return {
            "direction": direction,
            "is_lost": not talks,
            "is_transfer": self.moved,
            "total_duration": _whole(self.now - self.began),
            "wait_duration": _whole(wait),
            "talk_duration": _whole(talks[-1][1] - talks[0][0]) if talks else 0,
            "clean_talk_duration": _whole(sum(end - begin for begin, end in talks)),
            "employees": [(n, answered or n in talked, n in talked) for n, (answered, _) in self.people.items()],
        }


def generate(rng: Random, call_id: str, begin: int | None = None) -> Generated:
    """A call that starts at `begin`, or within an hour after T0."""
    start = (T0 + rng.randint(0, 3600) if begin is None else begin) * 1_000_000 + rng.randint(0, 999_999)
    call = _Call(rng, call_id, start)
    direction = rng.choice(["in", "in", "in", "out"])
    contact = f"4930{rng.randint(2_000_000, 2_000_400)}"
    if rng.random() < 0.7:
        call.tell("session_started", direction=direction)
        call.wait(2)
    if direction == "in":
        call.leg(None, number=contact, dialled="493023125100")
        call.wait(3)
        first = _ring(call)
    else:
        first = call.leg(call.numbers.pop(), dialled=contact)
        call.answer(first)
        call.wait(3)
        call.leg(None, number=contact)
        call.wait()
        if rng.random() < 0.7:
            call.answer(call.contact)
        else:
            call.end(call.contact, cause=rng.choice([17, 19]))
            first = ""
    if first:
        _talk(call, first)
    _finish(call)
    return Generated(call_id, call.events, call.facts(direction))


def _ring(call: _Call) -> str:
    """A queue: rings one after another until someone answers, which may be nobody; the leg that did."""
    for _ in range(call.rng.randint(1, 3)):
        leg = call.leg(call.numbers.pop())
        call.wait(20)
        if call.rng.random() < 0.5:
            call.answer(leg)
            return leg
        call.end(leg, cause=call.rng.choice([17, 19]))
    return ""


def _talk(call: _Call, agent: str) -> None:
    call.tell("bridged", leg_ids=[call.contact, agent])
    call.hear({agent})
    for _ in range(call.rng.randint(0, 3)):
        call.wait()
        agent = call.rng.choice([_holding, _handing_on, _consulting, _conference])(call, agent)
    call.wait()


def _holding(call: _Call, agent: str) -> str:
    leg = call.rng.choice([agent, call.contact])
    call.hold(leg, on=True)
    call.wait()
    call.hold(leg, on=False)
    return agent


def _next(call: _Call) -> str:
    leg = call.leg(call.numbers.pop())
    call.wait(10)
    call.answer(leg)
    return leg


def _handing_on(call: _Call, agent: str) -> str:
    """A blind transfer: the contact hears nobody until the next one answers."""
    if not call.numbers:
        return agent
    call.tell("transferred", leg_id=agent)
    call.moved = True
    call.hear(call.with_contact - {agent})
    call.end(agent, cause=16)
    call.wait(5)
    other = _next(call)
    call.tell("bridged", leg_ids=[call.contact, other])
    call.hear({other})
    return other


def _consulting(call: _Call, agent: str) -> str:
    """An attended transfer: the colleagues talk among themselves first."""
    if not call.numbers:
        return agent
    other = _next(call)
    call.tell("bridged", leg_ids=[agent, other])
    call.hear(call.with_contact - {agent, other})
    call.wait()
    call.tell("transferred", leg_id=agent)
    call.moved = True
    call.tell("bridged", leg_ids=[call.contact, other])
    call.hear({other})
    call.wait(2)
    call.end(agent, cause=16)
    return other


def _conference(call: _Call, agent: str) -> str:
    """Another employee joins for a while; then the one that was there before or the other goes on alone."""
    if not call.numbers:
        return agent
    other = _next(call)
    room = f"room-{len(call.events)}"
    call.tell("bridged", leg_ids=[call.contact, agent, other], bridge_id=room)
    call.hear({agent, other})
    call.wait()
    stays, leaves = (agent, other) if call.rng.random() < 0.5 else (other, agent)
    if call.rng.random() < 0.5:
        call.tell("unbridged", leg_ids=[leaves])
        call.hear({stays})
        call.wait(3)
    call.end(leaves)
    return stays


def _finish(call: _Call) -> None:
    ended = {json.loads(event)["leg_id"] for event in call.events if json.loads(event)["event"] == "ended"}
    left = [leg for leg in call.legs if leg not in ended]
    call.rng.shuffle(left)
    for leg in left:
        call.end(leg, hung_up_by=left[0])
    if call.rng.random() < 0.5:
        call.wait(2)
        call.tell("session_finished")


def _iso(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _whole(microseconds: int) -> int:
    return (microseconds + 500_000) // 1_000_000
