"""Rows as replies have them, packed and in memory by day: pages take what they need of days that are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import lz4.block
import msgspec

from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.templates import BETWEEN
from ringledger.store.daybook import Day

TOGETHER: Final = 8
"""Rows that are packed together: a page that takes single ones unpacks the others in vain."""

_SAMPLE: Final = 32 * 1024
"""Bytes of rows that others are packed by."""

_SHARED: Final = 8
"""A sample counts by this part in each day that is packed by it, as days share theirs."""

_COMMA, _LINE_BREAK = BETWEEN[:1], BETWEEN[1:]
_LEVEL: Final = 3
_OVERHEAD: Final = 500


class ReadyDay(msgspec.Struct, frozen=True, eq=False):
    """All rows of a day that reports show, in the order of their starts and ids, so many packed together.

    The day has a number. The rows are packed by a `sample` of such rows, in which most of their text is.
    """

    number: int
    day: Day
    sample: bytes
    packed: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return sum(map(len, self.packed)) + 45 * len(self.packed) + len(self.sample) // _SHARED + _OVERHEAD

    def rows(self, begin: int, end: int) -> list[bytes]:
        """The rows from place `begin` up to `end` in pieces of one or more, to be joined by BETWEEN."""
        pieces = []
        for at in range(begin - begin % TOGETHER, end, TOGETHER):
            piece = self.piece(at // TOGETHER)
            low, high = max(begin - at, 0), min(end - at, TOGETHER)
            is_whole = low == 0 and (high == TOGETHER or end == len(self.day.starts))
            pieces.append(
                piece if is_whole else _LINE_BREAK.join(piece.split(_LINE_BREAK)[low:high]).removesuffix(_COMMA)
            )
        return pieces

    def piece(self, number: int) -> bytes:
        """The rows that are packed together, counted from 0."""
        return bytes(lz4.block.decompress(self.packed[number], dict=self.sample))


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


def packed(number: int, day: Day, lines: Sequence[bytes], by: bytes) -> ReadyDay:
    """The lines of a day, in the order of starts and ids, by a sample."""
    groups = (_LINE_BREAK.join(lines[at : at + TOGETHER]).removesuffix(_COMMA) for at in range(0, len(lines), TOGETHER))
    pack = (lz4.block.compress(one, mode="high_compression", compression=_LEVEL, dict=by) for one in groups)
    return ReadyDay(number, day, by, tuple(pack))


ReadyRows = DayCache[ReadyDay]
"""Days by the shape of their rows."""


def picked(days: Mapping[int, ReadyDay], places: Sequence[tuple[int, int]]) -> list[bytes]:
    """Single rows out of ready days by their numbers: each place is a day's number and the row's place in it."""
    found, piece, rows = [], (-1, -1), [b""]
    for number, place in places:
        at, inside = divmod(place, TOGETHER)
        if piece != (number, at):
            piece, rows = (number, at), days[number].piece(at).split(_LINE_BREAK)
        found.append(rows[inside].removesuffix(_COMMA))
    return found
