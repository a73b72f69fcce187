"""Which records belong to one call, and what its legs and conversations were; decides no report field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.durations import Span, minus
from ringledger.calls.events import CallEvent, Happening, RecordedEvent
from ringledger.calls.legs import Leg, Stay, age, legs
from ringledger.calls.phone_numbers import plain_number

_SHORTEST_PHONE_NUMBER: Final = 7


class Conversation(msgspec.Struct, frozen=True):
    """A period in which the contact and these employees' legs were bridged."""

    span: Span
    legs: tuple[str, ...]


class Call(msgspec.Struct, frozen=True):
    """A call with its parties told apart; times in microseconds.

    `parties` says for every leg by key who it was and `last` is the last thing that was told of it. `country` is the
    one whose dialling habits the numbers follow. A call that `fell_silent` is complete only because nothing more is
    awaited.
    """

    key: str
    legs: tuple[Leg, ...]
    parties: dict[str, Employee | External | None]
    conversations: tuple[Conversation, ...]
    start: int
    last: int
    is_complete: bool
    country: str | None
    fell_silent: bool = False

    @property
    def contact_legs(self) -> list[Leg]:
        """The contact's legs in the order of their starts."""
        return [leg for leg in self.legs if isinstance(self.parties[leg.key], External)]

    @property
    def employee_legs(self) -> list[tuple[Leg, Employee]]:
        """The employees' legs in the order of their starts."""
        found = ((leg, self.parties[leg.key]) for leg in self.legs)
        return [(leg, party) for leg, party in found if isinstance(party, Employee)]

    def employee(self, leg: str) -> Employee:
        """Whose leg it is. Raises TypeError for a leg that is no employee's."""
        party = self.parties[leg]
        if not isinstance(party, Employee):
            raise TypeError(f"leg {leg!r} is no employee's")
        return party


def group(events: Sequence[RecordedEvent]) -> list[list[RecordedEvent]]:
    """The events by the calls that their keys tie them to, each event once, whatever order they came in."""
    unique = sorted({event.event_id: event for event in events}.values(), key=lambda e: (e.time, e.event_id))
    if len({event.keys for event in unique}) == 1:
        return [unique]
    tied = Ties()
    for event in unique:
        tied.tie(event.keys)
    groups: dict[str, list[RecordedEvent]] = {}
    for event in unique:
        groups.setdefault(tied.root(event.keys[0]), []).append(event)
    return list(groups.values())


class Ties:
    """Which keys hang together; joins them as they are told (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, key: str) -> str:
        """The key that stands for all those that this one hangs together with."""
        while (above := self._above.setdefault(key, key)) != key:
            self._above[key] = self._above[above]
            key = above
        return key

    def tie(self, keys: Iterable[str]) -> None:
        """Joins the keys, of which there is at least one."""
        first, *others = (self.root(key) for key in keys)
        for other in others:
            self._above[other] = first


def assemble(events: Sequence[CallEvent], directory: Directory, *, silent: bool = False) -> Call | None:
    """The call that the events tell of, or None where no contact took part in it.

    `silent` says that nothing more is awaited: a call that is still under way ends where its events do.
    """
    found = legs(events)
    parties = _parties(found, directory)
    if not any(isinstance(party, External) for party in parties.values()):
        return None
    named = (event for event in events if event.call_key)
    key = min(named, key=lambda event: (event.time, age(event.call_key))).call_key
    ended = any(event.kind is Happening.FINISHED and event.call_key == key for event in events)
    last = max(event.time for event in events)
    over = ended or all(leg.end is not None for leg in found)
    complete = over or silent
    return Call(
        key=key,
        legs=tuple(found),
        parties=parties,
        # What began with the last event of a call under way goes on: it counts from its first instant.
        conversations=tuple(_conversations(found, parties, last if complete else last + 1)),
        start=min(event.time for event in events),
        last=last,
        is_complete=complete,
        country=directory.country,
        fell_silent=not over and silent,
    )


def _parties(found: Sequence[Leg], directory: Directory) -> dict[str, Employee | External | None]:
    parties = {leg.key: _party(leg, directory) for leg in found}
    if found and isinstance(parties[found[0].key], External):
        for leg in found[1:]:
            party = parties[leg.key]
            if isinstance(party, External) and party.number is None:
                # Where a contact calls, who is rung over a trunk may be an employee: a mobile that calls go on to.
                parties[leg.key] = directory.employee_of(leg.number) or party
    everyone = parties.values()
    if any(isinstance(party, External) for party in everyone):
        return parties
    if any(isinstance(party, Employee) for party in everyone):
        parties |= {
            leg.key: External(None) for leg in found if parties[leg.key] is None and _is_outside(leg, directory)
        }
    return parties


def _party(leg: Leg, directory: Directory) -> Employee | External | None:
    """Who the directory says it is; whether it is a contact or an employee the switch may know better."""
    known = None if leg.party == "other" else directory.party(leg.channel, leg.number)
    if leg.party == "contact":
        return known if isinstance(known, External) else External(None)
    return None if leg.party == "employee" and not isinstance(known, Employee) else known


def _is_outside(leg: Leg, directory: Directory) -> bool:
    """Whether a leg of nobody listed is a contact's: by a full phone number, or because no outside line is listed.

    Phones and doors of the office that the directory leaves out are no contacts.
    """
    if leg.wire or leg.party:
        return False
    number = plain_number(leg.number or "")
    return not directory.externals or (number.isdigit() and len(number) >= _SHORTEST_PHONE_NUMBER)


def _conversations(
    found: Sequence[Leg], parties: dict[str, Employee | External | None], last: int
) -> Iterator[Conversation]:
    """Periods with contact and employee in one bridge; the two ends of a wire join their bridges."""
    wires = {leg.key: leg.wire for leg in found if leg.wire}
    for begin, end, present in _periods(found, last):
        for together in _joined(present, wires):
            if any(isinstance(parties[leg], External) for leg in together):
                employees = tuple(sorted(leg for leg in together if isinstance(parties[leg], Employee)))
                if employees:
                    yield Conversation((begin, end), employees)


def _periods(found: Sequence[Leg], last: int) -> Iterator[tuple[int, int, list[Stay]]]:
    """The times between which nobody comes or goes, with the stays that last through them, hold taken out."""
    comes: dict[int, list[Stay]] = defaultdict(list)
    goes: dict[int, list[Stay]] = defaultdict(list)
    for leg in found:
        for stay in leg.stays:
            end = last if stay.end is None else stay.end
            for part in [] if stay.holding else minus([(stay.begin, end)], leg.holds):
                talk = Stay(stay.leg, stay.bridge, part[0], end=part[1])
                comes[part[0]].append(talk)
                goes[part[1]].append(talk)
    present: dict[int, Stay] = {}
    for begin, end in pairwise(sorted(comes.keys() | goes.keys())):
        for stay in goes[begin]:
            del present[id(stay)]
        present.update((id(stay), stay) for stay in comes[begin])
        if len(present) > 1:
            yield begin, end, list(present.values())


def _joined(present: Sequence[Stay], wires: dict[str, str]) -> list[set[str]]:
    """The legs that hear each other: those in one bridge, and in bridges that a wire joins."""
    tied = Ties()
    for stay in present:
        if stay.leg in wires:
            tied.tie((f"bridge {stay.bridge}", f"wire {wires[stay.leg]}"))
    rooms: dict[str, set[str]] = {}
    for stay in present:
        rooms.setdefault(tied.root(f"bridge {stay.bridge}"), set()).add(stay.leg)
    return list(rooms.values())
