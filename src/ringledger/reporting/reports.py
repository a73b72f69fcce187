"""Answers queries the fastest way that is right: what is known of the store's days spares FINAL and counts.

Two things are remembered, each by bytes: days (store/daybook.py) and whole answers. Both hold until a day that they are
made of is written; a query that meets a write which replaces rows is answered by FINAL.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.reporting import select
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import Page, Plain, counted
from ringledger.reporting.turns import Turns
from ringledger.store.cache import Cache
from ringledger.store.daybook import Daybook, Span
from ringledger.store.engine import Engine

DEFAULT_CACHE: Final = 256 * 1024 * 1024
"""Bytes for everything that is remembered."""

_OVERHEAD: Final = 2000
"""Bytes that an answer takes beside its data."""

_NOTHING: Final = Page((b"[]",), 0)


class Reports:
    """The answers of one store; may be used from any thread. `cache` is in bytes.

    What is remembered is answered at once; who wants more rows of the engine than a few waits for a turn, and who wants
    very many reads them in two halves where a second turn is free.
    """

    def __init__(self, engine: Engine, turns: Turns, cache: int = DEFAULT_CACHE) -> None:
        self._engine = engine
        self._turns = turns
        self._plain = Plain(engine, turns)
        self._daybook = Daybook(engine, cache // 4)
        self._later_halves = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="later-half")
        self._answers: Cache[tuple[int, Page]] = Cache(cache - cache // 4)

    @property
    def daybook(self) -> Daybook:
        """What is known of the store's days, for others who answer from it."""
        return self._daybook

    def warm(self, stopping: threading.Event) -> None:
        """Learns what an embedded store's first questions would wait for. Raises EngineFault."""
        if self._engine.embedded:
            self._daybook.warm(stopping)

    def answer(self, query: ReportQuery) -> Page:
        """The page and the total of a query. Raises EngineFault."""
        if query.report is not CALLS_REPORT or query.ongoing or not self._engine.embedded:
            return self._plain.answer(query)
        span = self._daybook.span(query.account, query.begin, query.end)
        if span is None:
            return self._plain.answer(query)
        page = self._answer(query, span)
        return page if self._daybook.holds(query.account, span) else self._plain.answer(query)

    def _answer(self, query: ReportQuery, span: Span) -> Page:
        key = (_shape(query), query.begin, query.end, query.limit, query.offset, query.sort, query.filter)
        known = self._answers.get(key)
        if known is not None and known[0] == span.stamp.written:
            return known[1]
        is_whole = query.filter is None and query.view.scope is None
        in_order = is_whole and _is_by_moment(query)
        page = self._in_order(query, span) if in_order else self._searched(query, span, is_whole=is_whole)
        self._answers.put(key, (span.stamp.written, page), sum(map(len, page.data)) + _OVERHEAD)
        return page

    def _searched(self, query: ReportQuery, span: Span, *, is_whole: bool) -> Page:
        """A page of rows that the engine has to look for, counted by the same statement unless the count is known."""
        with self._turns.of(query.limit):
            if is_whole:
                return Page((self._read(query, span),), span.total)
            return counted(self._engine.read(select.page_and_count(query, span.holding), select.TEMPLATE))

    def _in_order(self, query: ReportQuery, span: Span) -> Page:
        """A page of all the period's sessions in the order of their starts: where it lies is known."""
        first, last = query.offset, min(query.offset + query.limit, span.total)
        if first >= last:
            return structs.replace(_NOTHING, total=span.total)
        with self._turns.of(query.limit), self._turns.second(last - first) as has_second:
            if not has_second:
                return Page((self._read(_part(query, span, first, last), span),), span.total)
            middle = (first + last) // 2
            later = self._later_halves.submit(self._read, _part(query, span, middle, last), span)
            former = self._read(_part(query, span, first, middle), span)
            return Page((memoryview(former)[:-1], b",\n", memoryview(later.result())[1:]), span.total)

    def _read(self, query: ReportQuery, span: Span) -> bytes:
        return self._engine.read(select.known_page(query, span.holding), select.TEMPLATE)


def _part(query: ReportQuery, span: Span, first: int, last: int) -> ReportQuery:
    """The query of the rows from position `first` up to `last` in its order, narrowed to when they began."""
    if query.sort and query.sort[0].descending:
        begin, end, _ = span.window(span.total - last, span.total - first - 1)
        before = span.total - span.until(end)
    else:
        begin, end, before = span.window(first, last - 1)
    return structs.replace(query, begin=begin, end=end, limit=last - first, offset=first - before)


def _shape(query: ReportQuery) -> Hashable:
    """What rows look like and whose they are, without which of them are asked for."""
    fields = tuple(field.name for field in query.fields)
    names = tuple((kind, tuple(changed.items())) for kind, changed in query.names.items())
    return query.account, query.view, query.timezone, fields, names


def _is_by_moment(query: ReportQuery) -> bool:
    return not query.sort or (len(query.sort) == 1 and query.sort[0].field.name == query.report.moment)
