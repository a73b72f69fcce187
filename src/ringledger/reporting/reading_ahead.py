"""Makes rows ready that pages near those asked for will want, while nobody waits for the engine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import Final

import msgspec
import structlog
from msgspec import structs

from ringledger.reporting import ordered, ready_rows, ready_values
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyRows
from ringledger.reporting.ready_values import ReadyValues
from ringledger.reporting.subjects import Subject, key, subjects
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY, EVER
from ringledger.store.daybook import Day, Daybook, Span
from ringledger.store.engine import Engine

log = structlog.get_logger()

_WAITING: Final = 64
"""Pages that wait at the most; after those that are asked for meanwhile nothing is read ahead."""

_NEAR: Final = 100_000
"""Rows from a page on that are made ready: what is read and never asked for has its end."""

_MOST: Final = 3_000_000
"""A page that is searched for wants all rows of its period ready, which more than so many would hardly be."""

_MOST_VALUES: Final = 5_000_000
"""The same of the values that it is searched by."""

_AT_ONCE: Final = 20
"""Statements for rows of one wish; what is left of it waits behind the others."""

_ROWS: Final = 4_096
"""Rows of a statement, about: whoever wants the turn waits for no more."""

_UNDER_WAY: Final = 5_000
"""Rows of the day that is under way with which it is made ready: each new call has all of it read again."""

_VALUES: Final = 20_000
"""Rows of a statement that reads a single field, about."""

_VALUES_UNDER_WAY: Final = 50_000
"""Rows of the day that is under way with which the values of single fields are made ready."""

_LOOKS_EVERY: Final = 0.05
"""Seconds between two looks for a page that was asked for, or for a free turn."""


class _Wish(msgspec.Struct, frozen=True):
    """Rows of a period, all of the account's, at its begin or at its end, and the values of what pages are found by."""

    query: ReportQuery
    rows: int
    latest: bool = False
    subjects: Collection[Subject] = ()

    def wants(self, day: _Missing, span: Span) -> bool:
        """Whether the day's rows are among those wished for."""
        return span.total - day.first <= self.rows if self.latest else day.first < self.rows

    def rest(self, group: Sequence[_Missing], span: Span) -> _Wish:
        """What is left of it from a group of days on: their rows and those behind them, or before."""
        if self.latest:
            end = group[-1].number * DAY + DAY - 1
            return _Wish(structs.replace(self.query, end=end), self.rows - (span.total - group[-1].last), latest=True)
        return _Wish(structs.replace(self.query, begin=group[0].number * DAY), self.rows - group[0].first)


class _Missing(msgspec.Struct, frozen=True, eq=False):
    """A day that is not ready, its rows from position `first` up to `last` of a span."""

    number: int
    day: Day
    first: int
    last: int


class _StoppedError(Exception):
    """The server ends."""


