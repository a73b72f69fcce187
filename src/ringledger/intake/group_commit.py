"""Many small deliveries share one append, one derivation and one wait for the disk; reads no records."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Final

import msgspec
import structlog

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import EngineFault
from ringledger.intake.dialects import Dialect
from ringledger.intake.door import Door

log = structlog.get_logger()

_MOST_TOGETHER: Final = 20_000
"""How many events are written at a time, so that no one waits long behind others."""
_MOST_WAITING: Final = 200_000


class Overloaded(Exception):  # noqa: N818 - no error, but a request to come again
    """More is waiting than can be written soon."""


class Delivery(msgspec.Struct, frozen=True):
    """What one request brought: events, and what could not be read with the name of where it came from."""

    account: int
    dialect: Dialect
    events: Sequence[RecordedEvent]
    rejected: Sequence[tuple[str, RejectedLine]] = ()


class GroupCommit:
    """A thread that takes deliveries to the door; may be given them from any thread.

    While one write is under way the next deliveries gather, and are written together: the busier it is, the more share
    one write. `directories` finds the directory of an account.
    """

    def __init__(self, door: Door, directories: Callable[[int], Directory]) -> None:
        self._door = door
        self._directories = directories
        self._waiting: deque[tuple[Delivery, Future[None]]] = deque()
        self._events = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="group-commit", daemon=True)
        self._thread.start()

    def deliver(self, delivery: Delivery) -> Future[None]:
        """A future that is done when everything of the delivery is on disk and its sessions are up to date.

        It fails with EngineFault where the store did, and then the delivery may be repeated. Raises Overloaded.
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # whoever waits may leave, what is delivered is written all the same
        with self._changed:
            if self._closed or self._events > _MOST_WAITING:
                raise Overloaded
            self._waiting.append((delivery, done))
            self._events += len(delivery.events)
            self._changed.notify()
        return done

    def close(self) -> None:
        """Writes what is waiting and ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while together := self._next():
            groups: dict[tuple[int, str], list[tuple[Delivery, Future[None]]]] = {}
            for delivery, done in together:
                groups.setdefault((delivery.account, delivery.dialect.SOURCE), []).append((delivery, done))
            for group in groups.values():
                self._write(group)

    def _next(self) -> list[tuple[Delivery, Future[None]]]:
        """The next deliveries to be written together; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            found: list[tuple[Delivery, Future[None]]] = []
            size = 0
            while self._waiting and (not found or size + len(self._waiting[0][0].events) <= _MOST_TOGETHER):
                found.append(self._waiting.popleft())
                size += len(found[-1][0].events)
            self._events -= size
            return found

    def _write(self, group: list[tuple[Delivery, Future[None]]]) -> None:
        try:
            self._commit([delivery for delivery, _ in group])
        except EngineFault as fault:
            _fail(group, fault)
        except Exception as error:
            if len(group) == 1:
                log.exception("delivery_failed")
                _fail(group, error)
                return
            for one in group:
                self._write([one])  # only the one that cannot be written is refused
        else:
            for _, done in group:
                done.set_result(None)

    def _commit(self, deliveries: Sequence[Delivery]) -> None:
        first = deliveries[0]
        self._door.commit(
            first.dialect,
            first.account,
            self._directories(first.account),
            [event for delivery in deliveries for event in delivery.events],
            [line for delivery in deliveries for line in delivery.rejected],
        )


def _fail(group: Iterable[tuple[Delivery, Future[None]]], error: Exception) -> None:
    for _, done in group:
        done.set_exception(error)
