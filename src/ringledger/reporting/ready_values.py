"""Values of single fields, in memory: what filters and orders ask is then known without a statement."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ringledger.catalogue.fields import Kind
from ringledger.reporting import ordered, select, templates
from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.different_texts import END, DifferentTexts
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.subjects import TEXTS, Subject
from ringledger.store.daybook import Day, Daybook, Holding, PlacedDay, Span, together
from ringledger.store.engine import Engine

_OVERHEAD: Final = 300

_MOST_PARTS: Final = 4
"""Days of a group whose values are in more parts than this are read again together."""

_ITEM: Final = np.dtype([("place", "<u4"), ("value", "<i8")])
_WHOLE: Final = np.dtype([("value", "<i8"), ("is_null", "?")])
_BROKEN: Final = np.dtype([("value", "<f8"), ("is_null", "?")])
_UNSIGNED: Final[tuple[type[np.unsignedinteger], ...]] = (np.uint8, np.uint16, np.uint32)
_WIDTHS: Final = tuple((np.iinfo(kind), kind) for kind in (np.int8, np.int16, np.int32))


class Numbers(msgspec.Struct, frozen=True, eq=False):
    """A number of each session in their order, from `low` to `high`; 0 where `nulls` says that there is none."""

    values: NDArray[np.number]
    nulls: NDArray[np.bool_] | None
    low: float
    high: float

    @property
    def is_null(self) -> NDArray[np.bool_]:
        """Which sessions have none."""
        return np.zeros(len(self.values), np.bool_) if self.nulls is None else self.nulls

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.values.nbytes + (0 if self.nulls is None else self.nulls.nbytes)


class Texts(msgspec.Struct, frozen=True, eq=False):
    """A text of each session in their order, by its number among the different ones; that of no text is how many there
    are of these."""

    numbers: NDArray[np.unsignedinteger]
    different: DifferentTexts

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.numbers.nbytes + self.different.size


class Items(msgspec.Struct, frozen=True, eq=False):
    """All values that sessions have, in order, and the place of the session that has each; no pair is there twice."""

    values: NDArray[np.int64]
    places: NDArray[np.uint32]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return self.values.nbytes + self.places.nbytes

    def having(self, value: int) -> NDArray[np.uint32]:
        """The places of the sessions that have the value, in order."""
        begin, end = np.searchsorted(self.values, value, "left"), np.searchsorted(self.values, value, "right")
        return self.places[begin:end]


Values = Numbers | Texts | Items


class Placed(msgspec.Struct, frozen=True, eq=False):
    """A day's values, among those of the days that they were read with: its first session has place `first` there."""

    values: Values
    first: int

    def number(self, place: int) -> int:
        """The number of the session at that place of the day."""
        return int(self._numbers[self.first + place])

    def place(self, number: int, begin: int, end: int) -> int:
        """The place in the day of the session with a number, from `begin` up to `end`, where they grow.

        Raises LookupError if it is not there.
        """
        numbers = self._numbers[self.first + begin : self.first + end]
        at = int(np.searchsorted(numbers, number))
        if at == len(numbers) or numbers[at] != number:
            raise LookupError(number)
        return begin + at

    @property
    def _numbers(self) -> NDArray[np.number]:
        if not isinstance(self.values, Numbers):
            raise TypeError("the values are no numbers")
        return self.values.values


class Part(msgspec.Struct, frozen=True, eq=False):
    """Values of sessions that follow each other: those from place `begin` up to `end`."""

    values: Values
    begin: int
    end: int


