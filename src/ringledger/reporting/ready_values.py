"""Values of single fields, in memory by day: what filters and orders ask is then known without a statement."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ringledger.catalogue.fields import Kind
from ringledger.reporting import ordered, select, templates
from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.patterns import Wanted
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.subjects import TEXTS, Subject
from ringledger.store.daybook import Day, Daybook, Holding, PlacedDay, Span
from ringledger.store.engine import Engine

_OVERHEAD: Final = 600
_ITEM: Final = np.dtype([("place", "<u4"), ("value", "<i8")])
_WHOLE: Final = np.dtype([("value", "<i8"), ("is_null", "?")])
_BROKEN: Final = np.dtype([("value", "<f8"), ("is_null", "?")])
_UNSIGNED: Final[tuple[type[np.unsignedinteger], ...]] = (np.uint8, np.uint16, np.uint32)
_WIDTHS: Final = tuple((np.iinfo(kind), kind) for kind in (np.int8, np.int16, np.int32))


class Numbers(msgspec.Struct, frozen=True, eq=False):
    """A number of each of a day's sessions in their order; 0 where `nulls` says that there is none."""

    values: NDArray[np.number]
    nulls: NDArray[np.bool_] | None

    @property
    def is_null(self) -> NDArray[np.bool_]:
        """Which sessions have none."""
        return np.zeros(len(self.values), np.bool_) if self.nulls is None else self.nulls

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.values.nbytes + (0 if self.nulls is None else self.nulls.nbytes) + _OVERHEAD

    def place(self, number: int, begin: int, end: int) -> int:
        """Where a number is from place `begin` up to `end`, where they grow. Raises LookupError if it is not there."""
        at = begin + int(np.searchsorted(self.values[begin:end], number))
        if at == end or self.values[at] != number:
            raise LookupError(number)
        return at


class Texts(msgspec.Struct, frozen=True, eq=False):
    """A text of each of a day's sessions in their order, by its number among the different ones of the day.

    `joined` has these sorted, END before the first and behind each; `begins` tells where each begins and, as the last,
    where another one would. The number of no text is that of how many there are.
    """

    numbers: NDArray[np.unsignedinteger]
    joined: bytes
    begins: array[int]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.numbers.nbytes + len(self.joined) + 4 * len(self.begins) + _OVERHEAD

    def __len__(self) -> int:
        """How many different texts there are."""
        return len(self.begins) - 1

    def __getitem__(self, number: int) -> bytes:
        """The text of that number."""
        return self.joined[self.begins[number] : self.begins[number + 1] - 1]

    def all(self) -> list[bytes]:
        """The different texts."""
        return self.joined[1:-1].split(END) if len(self) else []

    def numbered(self, texts: Sequence[str]) -> list[int]:
        """The numbers of those of the texts that a session has."""
        encoded = [text.encode() for text in texts]
        places = [(bisect_left(self, text), text) for text in encoded]
        return [at for at, text in places if at < len(self) and self[at] == text]

    def having(self, wanted: Wanted) -> NDArray[np.integer]:
        """The numbers of the texts that have what is wanted."""
        before, behind = b"" if wanted.begins_anyhow else END, b"" if wanted.ends_anyhow else END
        sought = before + wanted.text.encode() + behind
        if not sought:
            return np.arange(len(self))
        begins = np.frombuffer(self.begins, np.uint32)
        return np.searchsorted(begins, _places(self.joined, sought) + len(before), "right") - 1


class Items(msgspec.Struct, frozen=True, eq=False):
    """All values of a day's sessions, in order, and the place in the day of the session that has each."""

    values: NDArray[np.int64]
    places: NDArray[np.uint32]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.values.nbytes + self.places.nbytes + _OVERHEAD

    def having(self, value: int) -> NDArray[np.uint32]:
        """The places of the sessions that have the value, in order."""
        begin, end = np.searchsorted(self.values, value, "left"), np.searchsorted(self.values, value, "right")
        return self.places[begin:end]


Values = Numbers | Texts | Items

END: Final = b"\xff"
"""What ends a text: no byte of UTF-8."""


