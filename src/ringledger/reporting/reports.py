"""Answers queries the fastest way that is right: what is known of the store's days spares FINAL, counts and rendering.

Three things are remembered, each by bytes: days (store/daybook.py), rendered rows of a day, and whole answers. Each
holds until a day that it is made of is written; a query that meets a write which replaces rows is answered by FINAL.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable
from itertools import accumulate
from typing import Final

import msgspec
from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.reporting import select
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import Page, Piece, Plain
from ringledger.reporting.turns import Turns
from ringledger.store.cache import Cache
from ringledger.store.daybook import CHUNK, Chunk, Daybook, Span
from ringledger.store.engine import Engine

DEFAULT_CACHE: Final = 256 * 1024 * 1024
"""Bytes for everything that is remembered."""

_NOTHING: Final = Page((b"[]",), 0)
_BETWEEN: Final = b",\n"


class _Rows(msgspec.Struct, frozen=True):
    """Rendered rows, `_BETWEEN` between them, and where each one ends."""

    text: memoryview
    ends: array[int]

    def part(self, first: int, last: int) -> memoryview:
        """The rows from place `first` to before `last`."""
        begin = self.ends[first - 1] + len(_BETWEEN) if first else 0
        return self.text[begin : self.ends[last - 1]]


class Reports:
    """The answers of one store; may be used from any thread. `cache` is in bytes.

    What is remembered is answered at once; who wants more rows of the engine than a few waits for a turn.
    """

    def __init__(self, engine: Engine, turns: Turns, cache: int = DEFAULT_CACHE) -> None:
        self._engine = engine
        self._turns = turns
        self._plain = Plain(engine, turns)
        self._daybook = Daybook(engine, cache // 4)
        self._rendered: Cache[_Rows] = Cache(cache // 2)
        self._answers: Cache[tuple[int, Page]] = Cache(cache // 4)

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
        if query.filter is None and query.view.scope is None and _is_by_moment(query):
            return self._in_order(query, span)
        key = (_shape(query), query.begin, query.end, query.limit, query.offset, query.sort, query.filter)
        known = self._answers.get(key)
        if known is not None and known[0] == span.stamp.written:
            return known[1]
        page = self._searched(query, span)
        self._answers.put(key, (span.stamp.written, page), sum(map(len, page.data)) + 2000)
        return page

    def _searched(self, query: ReportQuery, span: Span) -> Page:
        """A page of rows that the engine has to look for.

        It is counted by the same statement where every matching row is read anyway, to be sorted; a page in the order
        of the table ends with its last row, beside a count that reads fewer columns.
        """
        if query.filter is None and query.view.scope is None:
            return Page((self._page(query, span),), span.total)
        if query.limit > CHUNK or _is_by_moment(query):
            return self._plain.answer(query, span.newest)
        with self._turns.of(query.limit):
            answer = self._engine.read(select.page_and_count(query, span.newest), select.TEMPLATE)
        end = answer.rindex(b"]") + 1
        return Page((memoryview(answer)[:end],), int(answer[end:]))

    def _in_order(self, query: ReportQuery, span: Span) -> Page:
        """A page of all the period's sessions in the order of their starts: where it lies is known."""
        first, last = query.offset, min(query.offset + query.limit, span.total)
        if first >= last:
            return structs.replace(_NOTHING, total=span.total)
        if query.sort and query.sort[0].descending:
            return Page((self._read_backwards(query, span, first, last),), span.total)
        if query.limit <= CHUNK and (data := self._put_together(query, span, first, last)) is not None:
            return Page(data, span.total)
        begin, end, before = span.window(first, last - 1)
        narrowed = structs.replace(query, begin=begin, end=end, offset=first - before)
        return Page((self._page(narrowed, span),), span.total)

    def _read_backwards(self, query: ReportQuery, span: Span, first: int, last: int) -> bytes:
        low, high = span.total - last, span.total - first - 1
        begin, end, _ = span.window(low, high)
        later = span.total - span.until(end)
        narrowed = structs.replace(query, begin=begin, end=end, offset=first - later)
        return self._page(narrowed, span)

    def _page(self, query: ReportQuery, span: Span) -> bytes:
        with self._turns.of(query.limit):
            return self._engine.read(select.page(query, span.newest))

    def _put_together(self, query: ReportQuery, span: Span, first: int, last: int) -> list[Piece] | None:
        """The page out of rendered chunks; None where a chunk is no longer what was known of it."""
        pieces: list[Piece] = [b"["]
        for chunk, begin, end in span.chunks(first, last):
            rows = self._rows(query, span, chunk)
            if rows is None:
                return None
            pieces += [rows.part(begin, end), b","]
        pieces[-1] = b"]"
        return pieces

    def _rows(self, query: ReportQuery, span: Span, chunk: Chunk) -> _Rows | None:
        key = (_shape(query), chunk.day, chunk.first, chunk.written)
        known = self._rendered.get(key)
        if known is not None:
            return known
        whole = structs.replace(query, begin=chunk.first, end=chunk.last, limit=chunk.rows + 1, offset=0, sort=())
        rows = _rendered(self._page(whole, span))
        if len(rows.ends) != chunk.rows:
            return None
        self._rendered.put(key, rows, len(rows.text) + 4 * len(rows.ends) + 500)
        return rows


def _rendered(data: bytes) -> _Rows:
    """The rows of the engine's JSON array, which stand on lines of their own."""
    text = memoryview(data)[2:-3]
    lengths = map(len, bytes(text).split(_BETWEEN)) if text else ()
    ends = array("I", (end + place * len(_BETWEEN) for place, end in enumerate(accumulate(lengths))))
    return _Rows(text, ends)


def _shape(query: ReportQuery) -> Hashable:
    """What rows look like and whose they are, without which of them are asked for."""
    fields = tuple(field.name for field in query.fields)
    names = tuple((kind, tuple(changed.items())) for kind, changed in query.names.items())
    return query.account, query.view, query.timezone, fields, names


def _is_by_moment(query: ReportQuery) -> bool:
    return not query.sort or (len(query.sort) == 1 and query.sort[0].field.name == query.report.moment)
