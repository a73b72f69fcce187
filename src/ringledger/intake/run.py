"""One run of records or kept events through the door: the calls they touch, derived and counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence

from ringledger.calls.assembly import group
from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake.dialects import Dialect
from ringledger.intake.surroundings import Surroundings
from ringledger.store.contact_calls import followings, update_followings
from ringledger.store.engine import Engine
from ringledger.store.events import Events, Link, links
from ringledger.store.sessions import Ended, Plan, Sessions


class Run:
    """The state of one run for one account and dialect; the door sees to it that only one works at a time.

    A call of which nothing came in since `silent_before` (microseconds) is closed where its events end.
    """

    def __init__(
        self,
        engine: Engine,
        dialect: Dialect,
        account: int,
        directory: Directory,
        next_version: Callable[[], int],
        surroundings: Surroundings,
        silent_before: int | None = None,
    ) -> None:
        self._engine = engine
        self._dialect = dialect
        self._account = account
        self._directory = directory
        self._next_version = next_version
        self._surroundings = surroundings
        self._silent_before = silent_before
        self._first_version = next_version()
        self._kept = Events(engine, account, dialect.SOURCE)
        self._sessions = Sessions(engine, account, dialect.SOURCE)
        self._ended: list[Ended] = []
        self._unfinished: set[str] = set()
        self._derived_before: set[str] = set()
        self.events = 0
        self.calls = 0
        self.sessions = 0

    @property
    def waiting(self) -> int:
        """How many calls of this run are not finished."""
        return len(self._unfinished)

    def take(
        self, events: Sequence[RecordedEvent], rejected: Sequence[tuple[str, RejectedLine]], received: int
    ) -> None:
        """Appends records and derives every call that they touch. Raises EngineFault."""
        self._kept.append_rejected(rejected, received)
        if not events:
            return
        told = links(events)
        keys = {key for event in events for key in event.keys}
        known = self._kept.linked(keys)
        calls = _calls(keys, known | told)
        stored = self._kept.of_calls(calls)
        fresh = _unknown(events, stored)
        self._kept.append(fresh, told - known, received)
        self.events += len(fresh)
        # Events are kept before sessions are written: a call without kept events has no rows yet.
        old = {calls[event.keys[0]] for event in stored}
        # Records told again are those of a run that was cut off: what was put off then is done now.
        self._ended += self._derive(stored + fresh, calls, old, {event.event_id for event in fresh})

    def derive(self, keys: Collection[str], fresh: Container[str]) -> None:
        """Derives the calls of kept events with these keys; `fresh` are the ids of those that came in just now.

        Raises EngineFault.
        """
        calls = _calls(keys, self._kept.linked(keys))
        stored = _unknown(self._kept.of_calls(calls), ())
        self._ended += self._derive(stored, calls, set(calls.values()), fresh)

    def pages(self, begin: int | None, end: int | None, most: int) -> Iterator[list[str]]:
        """The first keys of the kept events of a period, in order."""
        return self._kept.pages(begin, end, most)

    def derive_again(self, keys: Collection[str]) -> None:
        """Derives every call that the keys belong to, unless this run has done so. Raises EngineFault."""
        todo = [key for key in keys if key not in self._derived_before]
        self._derived_before.difference_update(keys)
        if not todo:
            return
        calls = _calls(todo, self._kept.linked(todo))
        stored = _unknown(self._kept.of_calls(calls), ())
        last = max(keys)
        self._derived_before.update(key for event in stored if (key := event.keys[0]) > last)
        self.events += len(stored)
        again = self._derive(stored, calls, set(calls.values()), frozenset())
        self._ended += [one for one in again if one.is_new]

    def finish(self) -> None:
        """Does what was put off. Raises EngineFault."""
        if self._ended:
            self._surroundings.ended(self._account, self._ended)
            self._ended = []

    def _derive(
        self, events: Sequence[RecordedEvent], calls: dict[str, str], known: Container[str], fresh: Container[str]
    ) -> Sequence[Ended]:
        """Derives calls and writes them; returns those of them that have ended.

        `known` are the calls that may have rows, `fresh` the ids of events that came in just now.
        """
        if not events:
            return ()
        period = (min(event.time for event in events), max(event.time for event in events))
        self.calls += len({calls[event.keys[0]] for event in events})
        sessions = self._named(self._made(group(events), fresh))
        plan = self._sessions.plan(sessions, calls, known, period)
        self._write(plan, {one.contact_phone_number for one in sessions if one.contact_phone_number})
        self._surroundings.derived(self._account, self._dialect.SOURCE, sessions)
        self._unfinished.difference_update(calls)
        self._unfinished.update(session.key for session in sessions if session.finish is None)
        self._count(plan)
        return plan.ended

    def _write(self, plan: Plan, contacts: set[str]) -> None:
        """Writes sessions with what follows for them from these contacts' other calls, then what follows for those."""
        contacts |= plan.old_contacts
        sites = self._surroundings.sites(self._account) if contacts else {}
        found = followings(self._engine, self._account, contacts, sites, plan.coming, plan.replaced)
        self._sessions.write(plan, found.coming, self._next_version())
        update_followings(self._engine, self._account, found)

    def _named(self, sessions: Sequence[CallSession]) -> list[CallSession]:
        """The sessions with the contacts whose numbers they have."""
        numbers = {one.contact_phone_number for one in sessions if one.contact_phone_number}
        contacts = self._surroundings.contacts(self._account, numbers)
        return [one.of_contact(contacts.get(one.contact_phone_number or "")) for one in sessions]

    def _made(self, calls: Iterable[Sequence[RecordedEvent]], fresh: Container[str]) -> list[CallSession]:
        """The sessions of calls; those that are under way and of which nothing is new may have fallen silent."""
        made: list[CallSession] = []
        quiet: list[Sequence[RecordedEvent]] = []
        for call in calls:
            sessions = self._dialect.sessions(call, self._directory)
            is_open = self._silent_before is not None and any(one.finish is None for one in sessions)
            if is_open and not any(event.event_id in fresh for event in call):
                quiet.append(call)
            else:
                made += sessions
        heard = self._kept.heard({event.keys[0] for call in quiet for event in call}) if quiet else {}
        for call in quiet:
            last = max(heard[event.keys[0]] for event in call)
            silent = self._silent_before is not None and last < self._silent_before
            made += self._dialect.sessions(call, self._directory, silent=silent)
        return made

    def _count(self, plan: Plan) -> None:
        """Counts each finished session once, however often this run wrote it."""
        for change in plan.changes:
            old = change.old
            counted = old is not None and old.finished and old.version >= self._first_version
            self.sessions += (change.session.finish is not None) - counted
        self.sessions -= sum(old.finished and old.version >= self._first_version for old in plan.removed)


def _unknown(events: Iterable[RecordedEvent], stored: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """The events that are not stored, each once."""
    seen = {event.event_id for event in stored}
    fresh = []
    for event in events:
        if event.event_id not in seen:
            seen.add(event.event_id)
            fresh.append(event)
    return fresh


def _calls(keys: Iterable[str], ties: Iterable[Link]) -> dict[str, str]:
    """For each key the smallest key of those that it hangs together with."""
    above = {key: key for key in keys}

    def top(key: str) -> str:
        above.setdefault(key, key)
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for one, other in ties:
        first, second = sorted((top(one), top(other)))
        above[second] = first
    return {key: top(key) for key in list(above)}