class ReadyValues:
    """Days by the subject that has the values, in `most_bytes` of memory; may be used from any thread."""

    def __init__(self, engine: Engine, daybook: Daybook, most_bytes: int) -> None:
        self._engine = engine
        self._daybook = daybook
        self._days: DayCache[Values] = DayCache(most_bytes)

    def of(self, query: ReportQuery, subject: Subject, days: Sequence[tuple[int, Day]]) -> list[Values | None]:
        """For each of the days, which have a number, the subject's values, or None where they are not ready."""
        return self._days.of(_shape(query, subject), days)

    def missing(self, query: ReportQuery, span: Span, subject: Subject) -> list[PlacedDay]:
        """The days of a span of whole days whose values are not ready."""
        placed = list(span.placed())
        found = self.of(query, subject, [(one.number, one.day) for one in placed])
        return [one for one, values in zip(placed, found, strict=True) if values is None]

    def read(self, query: ReportQuery, span: Span, subject: Subject, days: Sequence[PlacedDay]) -> bool:
        """Makes values ready of days of the span that follow each other; False where they are written meanwhile.

        Raises EngineFault.
        """
        begin = days[0].first
        asked = ordered.part(query.whole, span, begin, days[-1].last)
        bounds = [(one.first - begin, one.last - begin) for one in days]
        found = _read(self._engine, asked, span.holding, subject, bounds)
        if found is None or not self._daybook.is_unwritten(query.account, span, asked.begin, asked.end):
            return False
        for one, values in zip(days, found, strict=True):
            self._days.put(_shape(query, subject), one.number, one.day, values, values.size)
        return True


def _shape(query: ReportQuery, subject: Subject) -> Hashable:
    return query.sight, subject.field.name, subject.member


def _read(
    engine: Engine, query: ReportQuery, holding: Holding, subject: Subject, days: Sequence[tuple[int, int]]
) -> list[Values] | None:
    """The values of all of the query's sessions by day, of each day the positions of its first and after its last one.

    None where the engine finds other sessions than these.
    """
    if subject.member:
        return _items(engine.read(select.items(query, holding, subject.field, subject.member), "RowBinary"), days)
    if subject.field.kind in TEXTS:
        texts = engine.read(select.texts(query, holding, subject.field), templates.TEMPLATE).split(END)
        return [_texts(texts[begin:end]) for begin, end in days] if len(texts) == days[-1][1] else None
    kind = _BROKEN if subject.field.kind is Kind.DECIMAL else _WHOLE
    rows = np.frombuffer(engine.read(select.numbers(query, holding, subject.field), "RowBinary"), kind)
    return [_numbers(rows[begin:end]) for begin, end in days] if len(rows) == days[-1][1] else None


def _numbers(rows: NDArray[np.void]) -> Numbers:
    nulls = rows["is_null"].copy()
    return Numbers(_narrowed(rows["value"]), nulls if nulls.any() else None)


def _narrowed(values: NDArray[np.number]) -> NDArray[np.number]:
    """The values in as few bytes as hold them."""
    if values.dtype.kind == "i" and len(values):
        low, high = values.min(), values.max()
        for width, kind in _WIDTHS:
            if width.min <= low and high <= width.max:
                return values.astype(kind)
    return values.copy()


def _texts(rows: Sequence[bytes]) -> Texts:
    """Of texts that have a letter before them: one for a text, a later one alone where there is none."""
    different = sorted(set(rows))
    numbered = {text: number for number, text in enumerate(different)}
    if different and different[-1] == select.NO_TEXT:
        different.pop()
    width = next(kind for kind in _UNSIGNED if len(different) <= np.iinfo(kind).max)
    numbers = np.fromiter(map(numbered.__getitem__, rows), width, len(rows))
    texts = [text[1:] for text in different]
    begins = array("I", [1])
    for text in texts:
        begins.append(begins[-1] + len(text) + 1)
    return Texts(numbers, END + b"".join(text + END for text in texts), begins)


def _items(answer: bytes, days: Sequence[tuple[int, int]]) -> list[Values]:
    rows = np.frombuffer(answer, _ITEM)
    rows = rows[np.argsort(rows["place"], kind="stable")]
    bounds = np.searchsorted(rows["place"], [days[0][0], *(end for _, end in days)])
    found: list[Values] = []
    for at, (first, _) in enumerate(days):
        of_day = rows[bounds[at] : bounds[at + 1]]
        order = np.lexsort((of_day["place"], of_day["value"]))
        found.append(Items(of_day["value"][order], (of_day["place"][order] - first).astype(np.uint32)))
    return found


def _places(text: bytes, sought: bytes) -> NDArray[np.integer]:
    """Where it is in the text, in any order: by its first letters, as many at a time as numbers have bytes."""
    width = next(one for one in (4, 2, 1) if one <= len(sought))
    first = int.from_bytes(sought[:width], "little")
    numbers = (np.frombuffer(text, f"<u{width}", max(len(text) - at, 0) // width, at) for at in range(width))
    found = np.concatenate([np.flatnonzero(one == first) * width + at for at, one in enumerate(numbers)])
    found = found[found <= len(text) - len(sought)]
    letters = np.frombuffer(text, np.uint8)
    for at, letter in enumerate(sought[width:], width):
        found = found[letters[found + at] == letter]
    return found