class ReadingAhead:
    """Makes the days ready whose pages were asked for, and those behind them; `clock` gives Unix seconds."""

    def __init__(
        self,
        engine: Engine,
        turns: Turns,
        daybook: Daybook,
        rows: ReadyRows,
        values: ReadyValues,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._turns = turns
        self._daybook = daybook
        self._rows = rows
        self._values = values
        self._clock = clock
        self._wishes: queue.Queue[_Wish] = queue.Queue(_WAITING)

    def searched(self, query: ReportQuery, span: Span) -> None:
        """Tells of a page that was asked for whose rows may be anywhere in the whole span."""
        rows = span.total if span.total <= _MOST else 0
        if span.total <= _MOST_VALUES:
            self._wish(_Wish(query.whole, rows, subjects=subjects(query) or {key(query)}))

    def turned_to(self, query: ReportQuery, span: Span) -> None:
        """Tells of a page that was asked for, of all the span's sessions in the order of their starts."""
        if query.offset >= span.total:
            return
        if query.is_descending:
            at = span.total - 1 - query.offset
            self._wish(_Wish(structs.replace(query.whole, end=span.window(at, at)[1]), _NEAR, latest=True))
        else:
            self._wish(_Wish(structs.replace(query.whole, begin=span.window(query.offset, query.offset)[0]), _NEAR))

    def run(self, stopping: threading.Event) -> None:
        """Reads ahead until `stopping` is set."""
        while not stopping.wait(_LOOKS_EVERY):
            self.catch_up(stopping)

    def catch_up(self, stopping: threading.Event) -> None:
        """Makes ready what pages that were asked for until now will want, or what it can until `stopping` is set."""
        while not stopping.is_set():
            try:
                self._fulfil(self._wishes.get_nowait(), stopping)
            except (queue.Empty, _StoppedError):
                return
            except Exception:  # whoever asks for these rows is told; this goes on for the others
                log.exception("not_read_ahead")

    def _wish(self, wish: _Wish) -> None:
        with suppress(queue.Full):
            self._wishes.put_nowait(wish)

    def _fulfil(self, wish: _Wish, stopping: threading.Event) -> None:
        query = wish.query
        begin, end = query.begin // DAY * DAY, min(query.end // DAY * DAY + DAY - 1, EVER)
        span = self._daybook.span(query.account, begin, end)
        if span is None:
            return
        for subject in wish.subjects:
            values = self._values.of(ready_values.shape(query, subject), span.days)
            for group in _together(self._missing(span, values, _VALUES_UNDER_WAY), _VALUES):
                self._read_values(query, span, group, subject, stopping)
        rows = self._rows.of(query.shape, span.days)
        near = [one for one in self._missing(span, rows, _UNDER_WAY) if wish.wants(one, span)]
        sample = next((day.sample for day in rows if day is not None), None)
        groups = list(_together(near, _ROWS))
        if wish.latest:
            groups.reverse()
        for group in groups[:_AT_ONCE]:
            sample = self._read_rows(query, span, group, sample, stopping)
        for group in groups[_AT_ONCE : _AT_ONCE + 1]:
            self._wish(wish.rest(group, span))

    def _missing(self, span: Span, found: Sequence[object], under_way: int) -> list[_Missing]:
        """The days of which nothing was found and that are to be made ready, in their order.

        The day that is under way is, while it has no more than so many calls.
        """
        today = int(self._clock()) // DAY
        before = accumulate((len(day.starts) for _, day in span.days), initial=0)
        return [
            _Missing(number, day, first, first + len(day.starts))
            for one, first, (number, day) in zip(found, before, span.days, strict=False)
            if one is None and day.starts and (number != today or len(day.starts) <= under_way)
        ]

    def _read_values(
        self, query: ReportQuery, span: Span, group: Sequence[_Missing], subject: Subject, stopping: threading.Event
    ) -> None:
        """Makes the values of days that follow each other ready, unless these are written."""
        begin = group[0].first
        asked = ordered.part(query, span, begin, group[-1].last)
        days = [(one.first - begin, one.last - begin) for one in group]
        with self._turn(stopping):
            found = ready_values.read(self._engine, asked, span.holding, subject, days)
        if found is not None and self._daybook.is_unwritten(query.account, span, asked.begin, asked.end):
            for one, values in zip(group, found, strict=True):
                self._values.put(ready_values.shape(query, subject), one.number, one.day, values, values.size)

    def _read_rows(
        self, query: ReportQuery, span: Span, group: Sequence[_Missing], sample: bytes | None, stopping: threading.Event
    ) -> bytes:
        """Makes the rows of days that follow each other ready, unless these are written; gives what they are packed by.

        Without a sample to pack by they make one.
        """
        begin, end = group[0].first, group[-1].last
        lines: list[bytes] = []
        for first in range(begin, end, _ROWS):
            with self._turn(stopping):
                lines += ready_rows.lines(ordered.read(self._engine, query, span, first, min(first + _ROWS, end)))
        by = ready_rows.sample(lines) if sample is None else sample
        moments = ordered.part(query, span, begin, end)
        if self._daybook.is_unwritten(query.account, span, moments.begin, moments.end):
            for one in group:
                self._rows.put(query.shape, one.number, one.day, lines[one.first - begin : one.last - begin], by)
        return by

    @contextmanager
    def _turn(self, stopping: threading.Event) -> Iterator[None]:
        """Takes a turn as soon as one is free that nobody waits for. Raises _StoppedError."""
        while not stopping.is_set():
            with self._turns.spare() as is_free:
                if is_free:
                    yield
                    return
            stopping.wait(_LOOKS_EVERY)
        raise _StoppedError


def _together(days: Sequence[_Missing], most: int) -> Iterator[list[_Missing]]:
    """The days in groups of up to about so many rows, those of a group following each other."""
    group: list[_Missing] = []
    for day in days:
        if group and (day.first != group[-1].last or day.last - group[0].first > most):
            yield group
            group = []
        group.append(day)
    if group:
        yield group
