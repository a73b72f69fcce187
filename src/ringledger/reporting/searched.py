"""Pages of rows that the engine has to look for: those of a filter, of a scope, or sorted by another field."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ringledger.reporting import ready_rows, ready_values, select
from ringledger.reporting.facts import facts
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import FINE, ReadyDay, ReadyRows
from ringledger.reporting.ready_values import ReadyValues
from ringledger.reporting.reply import Page, counted
from ringledger.reporting.templates import BETWEEN, TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Day, Span
from ringledger.store.engine import Engine

_FEW: Final = 200
"""A page of more rows is read whole: to take them out of ready days one by one would cost as much."""

_SESSIONS: Final = msgspec.json.Decoder(list[tuple[int, int]])


class SearchedPages:
    """Finds the page's rows by values that are ready or has the engine tell which they are, and takes them from ready
    days; where something is not ready, the engine reads them."""

    def __init__(self, engine: Engine, turns: Turns, rows: ReadyRows, values: ReadyValues) -> None:
        self._engine = engine
        self._turns = turns
        self._rows = rows
        self._values = values
        # Each piece that is unpacked gives the interpreter away: several at once would wait for it at each piece.
        self._one_picks = threading.Lock()

    def page(self, query: ReportQuery, span: Span) -> Page:
        """The page of a query for some of a whole span's sessions, or in any order. Raises EngineFault."""
        with self._turns.of(query.limit):
            few = (self._known(query, span) or self._picked(query, span)) if query.limit <= _FEW else None
            return few or self._read(query, span)

    def _known(self, query: ReportQuery, span: Span) -> Page | None:
        """The page by the values that a filter asks for, or None where it asks for more or not all is ready."""
        wanted = facts(query.filter) if query.is_by_moment and query.view.scope is None else None
        chosen = ready_values.chosen(self._values, query, span, wanted) if wanted else None
        if chosen is None:
            return None
        places = ready_values.page(chosen, query)
        numbers = {number for number, _ in places}
        days = self._ready(query, [(number, day) for number, day in span.days if number in numbers])
        return None if days is None else self._page(days, places, sum(len(one.places) for one in chosen))

    def _picked(self, query: ReportQuery, span: Span) -> Page | None:
        """The page that the engine finds, or None where a day is not ready or a call came in since."""
        days = self._ready(query, [(number, day) for number, day in span.days if day.starts])
        if days is None:
            return None
        answer = counted(self._engine.read(select.places_and_count(query, span.holding), TEMPLATE))
        try:
            places = [(start // DAY, days[start // DAY].place(start, session)) for start, session in _found(answer)]
        except LookupError:
            return None
        return self._page(days, places, answer.total)

    def _ready(self, query: ReportQuery, wanted: Sequence[tuple[int, Day]]) -> dict[int, ReadyDay] | None:
        """The days by their numbers, or None where not all are ready for rows to be taken out one by one."""
        found = self._rows.of(query.shape, wanted)
        days = {day.number: day for day in found if day is not None and day.together <= FINE}
        return days if len(days) == len(wanted) else None

    def _page(self, days: Mapping[int, ReadyDay], places: Sequence[tuple[int, int]], total: int) -> Page:
        with self._one_picks:
            rows = ready_rows.picked(days, places)
        return Page((b"[%b]" % BETWEEN.join(rows),), total)

    def _read(self, query: ReportQuery, span: Span) -> Page:
        """The page, counted by the same statement unless the count is known."""
        if query.is_choosing:
            return counted(self._engine.read(select.page_and_count(query, span.holding), TEMPLATE))
        return Page((self._engine.read(select.known_page(query, span.holding), TEMPLATE),), span.total)


def _found(answer: Page) -> list[tuple[int, int]]:
    """When the page's sessions began (Unix seconds), and their ids."""
    return _SESSIONS.decode(b"".join(answer.data))
