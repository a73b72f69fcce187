"""Pages of all of a period's sessions in the order of their starts, of which it is known where each row lies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import chain, groupby, takewhile
from operator import itemgetter
from typing import Final

from msgspec import structs

from ringledger.at_once import takes_time
from ringledger.reporting import ready_rows, select
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyDay, ReadyRows
from ringledger.reporting.reply import Page, Piece, array_of
from ringledger.reporting.templates import TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.daybook import Daybook, Span, Stretch
from ringledger.store.engine import Engine

_NOTHING: Final = Page((b"[]",), 0)

_QUICK: Final = 1_000
"""Rows that are unpacked in a millisecond."""

_MOST_DAYS: Final = 200
"""A page of more days is read: where a day has few calls, unpacking them all costs more than a statement."""


class OrderedPages:
    """Takes the rows that are ready and reads the others, very many in two halves where a second turn is free."""

    def __init__(self, engine: Engine, turns: Turns, daybook: Daybook, ready: ReadyRows) -> None:
        self._engine = engine
        self._turns = turns
        self._daybook = daybook
        self._ready = ready
        self._later_halves = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="later-half")

    def page(self, query: ReportQuery, span: Span) -> Page:
        """The page of a query for all sessions by their starts. Raises EngineFault."""
        first, last = query.offset, min(query.offset + query.limit, span.total)
        if first >= last:
            return structs.replace(_NOTHING, total=span.total)
        if last - first > _QUICK:
            takes_time()
        try:
            parts = self._backwards(query, span, first, last) if query.is_descending else None
            return Page(parts or self._forwards(query, span, first, last), span.total)
        except LookupError:
            with self._turns.of(last - first):
                return Page(array_of([read(self._engine, query, span, first, last)]), span.total)

    def _backwards(self, query: ReportQuery, span: Span, first: int, last: int) -> Sequence[Piece] | None:
        """The array of the rows from position `first` up to `last`, the latest first, or None where days are not ready.

        Raises LookupError where ready rows were written over meanwhile.
        """
        stretches, places = _latest_first(span, first, last)
        found = self._ready.of(query.shape, [one.day for one in stretches])
        days = {ready.day.number: ready for ready in found if ready is not None}
        if len(days) < len(stretches):
            return None
        with self._turns.steps():
            return array_of(ready_rows.picked(days, places))

    def _forwards(self, query: ReportQuery, span: Span, first: int, last: int) -> Sequence[Piece]:
        """The array of the rows from position `first` up to `last`: those of ready days, and what is between them.

        Raises LookupError where ready rows were written over meanwhile, or a row that came has moved those behind it.
        """
        stretches = [] if query.is_descending else list(span.stretches(first, last))
        if len(stretches) > _MOST_DAYS:
            stretches = []
        found = self._ready.of(query.shape, [one.day for one in stretches])
        head = list(takewhile(_is_ready, zip(found, stretches, strict=True)))
        tail = list(takewhile(_is_ready, zip(found[: len(head) : -1], stretches[: len(head) : -1], strict=True)))[::-1]
        begin, end = first + _rows_of(head), last - _rows_of(tail)
        between = self._read(query, span, begin, end) if begin < end else []
        with self._turns.steps():
            parts = array_of(chain(_unpacked(head), between, _unpacked(tail)))
        if between and (head or tail or len(between) > 1) and not self._is_unwritten(query, span, first, last):
            raise LookupError(first)
        return parts

    def _read(self, query: ReportQuery, span: Span, first: int, last: int) -> list[Piece]:
        with self._turns.of(last - first), self._turns.second(last - first) as has_second:
            if not has_second:
                return [read(self._engine, query, span, first, last)]
            middle = (first + last) // 2
            later = self._later_halves.submit(read, self._engine, query, span, middle, last)
            try:
                return [read(self._engine, query, span, first, middle), later.result()]
            finally:
                wait([later])  # it may not run on without a turn

    def _is_unwritten(self, query: ReportQuery, span: Span, first: int, last: int) -> bool:
        narrowed = part(query, span, first, last)
        return self._daybook.is_unwritten(query.account, span, narrowed.begin, narrowed.end)


def read(engine: Engine, query: ReportQuery, span: Span, first: int, last: int) -> memoryview:
    """The rows of all the span's sessions from position `first` up to `last` in the query's order, BETWEEN each two.

    Raises EngineFault.
    """
    statement = select.known_page(part(query, span, first, last), span.holding)
    return memoryview(engine.read(statement, TEMPLATE))[1:-1]


def part(query: ReportQuery, span: Span, first: int, last: int) -> ReportQuery:
    """The query of the rows from position `first` up to `last` in its order, narrowed to when they began."""
    if query.is_descending:
        begin, end, _ = span.window(span.total - last, span.total - first - 1)
        before = span.total - span.until(end)
    else:
        begin, end, before = span.window(first, last - 1)
    return structs.replace(query, begin=begin, end=end, limit=last - first, offset=first - before)


def _latest_first(span: Span, first: int, last: int) -> tuple[list[Stretch], list[tuple[int, int]]]:
    """The sessions from position `first` up to `last`, the latest first and those of a second by their ids.

    Gives the stretches that they are in, and of each session the day's number and its place there.
    """
    _, end, before = span.window(span.total - last, span.total - first - 1)
    behind = span.until(end)
    stretches = list(span.stretches(before, behind))
    places = [(one.day.starts[at], one.day.number, at) for one in stretches for at in range(one.begin, one.end)]
    seconds = [list(group) for _, group in groupby(places, itemgetter(0))]
    skipped = first - (span.total - behind)
    latest = [(number, at) for second in reversed(seconds) for _, number, at in second]
    return stretches, latest[skipped : skipped + last - first]


_Part = tuple[ReadyDay | None, Stretch]


def _is_ready(part: _Part) -> bool:
    return part[0] is not None


def _rows_of(parts: Sequence[_Part]) -> int:
    return sum(stretch.end - stretch.begin for _, stretch in parts)


def _unpacked(parts: Sequence[_Part]) -> Iterator[Piece]:
    return (piece for day, one in parts if day is not None for piece in day.rows(one.begin, one.end))
