"""What was made of days, under a number of bytes in memory, for as long as the days are not written."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Final, Generic, TypeVar

from ringledger.store.daybook import Day

T = TypeVar("T")

_SHARE: Final = 3
"""A shape takes up to this part of the bytes: one that wants many would push out all others."""


class _Shape(Generic[T]):
    """What was made of days for one shape, by the days' numbers: when they were written, the value and its bytes."""

    def __init__(self) -> None:
        self.days: OrderedDict[int, tuple[int, T, int]] = OrderedDict()
        self.size = 0

    def put(self, number: int, written: int, value: T, size: int) -> int:
        """Keeps the value and gives by how many bytes the shape grew."""
        _, _, old = self.days.pop(number, (0, None, 0))
        self.days[number] = written, value, size
        self.size += size - old
        return size - old

    def drop(self) -> int:
        """Drops the day that was not asked for longest and gives its bytes."""
        _, (_, _, size) = self.days.popitem(last=False)
        self.size -= size
        return size


class DayCache(Generic[T]):
    """Values by their shape, which says whose they are and what they are made for, and by day.

    May be used from any thread. Days of the shape that was not asked for longest go first.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._size = 0
        self._shapes: OrderedDict[Hashable, _Shape[T]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, shape: Hashable, days: Sequence[Day]) -> list[T | None]:
        """For each of the days what was made of it, or None."""
        with self._lock:
            kept = self._shapes.get(shape)
            if kept is None:
                return [None] * len(days)
            self._shapes.move_to_end(shape)
            found: list[T | None] = []
            for day in days:
                written, value, _ = kept.days.get(day.number, (-1, None, 0))
                if written == day.written:
                    kept.days.move_to_end(day.number)
                found.append(value if written == day.written else None)
            return found

    def put(self, shape: Hashable, day: Day, value: T, size: int) -> None:
        """Keeps what was made of a day, of `size` bytes; more than a part of all bytes is not kept."""
        if size > self._most // _SHARE:
            return
        with self._lock:
            kept = self._shapes.setdefault(shape, _Shape())
            self._size += kept.put(day.number, day.written, value, size)
            while kept.size > self._most // _SHARE:
                self._size -= kept.drop()
            while self._size > self._most:
                self._drop()

    def _drop(self) -> None:
        oldest = next(iter(self._shapes))
        self._size -= self._shapes[oldest].drop()
        if not self._shapes[oldest].days:
            del self._shapes[oldest]
