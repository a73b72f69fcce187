"""Rows as replies have them, packed and in memory by day: pages take what they need of days that are ready."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.templates import BETWEEN
from ringledger.store.daybook import Day

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COARSE: Final = 256
"""Rows that are packed together for pages that take them in their order."""

FINE: Final = 32
"""The same for pages that take them one by one: a quarter more memory, a sixth of the time to take one out."""

_LEVEL: Final = 1
_OVERHEAD: Final = 500


class ReadyDay(msgspec.Struct, frozen=True, eq=False):
    """All rows of a day that reports show, in the order of their starts and ids, so many packed together.

    The day has a number.
    """

    number: int
    day: Day
    together: int
    ids: array[int]
    packed: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return sum(map(len, self.packed)) + 60 * len(self.packed) + 8 * len(self.ids) + _OVERHEAD

    def rows(self, begin: int, end: int) -> list[bytes]:
        """The rows from place `begin` up to `end` in pieces of one or more, to be joined by BETWEEN."""
        pieces, together = [], self.together
        for at in range(begin - begin % together, end, together):
            piece = zstd.decompress(self.packed[at // together])
            low, high = max(begin - at, 0), min(end - at, together)
            is_whole = low == 0 and (high == together or end == len(self.ids))
            pieces.append(piece if is_whole else BETWEEN.join(piece.split(BETWEEN)[low:high]))
        return pieces

    def place(self, start: int, session: int) -> int:
        """Where the session is that began at `start` (Unix seconds). Raises LookupError if it is not in the day."""
        low, high = bisect_left(self.day.starts, start), bisect_right(self.day.starts, start)
        at = bisect_left(self.ids, session, low, high)
        if at == high or self.ids[at] != session:
            raise LookupError(session)
        return at


def packed(number: int, day: Day, rows: Sequence[tuple[int, bytes]], together: int) -> ReadyDay:
    """The rows of a day, each with its session's id, in the order of starts and ids."""
    groups = (rows[at : at + together] for at in range(0, len(rows), together))
    joined = (BETWEEN.join([row for _, row in group]) for group in groups)
    ids = array("q", [session for session, _ in rows])
    return ReadyDay(number, day, together, ids, tuple(zstd.compress(one, level=_LEVEL) for one in joined))


ReadyRows = DayCache[ReadyDay]
"""Days by the shape of their rows."""


def picked(days: Mapping[int, ReadyDay], places: Sequence[tuple[int, int]]) -> list[bytes]:
    """Single rows out of ready days by their numbers: each place is a day's number and the row's place in it."""
    pieces: dict[tuple[int, int], bytes] = {}
    split: dict[tuple[int, int], list[bytes]] = {}
    found = []
    for number, place in places:
        at, inside = divmod(place, days[number].together)
        where = number, at
        if where not in pieces:
            pieces[where] = zstd.decompress(days[number].packed[at])
            found.append(_row(pieces[where], inside))
            continue
        if where not in split:
            split[where] = pieces[where].split(BETWEEN)
        found.append(split[where][inside])
    return found


def _row(piece: bytes, number: int) -> bytes:
    """One row of a piece; the others are not cut out, which takes as long as unpacking the piece."""
    begin = 0
    for _ in range(number):
        begin = piece.index(BETWEEN, begin) + len(BETWEEN)
    end = piece.find(BETWEEN, begin)
    return piece[begin:] if end < 0 else piece[begin:end]
