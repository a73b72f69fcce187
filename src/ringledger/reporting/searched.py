"""Pages of rows that the engine has to look for: those of a filter, of a scope, or sorted by another field."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import structs

from ringledger.reporting import matching, ready_rows, ready_values, select
from ringledger.reporting.matching import Found
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyDay, ReadyRows
from ringledger.reporting.ready_values import Numbers, ReadyValues
from ringledger.reporting.reply import Page, array_of, counted
from ringledger.reporting.subjects import key
from ringledger.reporting.templates import TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Day, Span
from ringledger.store.engine import Engine

_FEW: Final = 2_000
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

    def page(self, query: ReportQuery, span: Span) -> Page:
        """The page of a query for some of a whole span's sessions, or in any order. Raises EngineFault."""
        if query.limit <= _FEW:
            with suppress(LookupError):  # a call came in since, or ready rows were written over
                few = self._known(query, span) or self._picked(query, span)
                if few is not None:
                    return few
        with self._turns.of(query.limit):
            return self._read(query, span)

    def _known(self, query: ReportQuery, span: Span) -> Page | None:
        """The page that values tell, or None where they do not. Raises LookupError."""
        with self._turns.steps():
            found = matching.found(self._values, query, span)
            if found is None:
                return None
            numbers = {number for number, _ in found.places}
            days = self._ready(query, [(number, day) for number, day in span.days if number in numbers])
            if days is not None:
                return Page(array_of(ready_rows.picked(days, found.places)), found.total)
        return self._read_found(query, span, found)

    def _read_found(self, query: ReportQuery, span: Span, found: Found) -> Page | None:
        """The page whose sessions are known, or None where one is gone."""
        days = dict(span.days)
        starts = [days[number].starts[place] for number, place in found.places]
        chosen = structs.replace(query, filter=None, offset=0)
        statement = select.rows_of(chosen, span.holding, list(zip(starts, found.keys, strict=True)))
        with self._turns.of(query.limit):
            answer = counted(self._engine.read(statement, TEMPLATE))
        return structs.replace(answer, total=found.total) if answer.total == len(starts) else None

    def _picked(self, query: ReportQuery, span: Span) -> Page | None:
        """The page that the engine finds, or None where a day is not ready. Raises LookupError."""
        wanted = [(number, day) for number, day in span.days if day.starts]
        days = self._ready(query, wanted)
        ids = self._values.of(ready_values.shape(query, key(query)), wanted)
        by_day = {number: known for (number, _), known in zip(wanted, ids, strict=True) if isinstance(known, Numbers)}
        if days is None or len(by_day) < len(wanted):
            return None
        with self._turns.of(query.limit):
            answer = counted(self._engine.read(select.places_and_count(query, span.holding), TEMPLATE))
        places = [_place(days, by_day, start, session) for start, session in _found(answer)]
        with self._turns.steps():
            return Page(array_of(ready_rows.picked(days, places)), answer.total)

    def _ready(self, query: ReportQuery, wanted: Sequence[tuple[int, Day]]) -> dict[int, ReadyDay] | None:
        """The days by their numbers, or None where not all are ready."""
        found = self._rows.of(query.shape, wanted)
        days = {day.number: day for day in found if day is not None}
        return days if len(days) == len(wanted) else None

    def _read(self, query: ReportQuery, span: Span) -> Page:
        """The page, counted by the same statement unless the count is known."""
        if query.is_choosing:
            return counted(self._engine.read(select.page_and_count(query, span.holding), TEMPLATE))
        return Page((self._engine.read(select.known_page(query, span.holding), TEMPLATE),), span.total)


def _place(days: Mapping[int, ReadyDay], ids: Mapping[int, Numbers], start: int, session: int) -> tuple[int, int]:
    """The day's number and the place there of a session. Raises LookupError if it is not there."""
    number = start // DAY
    starts = days[number].day.starts
    return number, ids[number].place(session, bisect_left(starts, start), bisect_right(starts, start))


def _found(answer: Page) -> list[tuple[int, int]]:
    """When the page's sessions began (Unix seconds), and their ids."""
    return _SESSIONS.decode(b"".join(answer.data))
