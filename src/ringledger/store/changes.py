"""Which days' sessions were written through this process, so that what was read before can be told from what holds.

Only the process that owns an embedded store knows of every write; of a server's store nothing is known here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT

DAY: Final = 86_400
"""Seconds; days here are UTC's."""

EVER: Final = 2**32 - 1
"""The last second that a session can start in."""

_LONGEST: Final = 400
"""A write over more days than this counts as one over all days of the account."""

_MOST_DAYS: Final = 200_000
"""How many days are told apart before they become "everything"."""

_Place = tuple[int, int]
"""An account and a day."""

_ALL_DAYS: Final = -1
_EVERYTHING: Final = (-1, _ALL_DAYS)


class Stamp(msgspec.Struct, frozen=True):
    """When some days were last written, on a clock that counts writes.

    `written` is any write, `replaced` one that put a new version in place of a session that reports show. `is_quiet`
    says that no write of that second kind is under way, `is_still` that none at all is.
    """

    written: int
    replaced: int
    is_quiet: bool
    is_still: bool


class _Write(msgspec.Struct, frozen=True, eq=False):
    account: int | None
    first: int
    last: int
    replaces: bool

    def touches(self, account: int, first: int, last: int) -> bool:
        """Whether sessions of the account may be written that start from `first` to `last` (Unix seconds)."""
        return self.account in {None, account} and self.first <= last and self.last >= first


class Changes:
    """The writes to the table of sessions; its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = 0
        self._written: dict[_Place, int] = {}
        self._replaced: dict[_Place, int] = {}
        self._under_way: list[_Write] = []
        self._announced = threading.local()

    def stamp(self, account: int, first: int, last: int) -> Stamp:
        """When the account's sessions that start from `first` to `last` (Unix seconds) were last written."""
        places = [(account, day) for day in range(first // DAY, last // DAY + 1)]
        places += (account, _ALL_DAYS), _EVERYTHING
        with self._lock:
            under_way = [write for write in self._under_way if write.touches(account, first, last)]
            return Stamp(
                max(map(self._written.get, places, repeat(0))),
                max(map(self._replaced.get, places, repeat(0))),
                is_quiet=not any(write.replaces for write in under_way),
                is_still=not under_way,
            )

    def written(self, account: int, first: int, last: int) -> list[int]:
        """When each of the account's days, from number `first` to `last`, was last written, on the stamps' clock."""
        with self._lock:
            whole = max(self._written.get(place, 0) for place in ((account, _ALL_DAYS), _EVERYTHING))
            return [max(whole, self._written.get((account, day), 0)) for day in range(first, last + 1)]

    @contextmanager
    def writing(self, account: int | None, first: int, last: int, *, replaces: bool = True) -> Iterator[None]:
        """Announces a write of sessions that start from `first` to `last` (Unix seconds), of all accounts if None.

        `replaces` is false where no row takes the place of a session that reports show: that of one still under way
        may.
        """
        write = _Write(account, first, last, replaces)
        self._announced.depth = getattr(self._announced, "depth", 0) + 1
        with self._lock:
            self._under_way.append(write)
            self._tick(write, is_over=False)
        try:
            yield
        finally:
            self._announced.depth -= 1
            with self._lock:
                self._under_way.remove(write)
                self._tick(write, is_over=True)

    @contextmanager
    def unannounced(self, text: str) -> Iterator[None]:
        """Counts a statement that names the table of sessions as a write of everything, unless it was announced."""
        if getattr(self._announced, "depth", 0) or CALLS_REPORT.table not in text:
            yield
            return
        with self.writing(None, 0, EVER):
            yield

    def _tick(self, write: _Write, *, is_over: bool) -> None:
        self._clock += 1
        for place in self._places(write):
            if is_over:
                self._written[place] = self._clock
            if write.replaces:
                self._replaced[place] = self._clock

    def _places(self, write: _Write) -> list[_Place]:
        if len(self._written) > _MOST_DAYS:
            self._written.clear()
            self._replaced.clear()
            self._written[_EVERYTHING] = self._replaced[_EVERYTHING] = self._clock
        if write.account is None:
            return [_EVERYTHING]
        days = range(write.first // DAY, write.last // DAY + 1)
        return [(write.account, day) for day in days] if len(days) <= _LONGEST else [(write.account, _ALL_DAYS)]
