"""Many small deliveries share one append and one wait for the disk; reads no records and derives none."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Final

import msgspec
import structlog

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import EngineFault
from ringledger.intake.deriving import Deriving
from ringledger.intake.dialects import Dialect
from ringledger.intake.door import Door

log = structlog.get_logger()

_MOST_TOGETHER: Final = 20_000
"""How many events are written at a time, so that no one waits long behind others."""
_GATHER: Final = 0.02
"""Seconds for which deliveries gather where some came in during the append before: one costs nearly as much as many."""
_MOST_WAITING: Final = 100_000
"""How many events may wait to be written, and as many to be derived."""


class Overloaded(Exception):  # noqa: N818 - no error, but a request to come again
    """More is waiting than can be written soon."""


class Delivery(msgspec.Struct, frozen=True):
    """What one request brought: events, and what could not be read with the name of where it came from."""

    account: int
    dialect: Dialect
    events: Sequence[RecordedEvent]
    rejected: Sequence[tuple[str, RejectedLine]] = ()


class GroupCommit:
    """A thread that takes deliveries to the door; may be given them from any thread. `clock` tells microseconds, UTC.

    While one append is under way the next deliveries gather, and are appended together: the busier it is, the more
    share one wait for the disk.
    """

    def __init__(self, door: Door, deriving: Deriving, clock: Callable[[], int]) -> None:
        self._door = door
        self._deriving = deriving
        self._clock = clock
        self._waiting: deque[tuple[Delivery, Future[None]]] = deque()
        self._events = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="group-commit", daemon=True)
        self._thread.start()

    def deliver(self, delivery: Delivery) -> Future[None]:
        """A future that is done when everything of the delivery is on disk.

        Its sessions are up to date then too, unless there is so much to derive that it would have to wait for others.
        It fails with EngineFault where the store did, and then the delivery may be repeated. Raises Overloaded.
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # whoever waits may leave, what is delivered is written all the same
        behind = self._deriving.events_behind
        with self._changed:
            if self._closed or max(self._events, behind) > _MOST_WAITING:
                raise Overloaded
            self._waiting.append((delivery, done))
            self._events += len(delivery.events)
            self._changed.notify()
        return done

    def close(self) -> None:
        """Appends and derives what is waiting, and ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._deriving.close()

    def _work(self) -> None:
        while together := self._next():
            groups: dict[tuple[int, str], list[tuple[Delivery, Future[None]]]] = {}
            for delivery, done in together:
                groups.setdefault((delivery.account, delivery.dialect.SOURCE), []).append((delivery, done))
            for group in groups.values():
                self._append(group)

    def _next(self) -> list[tuple[Delivery, Future[None]]]:
        """The next deliveries to be appended together; none at the end."""
        with self._changed:
            if self._waiting:
                self._changed.wait_for(lambda: self._closed or self._events >= _MOST_TOGETHER, _GATHER)
            self._changed.wait_for(lambda: self._waiting or self._closed)
            found: list[tuple[Delivery, Future[None]]] = []
            size = 0
            while self._waiting and (not found or size + len(self._waiting[0][0].events) <= _MOST_TOGETHER):
                found.append(self._waiting.popleft())
                size += len(found[-1][0].events)
            self._events -= size
            return found

    def _append(self, group: Sequence[tuple[Delivery, Future[None]]]) -> None:
        first = group[0][0]
        events = [event for delivery, _ in group for event in delivery.events]
        rejected = [line for delivery, _ in group for line in delivery.rejected]
        received = self._clock()
        self._deriving.expect(received)
        try:
            self._door.append(first.dialect, first.account, events, rejected, received)
        except EngineFault as fault:
            _fail(group, fault)
        except Exception as error:
            self._apart(group, error)
        else:
            # A delivery of nothing but broken records has nothing to wait for.
            _succeed(done for delivery, done in group if not delivery.events)
            waiting = [done for delivery, done in group if delivery.events]
            if waiting:
                self._deriving.add(first.account, first.dialect, events, received, waiting)
        finally:
            self._deriving.expect_nothing()

    def _apart(self, group: Sequence[tuple[Delivery, Future[None]]], error: Exception) -> None:
        """Only a delivery that cannot be written is refused."""
        if len(group) == 1:
            log.error("delivery_failed", exc_info=error)
            _fail(group, error)
            return
        for one in group:
            self._append([one])


def _succeed(waiting: Iterable[Future[None]]) -> None:
    for done in waiting:
        done.set_result(None)


def _fail(group: Iterable[tuple[Delivery, Future[None]]], error: Exception) -> None:
    for _, done in group:
        done.set_exception(error)
