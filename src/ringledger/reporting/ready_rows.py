"""Rows as replies have them, packed and on disk by day: pages take what they need of days that are ready."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

import lz4.block
import msgspec

from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.templates import BETWEEN
from ringledger.store.daybook import Day
from ringledger.store.scratch import Scratch

_TOGETHER: Final = 8
"""Rows that are packed together: a page that takes single ones unpacks the others in vain."""

_SAMPLE: Final = 32 * 1024
"""Bytes of rows that others are packed by."""

_SHARED: Final = 8
"""A sample counts by this part in each day that is packed by it, as days share theirs."""

_COMMA, _LINE_BREAK = BETWEEN[:1], BETWEEN[1:]
_LEVEL: Final = 3
_OVERHEAD: Final = 600


class ReadyDay(msgspec.Struct, frozen=True, eq=False):
    """All rows of a day that reports show, in the order of their starts and ids, so many packed together.

    The rows are packed by a `sample` of such rows, in which most of their text is. The first piece of them is at a
    `place` in the scratch file and ends so many bytes behind it, the others follow.
    """

    day: Day
    sample: bytes
    scratch: Scratch
    place: int
    ends: array[int]

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about."""
        return 4 * len(self.ends) + len(self.sample) // _SHARED + _OVERHEAD

    @property
    def is_there(self) -> bool:
        """Whether the rows are still in the scratch file."""
        return self.scratch.has(self.place)

    def rows(self, begin: int, end: int) -> list[bytes]:
        """The rows from place `begin` up to `end` in pieces of one or more, to be joined by BETWEEN.

        Raises LookupError where they are gone.
        """
        first, last = begin // _TOGETHER, (end - 1) // _TOGETHER
        pieces = self._pieces(first, last)
        if end % _TOGETHER:
            pieces[-1] = _cut(pieces[-1], 0, end - last * _TOGETHER)
        if begin % _TOGETHER:
            pieces[0] = _cut(pieces[0], begin - first * _TOGETHER, _TOGETHER)
        return pieces

    def piece(self, number: int) -> list[bytes]:
        """The lines that are packed together, counted from 0. Raises LookupError where they are gone."""
        begin, end = self.ends[number - 1] if number else 0, self.ends[number]
        lines: bytes = lz4.block.decompress(self.scratch.get(self.place + begin, end - begin), dict=self.sample)
        return lines.split(_LINE_BREAK)

    def _pieces(self, first: int, last: int) -> list[bytes]:
        begin = self.ends[first - 1] if first else 0
        packed = self.scratch.get(self.place + begin, self.ends[last] - begin)
        bounds = pairwise([0, *(end - begin for end in self.ends[first : last + 1])])
        return [lz4.block.decompress(packed[low:high], dict=self.sample) for low, high in bounds]


class ReadyRows:
    """Days by the shape of their rows, which are in a scratch file; `most_bytes` of memory are for where they lie.

    May be used from any thread.
    """

    def __init__(self, most_bytes: int, scratch: Scratch) -> None:
        self._days: DayCache[ReadyDay] = DayCache(most_bytes)
        self._scratch = scratch

    def of(self, shape: Hashable, days: Sequence[Day]) -> list[ReadyDay | None]:
        """For each of the days its rows, or None where they are not ready."""
        found = self._days.of(shape, days)
        return [one if one is not None and one.is_there else None for one in found]

    def put(self, shape: Hashable, day: Day, lines: Sequence[bytes], sample: bytes) -> None:
        """Keeps the lines of a day, in the order of starts and ids, packed by a sample. Raises OSError."""
        groups = (lines[at : at + _TOGETHER] for at in range(0, len(lines), _TOGETHER))
        joined = (_LINE_BREAK.join(group).removesuffix(_COMMA) for group in groups)
        packed = [lz4.block.compress(one, mode="high_compression", compression=_LEVEL, dict=sample) for one in joined]
        place = self._scratch.put(b"".join(packed))
        if place is not None:
            ends = array("I", accumulate(map(len, packed)))
            ready = ReadyDay(day, sample, self._scratch, place, ends)
            self._days.put(shape, day, ready, ready.size)


def lines(rows: memoryview) -> list[bytes]:
    """Rows that have BETWEEN each two, each as a line: with a comma behind it."""
    # Of the two bytes of BETWEEN the first is frequent in rows, the second in none.
    found = bytes(rows).split(_LINE_BREAK)
    return [*found[:-1], found[-1] + _COMMA]


def sample(lines: Sequence[bytes]) -> bytes:
    """Lines of all of them by which such lines pack well, up to a sixteenth of them."""
    size = sum(map(len, lines))
    most = min(_SAMPLE, size // 16)
    return _LINE_BREAK.join(lines[:: max(1, size // max(most, 1))])[:most]


def picked(days: Mapping[int, ReadyDay], places: Sequence[tuple[int, int]]) -> list[bytes]:
    """Single rows out of ready days by their numbers: each place is a day's number and the row's place in it.

    Raises LookupError where they are gone.
    """
    found, piece, rows = [], (-1, -1), [b""]
    for number, place in places:
        at, inside = divmod(place, _TOGETHER)
        if piece != (number, at):
            piece, rows = (number, at), days[number].piece(at)
        found.append(rows[inside].removesuffix(_COMMA))
    return found


def _cut(piece: bytes, low: int, high: int) -> bytes:
    return _LINE_BREAK.join(piece.split(_LINE_BREAK)[low:high]).removesuffix(_COMMA)
