"""Brings the sessions of appended events up to date, behind those who brought them; appends nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Final

import msgspec
import structlog

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent
from ringledger.faults import EngineFault
from ringledger.intake.dialects import Dialect
from ringledger.intake.door import Door

log = structlog.get_logger()

_NOTE_EVERY: Final = 1_000_000
"""Microseconds between notes of how far everything is derived."""
_SLICE: Final = 3_000
"""How many keys are derived at a time: what came first is seen first, and many share the fixed cost of a statement."""
_GATHER: Final = 0.3
"""Seconds for which calls gather where some came in while others were derived: what is under way has to show within a
second, and what a derivation costs depends little on how many calls it has."""
_LONGEST_WAIT: Final = 60.0
"""Seconds after which a note is made though nothing came: a new start need not look further back."""
_REST: Final = 1.0
"""Seconds to wait after the store failed."""


class _Behind(msgspec.Struct):
    """What is to be derived for one account and dialect; `since` is when the first of it came in."""

    account: int
    dialect: Dialect
    since: int
    keys: dict[str, None]
    fresh: set[str]
    waiting: list[Future[None]]


class Deriving:
    """A thread that derives the calls of events that are on disk; may be told of them from any thread.

    A node that is started again first derives what it had appended and not derived when it ended. `directories` finds
    the directory of an account, `clock` tells microseconds, UTC.
    """

    def __init__(
        self, door: Door, directories: Callable[[int], Directory], clock: Callable[[], int], node: str
    ) -> None:
        self._door = door
        self._directories = directories
        self._clock = clock
        self._node = node
        self._behind: dict[tuple[int, str], _Behind] = {}
        self._under_way: list[_Behind] = []
        self._appending: int | None = None
        self._noted = 0
        self._is_whole = True
        self._closed = False
        self._changed = threading.Condition()
        self._left = door.underived(node)
        self._thread = threading.Thread(target=self._work, name="deriving", daemon=True)
        self._thread.start()

    @property
    def events_behind(self) -> int:
        """How many events wait to be derived."""
        with self._changed:
            return sum(len(behind.fresh) for behind in self._behind.values())

    def expect(self, received: int) -> None:
        """Says that events with this moment of arrival are being appended."""
        with self._changed:
            self._appending = received

    def expect_nothing(self) -> None:
        """Says that nothing is being appended."""
        with self._changed:
            self._appending = None

    def add(
        self,
        account: int,
        dialect: Dialect,
        events: Sequence[RecordedEvent],
        received: int,
        done: Sequence[Future[None]],
    ) -> None:
        """Takes on appended events. Whoever waits for them need not wait until others are derived: where there are
        any, `done` is done at once, else when these are derived.
        """
        with self._changed:
            busy = bool(self._behind or self._under_way)
            found = self._behind.setdefault(
                (account, dialect.SOURCE), _Behind(account, dialect, received, {}, set(), [])
            )
            found.keys.update((key, None) for event in events for key in event.keys)
            found.fresh.update(event.event_id for event in events)
            if not busy:
                found.waiting += done
            self._changed.notify()
        if busy:
            _finish(done)

    def close(self) -> None:
        """Derives what is left, unless the store fails, and ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        self._derive_left()
        while (taken := self._next()) is not None:
            for behind in taken:
                self._derive(behind)
            with self._changed:
                self._under_way = []
            if self._clock() - self._noted >= _NOTE_EVERY:
                self._note()
        self._note()

    def _derive_left(self) -> None:
        try:
            for account, dialect, keys in self._left:
                self._derive(_Behind(account, dialect, 0, dict.fromkeys(keys), set(), []))
        except Exception:
            self._is_whole = False
            log.exception("events_left_underived")

    def _next(self) -> list[_Behind] | None:
        """What is to be derived next, nothing where nothing came for long; None at the end."""
        with self._changed:
            if self._behind:
                self._changed.wait_for(self._has_gathered, _GATHER)
            self._changed.wait_for(lambda: self._behind or self._closed, _LONGEST_WAIT)
            if self._closed and not self._behind:
                return None
            self._under_way = list(self._behind.values())
            self._behind.clear()
            return self._under_way

    def _has_gathered(self) -> bool:
        """Whether there is no sense in waiting for more calls: there are many, or somebody waits for these."""
        calls = sum(len(behind.keys) for behind in self._behind.values())
        return self._closed or calls >= _SLICE or any(behind.waiting for behind in self._behind.values())

    def _derive(self, behind: _Behind) -> None:
        keys = iter(behind.keys)
        while some := list(islice(keys, _SLICE)):
            try:
                self._until_stored(behind, some)
            except EngineFault:
                self._is_whole = False
            except Exception:
                log.exception("calls_not_derived", account=behind.account, source=behind.dialect.SOURCE)
                for key in some:
                    self._alone(behind, key)
            _finish(behind.waiting)  # whoever waits was the first

    def _alone(self, behind: _Behind, key: str) -> None:
        """Only a call that cannot be derived stays behind; a replay with a program that can will derive it."""
        try:
            self._until_stored(behind, [key])
        except EngineFault:
            self._is_whole = False
        except Exception:
            log.exception("call_not_derived", account=behind.account, source=behind.dialect.SOURCE, key=key)

    def _until_stored(self, behind: _Behind, keys: Sequence[str]) -> None:
        """Tries again while the store fails, until this is closed. Raises EngineFault then."""
        while True:
            try:
                directory = self._directories(behind.account)
                self._door.derive(behind.dialect, behind.account, directory, keys, behind.fresh)
            except EngineFault:
                log.exception("the engine failed", source=behind.dialect.SOURCE)
                _finish(behind.waiting)
                with self._changed:
                    if self._changed.wait_for(lambda: self._closed, _REST):
                        raise
            else:
                return

    def _note(self) -> None:
        """Notes how far everything is derived; where something was given up, the next start takes it on."""
        if not self._is_whole:
            return
        with self._changed:
            open_since = [behind.since for behind in (*self._behind.values(), *self._under_way)]
            open_since += [] if self._appending is None else [self._appending]
            until = min([self._clock(), *open_since])
        try:
            self._door.note_derived(self._node, until)
        except EngineFault:
            log.exception("progress_not_noted")
        else:
            self._noted = until


def _finish(waiting: Iterable[Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)
