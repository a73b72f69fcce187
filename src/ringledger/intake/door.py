"""The one door through which switch records come in: appends, derives, writes; knows no dialect's details."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final

import msgspec

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import OperatorFault
from ringledger.intake.dialects import DIALECTS, POSTED, Dialect
from ringledger.intake.run import Run
from ringledger.intake.surroundings import Surroundings
from ringledger.store.engine import Engine
from ringledger.store.events import Events, links, sources
from ringledger.store.open_calls import open_calls
from ringledger.store.progress import derived_until, note_derived, received_since
from ringledger.store.session_changes import Change, change_sessions
from ringledger.store.sessions import Ended

_BATCH: Final = 20_000
_CALLS: Final = 2_000
"""How many first keys are derived again at a time."""


class Taken(msgspec.Struct, frozen=True):
    """What became of the records read.

    `events` were not known before, `sessions` are finished and were written or changed, `waiting` calls are not
    finished yet, `rejected` records could not be read.
    """

    read: int
    events: int
    sessions: int
    waiting: int
    rejected: int


class Replayed(msgspec.Struct, frozen=True):
    """What became of the kept events: all of them and their calls, sessions changed, calls not finished."""

    events: int
    calls: int
    sessions: int
    waiting: int


class Door:
    """Takes records into one store; its methods may be called from any thread. `clock` tells microseconds, UTC.

    A call under way of which nothing came in for `silence` (microseconds) is closed; without it, never.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        dialects: Mapping[str, Dialect] | None = None,
        silence: int | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._dialects = DIALECTS if dialects is None else dialects
        self._silence = silence
        self._surroundings = surroundings or Surroundings()
        self._lock = threading.Lock()
        self._version = 0

    def take(
        self,
        dialect: Dialect,
        account: int,
        directory: Directory,
        streams: Iterable[tuple[str, Iterable[bytes]]],
        on_rejected: Callable[[str, RejectedLine], None],
        progress: Callable[[int], None] | None = None,
    ) -> Taken:
        """Appends the records of named files, read as one stream, and brings the sessions up to date.

        When it returns, everything is on disk. The order of records does not matter and a record that is already
        known changes nothing, so a run that was cut off is simply repeated. `progress` is told how many records
        have been read so far. Raises EngineFault.
        """
        run = self._run(dialect, account, directory)
        records = _records(dialect, streams)
        read = rejected = 0
        while batch := list(islice(records, _BATCH)):
            events = []
            refused = []
            for name, record in batch:
                if isinstance(record, RejectedLine):
                    on_rejected(name, record)
                    refused.append((name, record))
                else:
                    events.append(record)
            with self._turn(account):
                run.take(events, refused, self._clock())
            read += len(batch)
            rejected += len(refused)
            if progress is not None:
                progress(read)
        with self._turn(account):
            run.finish()
        return Taken(read=read, events=run.events, sessions=run.sessions, waiting=run.waiting, rejected=rejected)

    def now(self) -> int:
        """The present moment in microseconds, UTC."""
        return self._clock()

    def append(
        self,
        dialect: Dialect,
        account: int,
        events: Sequence[RecordedEvent],
        rejected: Sequence[tuple[str, RejectedLine]],
        received: int,
    ) -> None:
        """Appends events that were read already; then they are on disk, and `derive` has to be called for them.

        Raises EngineFault; to repeat is safe.
        """
        kept = Events(self._engine, account, dialect.SOURCE)
        kept.append_rejected(rejected, received)
        kept.append(events, links(events), received)

    def derive(
        self, dialect: Dialect, account: int, directory: Directory, keys: Collection[str], fresh: Container[str]
    ) -> None:
        """Brings the calls of appended events up to date, by the events' keys; `fresh` are the ids of new events.

        Raises EngineFault; to repeat is safe.
        """
        run = self._run(dialect, account, directory)
        with self._turn(account):
            run.derive(keys, fresh)
            run.finish()

    def note_derived(self, node: str, until: int) -> None:
        """Notes that this node has derived everything that it appended before a moment. Raises EngineFault."""
        note_derived(self._engine, node, until)

    def underived(self, node: str) -> Iterator[tuple[int, Dialect, list[str]]]:
        """Account, dialect and keys of events that this node may have appended without deriving them: posted ones.

        A node that is new has none, and is known from now on. Raises EngineFault, and OperatorFault for events of a
        dialect that is not known here.
        """
        until = derived_until(self._engine, node)
        if until is None:
            self.note_derived(node, self._clock())
            return iter(())
        return (
            (account, self._dialect_of(source), keys[start : start + _CALLS])
            for account, source, keys in received_since(self._engine, until, [one.SOURCE for one in POSTED.values()])
            for start in range(0, len(keys), _CALLS)
        )

    def commit(
        self,
        dialect: Dialect,
        account: int,
        directory: Directory,
        events: Sequence[RecordedEvent],
        rejected: Sequence[tuple[str, RejectedLine]] = (),
    ) -> None:
        """Appends events that were read already and brings their sessions up to date; then it is all on disk.

        Raises EngineFault; to repeat is safe.
        """
        run = self._run(dialect, account, directory)
        with self._turn(account):
            run.take(events, rejected, self._clock())
            run.finish()

    def close_silent(self, account: int, directory: Directory) -> int:
        """Closes the account's calls that fell silent; returns how many. Raises EngineFault and OperatorFault.

        An event that comes later opens the call again, or ends it as it really ended.
        """
        if self._silence is None:
            return 0
        before = self._clock() - self._silence
        closed = 0
        for source, keys in open_calls(self._engine, account, before // 1_000_000).items():
            heard = Events(self._engine, account, source).heard(keys)
            silent = [key for key in keys if heard.get(key, 0) < before]
            run = self._run(self._dialect_of(source), account, directory)
            for start in range(0, len(silent), _CALLS):
                with self._turn(account):
                    run.derive_again(silent[start : start + _CALLS])
            with self._turn(account):
                run.finish()
            closed += run.sessions
        return closed

    def replay(
        self,
        account: int,
        directory: Directory,
        begin: int | None,
        end: int | None,
        progress: Callable[[int], None] | None = None,
    ) -> Replayed:
        """Derives again the sessions of the calls with events from `begin` to `end`, both included, in microseconds.

        What was set on a session since, such as tags and sales, stays. `progress` is told how many calls have been
        derived so far. Raises EngineFault, and OperatorFault for events of a dialect that is not known here.
        """
        runs = []
        done = 0
        for source in sources(self._engine, account):
            run = self._run(self._dialect_of(source), account, directory)
            runs.append(run)
            for page in run.pages(begin, end, _CALLS):
                with self._turn(account):
                    run.derive_again(page)
                if progress is not None:
                    progress(done + run.calls)
            with self._turn(account):
                run.finish()
            done += run.calls
        return Replayed(
            events=sum(run.events for run in runs),
            calls=done,
            sessions=sum(run.sessions for run in runs),
            waiting=sum(run.waiting for run in runs),
        )

    def change(self, account: int, changes: Mapping[int, Change], then: Callable[[], object] | None = None) -> int:
        """Changes what others say of sessions, by their ids; returns how many there are of them. Raises EngineFault.

        Two changes of one session at the same moment both survive: each sees what the other has written. `then` runs
        before anyone else writes a session.
        """
        with self._turn(account):
            found = change_sessions(self._engine, account, changes, self._next_version())
            if then is not None:
                then()
            return found

    def tell_ended(self, account: int, ended: Sequence[Ended]) -> None:
        """Tells of calls that ended once more, as others have said more of them since; for `then` of `change`.

        Raises EngineFault.
        """
        self._surroundings.ended(account, ended)

    @contextmanager
    def _turn(self, account: int) -> Iterator[None]:
        """The right to write the account's calls; within this door one account goes after the other."""
        with self._surroundings.turn(account), self._lock:
            yield

    def _run(self, dialect: Dialect, account: int, directory: Directory) -> Run:
        with self._lock:
            before = None if self._silence is None else self._clock() - self._silence
            return Run(self._engine, dialect, account, directory, self._next_version, self._surroundings, before)

    def _dialect_of(self, source: str) -> Dialect:
        found = next((dialect for dialect in self._dialects.values() if source == dialect.SOURCE), None)
        if found is not None:
            return found
        raise OperatorFault(f"the store has events of {source!r}, which this program cannot read; upgrade Ringledger")

    def _next_version(self) -> int:
        self._version = max(self._clock(), self._version + 1)
        return self._version


def _records(
    dialect: Dialect, streams: Iterable[tuple[str, Iterable[bytes]]]
) -> Iterator[tuple[str, RecordedEvent | RejectedLine]]:
    for name, lines in streams:
        for record in dialect.read(lines):
            yield name, record
