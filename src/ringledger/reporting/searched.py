"""Pages of rows that the engine has to look for: those of a filter, of a scope, or sorted by another field."""

from __future__ import annotations

from typing import Final

import msgspec

from ringledger.reporting import ready_rows, select
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyRows
from ringledger.reporting.reply import Page, counted
from ringledger.reporting.templates import BETWEEN, TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Span
from ringledger.store.engine import Engine

_FEW: Final = 200
"""A page of more rows is read whole: to take them out of ready days one by one would cost as much."""

_SESSIONS: Final = msgspec.json.Decoder(list[tuple[int, int]])


class SearchedPages:
    """Has the engine tell which rows they are and takes them from ready days, or has it read them itself."""

    def __init__(self, engine: Engine, turns: Turns, ready: ReadyRows) -> None:
        self._engine = engine
        self._turns = turns
        self._ready = ready

    def page(self, query: ReportQuery, span: Span) -> Page:
        """The page of a query for some of a whole span's sessions, or in any order. Raises EngineFault."""
        with self._turns.of(query.limit):
            return (self._picked(query, span) if query.limit <= _FEW else None) or self._read(query, span)

    def _picked(self, query: ReportQuery, span: Span) -> Page | None:
        """The page out of ready days, or None where one is not or a call came in since."""
        wanted = [(number, day) for number, day in span.days if day.starts]
        days = {day.number: day for day in self._ready.of(query.shape, wanted) if day is not None}
        if len(days) < len(wanted):
            return None
        answer = counted(self._engine.read(select.places_and_count(query, span.holding), TEMPLATE))
        try:
            places = [(start // DAY, days[start // DAY].place(start, session)) for start, session in _found(answer)]
        except LookupError:
            return None
        return Page((b"[%b]" % BETWEEN.join(ready_rows.picked(days, places)),), answer.total)

    def _read(self, query: ReportQuery, span: Span) -> Page:
        """The page, counted by the same statement unless the count is known."""
        if query.is_choosing:
            return counted(self._engine.read(select.page_and_count(query, span.holding), TEMPLATE))
        return Page((self._engine.read(select.known_page(query, span.holding), TEMPLATE),), span.total)


def _found(answer: Page) -> list[tuple[int, int]]:
    """When the page's sessions began (Unix seconds), and their ids."""
    return _SESSIONS.decode(b"".join(answer.data))
