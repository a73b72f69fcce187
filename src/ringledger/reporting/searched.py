"""Pages of rows that the engine has to look for: those of a filter, of a scope, or sorted by another field."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from msgspec import structs

from ringledger.at_once import takes_time
from ringledger.reporting import matching, ready_rows, select
from ringledger.reporting.matching import Found
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyDay, ReadyRows
from ringledger.reporting.ready_values import Placed, ReadyValues
from ringledger.reporting.reply import Page, array_of, counted
from ringledger.reporting.subjects import Subject, asked, key, subjects
from ringledger.reporting.templates import BETWEEN, TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Day, Daybook, PlacedDay, Span, together
from ringledger.store.engine import Engine

_QUICK: Final = 200
"""Rows that are taken out one by one in a millisecond."""

_QUICKLY_SEARCHED: Final = 600_000
"""Sessions that are looked at for a value in a millisecond."""

_FEW: Final = 2_000
"""A page of more rows is read whole: to take them out of ready days one by one would cost as much."""

_MANY: Final = 50_000
"""In a period of more sessions a page is found by values even where these have to be read for a few of them first."""

_FEW_VALUES: Final = 20_000
"""Sessions whose values a page has read so: those of a day that is under way, say."""

_SESSIONS: Final = msgspec.json.Decoder(list[tuple[int, int]])


class SearchedPages:
    """Finds the page's rows by values that are ready or has the engine tell which they are, and takes them from ready
    days; where something is not ready, the engine reads them."""

    def __init__(self, engine: Engine, turns: Turns, daybook: Daybook, rows: ReadyRows, values: ReadyValues) -> None:
        self._engine = engine
        self._turns = turns
        self._daybook = daybook
        self._rows = rows
        self._values = values

    def page(self, query: ReportQuery, span: Span) -> Page:
        """The page of a query for some of a whole span's sessions, or in any order. Raises EngineFault."""
        if span.total * max(asked(query), 1) > _QUICKLY_SEARCHED:
            takes_time()
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
        if found is None and span.total > _MANY and self._has_read_few(query):
            with self._turns.steps():
                found = matching.found(self._values, query, span)
        return None if found is None else self._page(query, span, found)

    def _has_read_few(self, query: ReportQuery) -> bool:
        """Makes values ready of days that were written just now: then what is known of all others is of use.

        Tells whether now all are.
        """
        about, whole = subjects(query), self._daybook.whole(query.account, query.begin, query.end)
        if not about or whole is None:
            return False
        groups: list[tuple[Subject, list[PlacedDay]]] = []
        for subject in about:
            days = self._values.missing(query, whole, subject)
            if sum(one.last - one.first for one in days) > _FEW_VALUES:
                return False
            groups += ((subject, group) for group in together(days, _FEW_VALUES))
        return all(self._values.read(query, whole, subject, group) for subject, group in groups)

    def _page(self, query: ReportQuery, span: Span, found: Found) -> Page:
        """The page of what was found. Raises LookupError."""
        if len(found.places) > _QUICK:
            takes_time()
        numbers = {number for number, _ in found.places}
        known = self._rows.of(query.shape, [day for day in span.days if day.number in numbers])
        days = {ready.day.number: ready for ready in known if ready is not None}
        with self._turns.steps():
            rows = iter(ready_rows.picked(days, [place for place in found.places if place[0] in days]))
        others = iter(self._read_rows(query, span, found, days))
        return Page(array_of([next(rows if number in days else others) for number, _ in found.places]), found.total)

    def _read_rows(self, query: ReportQuery, span: Span, found: Found, but: Container[int]) -> Sequence[bytes]:
        """The found rows but for those of some days, in their order. Raises LookupError where one is gone."""
        places = [(number, place) for number, place in found.places if number not in but]
        if not places:
            return ()
        numbers = {number for number, _ in places}
        days = {day.number: day for day in span.days if day.number in numbers}
        ids = self._ids(query, list(days.values()))
        sessions = [(days[number].starts[place], ids[number].number(place)) for number, place in places]
        by_key = structs.replace(query, filter=None, offset=0, limit=len(sessions))
        with self._turns.of(len(sessions)):
            answer = counted(self._engine.read(select.rows_of(by_key, span.holding, sessions), TEMPLATE))
        if answer.total != len(sessions):
            raise LookupError(sessions)
        return b"".join(answer.data)[1:-1].split(BETWEEN)

    def _picked(self, query: ReportQuery, span: Span) -> Page | None:
        """The page that the engine finds, or None where a day's rows are not ready. Raises LookupError."""
        days = self._ready(query, span.days)
        if days is None:
            return None
        ids = self._ids(query, span.days)
        with self._turns.of(query.limit):
            answer = counted(self._engine.read(select.places_and_count(query, span.holding), TEMPLATE))
        places = [_place(days, ids, start, session) for start, session in _found(answer)]
        with self._turns.steps():
            return Page(array_of(ready_rows.picked(days, places)), answer.total)

    def _ids(self, query: ReportQuery, days: Sequence[Day]) -> dict[int, Placed]:
        """The ids of the days' sessions by the days' numbers. Raises LookupError where they are not ready."""
        found = self._values.of(query, key(query), days)
        known = {day.number: ids for day, ids in zip(days, found, strict=True) if ids is not None}
        if len(known) < len(days):
            raise LookupError("the ids of some days")
        return known

    def _ready(self, query: ReportQuery, wanted: Sequence[Day]) -> dict[int, ReadyDay] | None:
        """The days by their numbers, or None where not all are ready."""
        found = self._rows.of(query.shape, wanted)
        days = {ready.day.number: ready for ready in found if ready is not None}
        return days if len(days) == len(wanted) else None

    def _read(self, query: ReportQuery, span: Span) -> Page:
        """The page, counted by the same statement unless the count is known."""
        if query.is_choosing:
            return counted(self._engine.read(select.page_and_count(query, span.holding), TEMPLATE))
        return Page((self._engine.read(select.known_page(query, span.holding), TEMPLATE),), span.total)


def _place(days: Mapping[int, ReadyDay], ids: Mapping[int, Placed], start: int, session: int) -> tuple[int, int]:
    """The day's number and the place there of a session. Raises LookupError if it is not there."""
    number = start // DAY
    starts = days[number].day.starts
    return number, ids[number].place(session, bisect_left(starts, start), bisect_right(starts, start))


def _found(answer: Page) -> list[tuple[int, int]]:
    """When the page's sessions began (Unix seconds), and their ids."""
    return _SESSIONS.decode(b"".join(answer.data))
