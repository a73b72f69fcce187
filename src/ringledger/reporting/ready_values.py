"""Which sessions of a day have a value: what a filter of facts chooses is then known without a statement."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import Final

import msgspec

from ringledger.reporting import select
from ringledger.reporting.day_cache import DayCache
from ringledger.reporting.facts import Fact
from ringledger.reporting.query import ReportQuery
from ringledger.store.daybook import Holding, Span, Stretch
from ringledger.store.engine import Engine
from ringledger.store.row_binary import numbers

_OVERHEAD: Final = 500


class DayValues(msgspec.Struct, frozen=True, eq=False):
    """All values of a day's sessions in their order, and the place in the day of the session that has each.

    Places are in order where the value is the same.
    """

    values: array[int]
    places: array[int]

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return 12 * len(self.values) + _OVERHEAD

    def having(self, value: int, begin: int, end: int) -> array[int]:
        """The places from `begin` up to `end` of the sessions that have the value, in order."""
        first, last = bisect_left(self.values, value), bisect_right(self.values, value)
        low, high = bisect_left(self.places, begin, first, last), bisect_left(self.places, end, first, last)
        return self.places[low:high]


ReadyValues = DayCache[DayValues]
"""Days by the subject that has the values."""

NONE: Final = DayValues(array("q"), array("I"))
"""Of a day of whose sessions none has a value."""


class Chosen(msgspec.Struct, frozen=True, eq=False):
    """Sessions of a stretch that a filter chooses: their places in the day, in order."""

    stretch: Stretch
    places: Sequence[int]

    def latest_first(self) -> list[int]:
        """The places with the latest second first, within a second in order."""
        seconds = [list(places) for _, places in groupby(self.places, self.stretch.day.starts.__getitem__)]
        return [place for places in reversed(seconds) for place in places]


def shape(query: ReportQuery, fact: Fact) -> Hashable:
    """Whose values of a fact's subject they are."""
    return query.sight, fact.subject


def chosen(ready: ReadyValues, query: ReportQuery, span: Span, facts: Sequence[Fact]) -> list[Chosen] | None:
    """The span's sessions for which all facts hold, or None where not all values are ready."""
    stretches = list(span.stretches(0, span.total))
    days = [(one.number, one.day) for one in stretches]
    by_fact = [ready.of(shape(query, fact), days) for fact in facts]
    found = []
    for stretch, *known in zip(stretches, *by_fact, strict=True):
        having = []
        for fact, values in zip(facts, known, strict=True):
            if values is None:
                return None
            having.append(values.having(fact.value, stretch.begin, stretch.end))
        found.append(Chosen(stretch, _in_all(having)))
    return found


def read(engine: Engine, query: ReportQuery, holding: Holding, fact: Fact) -> Mapping[int, DayValues]:
    """The values of a fact's subject of all the query's days, by the day's number; of whole days only.

    Raises EngineFault.
    """
    answer = engine.read(select.values(query, holding, fact.field, fact.member), "RowBinary")
    found, at = {}, 0
    while at < len(answer):
        number = int.from_bytes(answer[at : at + 4], "little")
        values, at = numbers(answer, at + 4, "q")
        places, at = numbers(answer, at, "I")
        found[number] = DayValues(values, places)
    return found


def page(found: Sequence[Chosen], query: ReportQuery) -> list[tuple[int, int]]:
    """The sessions on the query's page, by the order of their starts: of each the day's number and its place there."""
    places: list[tuple[int, int]] = []
    skipped = query.offset
    for one in reversed(found) if query.is_descending else found:
        if skipped < len(one.places):
            inside = one.latest_first() if query.is_descending else one.places
            wanted = inside[skipped : skipped + query.limit - len(places)]
            places += ((one.stretch.number, place) for place in wanted)
            if len(places) == query.limit:
                break
        skipped = max(0, skipped - len(one.places))
    return places


def _in_all(places: Sequence[array[int]]) -> Sequence[int]:
    """What is in every one of them, in order."""
    fewest, *others = sorted(places, key=len)
    return [place for place in fewest if all(_has(other, place) for other in others)] if others else fewest


def _has(places: array[int], place: int) -> bool:
    at = bisect_left(places, place)
    return at < len(places) and places[at] == place