class ReadyValues:
    """Days by the subject that has the values, in `most_bytes` of memory; may be used from any thread.

    Days are kept as they were read, many together: to look at few long parts costs less than to look at each day.
    """

    def __init__(self, engine: Engine, daybook: Daybook, most_bytes: int) -> None:
        self._engine = engine
        self._daybook = daybook
        self._days: DayCache[Placed] = DayCache(most_bytes)

    def of(self, query: ReportQuery, subject: Subject, days: Sequence[Day]) -> list[Placed | None]:
        """For each of the days the subject's values, or None where they are not ready."""
        return self._days.of(_shape(query, subject), days)

    def parts(self, query: ReportQuery, subject: Subject, span: Span) -> list[Part] | None:
        """The subject's values of a span's sessions in few parts, or None where some are not ready."""
        parts: list[Part] = []
        values, first, last, skipped = None, 0, 0, span.skipped
        for known, (begin, end) in zip(self.of(query, subject, span.days), pairwise(span.bounds), strict=True):
            if known is None:
                return None
            place = known.first + skipped
            if known.values is not values or place != last:
                if values is not None:
                    parts.append(Part(values, first, last))
                values, first = known.values, place
            last, skipped = place + end - begin, 0
        return parts if values is None else [*parts, Part(values, first, last)]

    def missing(self, query: ReportQuery, span: Span, subject: Subject) -> list[PlacedDay]:
        """The days of a span of whole days whose values are not ready."""
        placed = list(span.placed())
        found = self._placed(query, subject, placed)
        return [one for one, known in zip(placed, found, strict=True) if known is None]

    def wanting(
        self, query: ReportQuery, subject: Subject, days: Iterable[PlacedDay], most: int
    ) -> Iterator[list[PlacedDay]]:
        """Groups of the days that are to be read, each about so many sessions: those whose values are not ready, and
        those whose values are in many parts."""
        for group in together(days, most):
            found = self._placed(query, subject, group)
            if found.count(None) + len({id(known.values) for known in found if known}) > _MOST_PARTS:
                yield group
            else:
                yield from together([one for one, known in zip(group, found, strict=True) if known is None], most)

    def read(self, query: ReportQuery, span: Span, subject: Subject, days: Sequence[PlacedDay]) -> bool:
        """Makes values ready of days of the span that follow each other; False where they are written meanwhile.

        Raises EngineFault.
        """
        first, last = days[0].first, days[-1].last
        asked = ordered.part(query.whole, span, first, last)
        values = _read(self._engine, asked, span.holding, subject, last - first)
        if values is None or not self._daybook.is_unwritten(query.account, span, asked.begin, asked.end):
            return False
        for one in days:
            size = values.size * (one.last - one.first) // (last - first) + _OVERHEAD
            self._days.put(_shape(query, subject), one.day, Placed(values, one.first - first), size)
        return True

    def _placed(self, query: ReportQuery, subject: Subject, days: Sequence[PlacedDay]) -> list[Placed | None]:
        return self.of(query, subject, [one.day for one in days])


def _shape(query: ReportQuery, subject: Subject) -> Hashable:
    return query.sight, subject.field.name, subject.member


def _read(engine: Engine, query: ReportQuery, holding: Holding, subject: Subject, sessions: int) -> Values | None:
    """The values of all of the query's sessions, or None where the engine finds another number of them."""
    if subject.member:
        return _items(engine.read(select.items(query, holding, subject.field, subject.member), "RowBinary"))
    if subject.field.kind in TEXTS:
        texts = engine.read(select.texts(query, holding, subject.field), templates.TEMPLATE).split(END)
        return _texts(texts) if len(texts) == sessions else None
    kind = _BROKEN if subject.field.kind is Kind.DECIMAL else _WHOLE
    rows = np.frombuffer(engine.read(select.numbers(query, holding, subject.field), "RowBinary"), kind)
    return _numbers(rows) if len(rows) == sessions else None


def _numbers(rows: NDArray[np.void]) -> Numbers:
    nulls, values = rows["is_null"].copy(), rows["value"]
    low, high = (values.min().item(), values.max().item()) if len(values) else (0, 0)
    return Numbers(_narrowed(values, low, high), nulls if nulls.any() else None, low, high)


def _narrowed(values: NDArray[np.number], low: float, high: float) -> NDArray[np.number]:
    """The values, of which none is out of these bounds, in as few bytes as hold them."""
    if values.dtype.kind == "i":
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
    return Texts(numbers, DifferentTexts.of([text[1:] for text in different]))


def _items(answer: bytes) -> Items:
    rows = np.frombuffer(answer, _ITEM)
    rows = rows[np.lexsort((rows["place"], rows["value"]))]
    rows = rows[np.append(rows[1:] != rows[:-1], True)] if len(rows) else rows
    return Items(rows["value"].copy(), rows["place"].copy())
