"""Answers queries the fastest way that is right: what is known of the store's days spares FINAL and counts.

What is remembered, each by bytes: days (store/daybook.py), their values (ready_values.py) and whole answers in memory,
their rows (ready_rows.py) in a file. All hold until a day that they are made of is written; a query that meets a write
which replaces rows is answered by FINAL.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.reporting.ordered import OrderedPages
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reading_ahead import ReadingAhead
from ringledger.reporting.ready_rows import ReadyRows
from ringledger.reporting.ready_values import ReadyValues
from ringledger.reporting.reply import Page, Plain
from ringledger.reporting.searched import SearchedPages
from ringledger.reporting.turns import Turns
from ringledger.store.cache import Cache
from ringledger.store.daybook import Daybook, Span
from ringledger.store.engine import Engine
from ringledger.store.scratch import Scratch


class Room(msgspec.Struct, frozen=True):
    """The bytes for everything that is remembered: in memory, and in a file among the temporary ones for ready rows."""

    memory: int = 512 << 20
    disk: int = 2 << 30


DEFAULT_ROOM: Final = Room()

_OVERHEAD: Final = 2000
"""Bytes that an answer takes beside its data."""


class Reports:
    """The answers of one store; may be used from any thread. `clock` gives Unix seconds.

    What is remembered is answered at once; who wants more rows of the engine than a few waits for a turn.
    """

    def __init__(
        self, engine: Engine, turns: Turns, room: Room = DEFAULT_ROOM, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._turns = turns
        self._plain = Plain(engine, turns)
        part = room.memory // 8
        self._daybook = Daybook(engine, part)
        rows, values = ReadyRows(part, Scratch(room.disk)), ReadyValues(engine, self._daybook, 3 * part)
        self._ordered = OrderedPages(engine, turns, self._daybook, rows)
        self._searched = SearchedPages(engine, turns, self._daybook, rows, values)
        self._ahead = ReadingAhead(engine, turns, self._daybook, rows, values, clock)
        self._answers: Cache[tuple[int, Page]] = Cache(3 * part)

    @property
    def daybook(self) -> Daybook:
        """What is known of the store's days, for others who answer from it."""
        return self._daybook

    def warm(self, stopping: threading.Event) -> None:
        """Learns what an embedded store's first questions would wait for. Raises EngineFault."""
        if self._engine.embedded:
            self._daybook.warm(stopping)

    def read_ahead(self, stopping: threading.Event) -> None:
        """Makes rows and values ready that pages near those asked for will want, until `stopping` is set."""
        self._ahead.run(stopping)

    def catch_up(self) -> None:
        """Makes ready what pages that were asked for until now will want."""
        self._ahead.catch_up(threading.Event())

    def answer(self, query: ReportQuery) -> Page:
        """The page and the total of a query. Raises EngineFault."""
        with self._turns.asked():
            return self._known_or_plain(query)

    def _known_or_plain(self, query: ReportQuery) -> Page:
        if query.report is not CALLS_REPORT or query.ongoing or not self._engine.embedded:
            return self._plain.answer(query)
        span = self._daybook.span(query.account, query.begin, query.end)
        if span is None:
            return self._plain.answer(query)
        page = self._answer(query, span)
        return page if self._daybook.holds(query.account, span) else self._plain.answer(query)

    def _answer(self, query: ReportQuery, span: Span) -> Page:
        key = (query.shape, query.view, query.begin, query.end, query.limit, query.offset, query.sort, query.filter)
        known = self._answers.get(key)
        if known is not None and known[0] == span.stamp.written:
            return known[1]
        if query.is_by_moment and not query.is_choosing:
            page = self._ordered.page(query, span)
            self._ahead.turned_to(query, span)
        else:
            page = self._searched.page(query, span)
            self._ahead.searched(query, span)
        self._answers.put(key, (span.stamp.written, page), sum(map(len, page.data)) + _OVERHEAD)
        return page
