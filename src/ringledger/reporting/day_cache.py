"""What was made of days, in memory and under a number of bytes, for as long as the days are not written."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from itertools import count
from typing import Final, Generic, TypeVar

from ringledger.store.cache import Cache
from ringledger.store.daybook import Day

T = TypeVar("T")

_MOST_SHAPES: Final = 1000


class DayCache(Generic[T]):
    """Values by their shape, which says whose they are and what they are made for, and by day.

    May be used from any thread.
    """

    def __init__(self, most_bytes: int) -> None:
        self._days: Cache[tuple[int, T]] = Cache(most_bytes)
        self._shapes: dict[Hashable, int] = {}
        self._numbers = count()
        self._lock = threading.Lock()

    def of(self, shape: Hashable, days: Sequence[tuple[int, Day]]) -> list[T | None]:
        """For each of the days, which have a number, what was made of it, or None."""
        known = self._number(shape)
        found = (self._days.get((known, number)) for number, _ in days)
        return [
            one[1] if one is not None and one[0] == day.written else None
            for one, (_, day) in zip(found, days, strict=True)
        ]

    def put(self, shape: Hashable, number: int, day: Day, value: T, size: int) -> None:
        """Keeps what was made of a day, of `size` bytes."""
        self._days.put((self._number(shape), number), (day.written, value), size)

    def _number(self, shape: Hashable) -> int:
        """A number for the shape, so that keys are small."""
        with self._lock:
            if shape not in self._shapes and len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            return self._shapes.setdefault(shape, next(self._numbers))
