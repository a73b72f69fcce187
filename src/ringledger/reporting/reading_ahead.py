"""Makes rows ready that pages near those asked for will want, while nobody waits for the engine."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import msgspec
import structlog
from msgspec import structs

from ringledger.reporting import ordered, ready_rows
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_rows import ReadyRows
from ringledger.reporting.ready_values import ReadyValues
from ringledger.reporting.subjects import Subject, key, subjects
from ringledger.reporting.turns import Turns
from ringledger.store.changes import DAY
from ringledger.store.daybook import Day, Daybook, PlacedDay, Span, together
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

_VALUES: Final = 65_536
"""Rows of a statement that reads a single field, about."""

_VALUES_UNDER_WAY: Final = 50_000
"""Rows of the day that is under way with which the values of single fields are made ready."""

_LOOKS_EVERY: Final = 0.05
"""Seconds between two looks for a page that was asked for."""

_IDLE: Final = 0.2
"""Seconds in which nobody may have waited for an answer before a step: who asks again finds the engine free."""

_WAITS: Final = 0.25
"""Seconds that a step waits for that at the most, where requests never cease."""

_PAUSE: Final = 0.01
"""Seconds between two looks for that, or for a free turn."""


class _Wish(msgspec.Struct, frozen=True):
    """Rows of a period, all of the account's, at its begin or at its end, and the values of what pages are found by."""

    query: ReportQuery
    rows: int
    latest: bool = False
    subjects: Collection[Subject] = ()

    def wants(self, day: PlacedDay, span: Span) -> bool:
        """Whether the day's rows are among those wished for."""
        return span.total - day.first <= self.rows if self.latest else day.first < self.rows

    def rest(self, group: Sequence[PlacedDay], span: Span) -> _Wish:
        """What is left of it from a group of days on: their rows and those behind them, or before."""
        if self.latest:
            end = group[-1].day.number * DAY + DAY - 1
            return _Wish(structs.replace(self.query, end=end), self.rows - (span.total - group[-1].last), latest=True)
        return _Wish(structs.replace(self.query, begin=group[0].day.number * DAY), self.rows - group[0].first)


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
        about = subjects(query) or {key(query)}
        rows = span.total if span.total <= _MOST else 0
        if span.total <= _MOST_VALUES and not self._is_ready(query, span, about, rows):
            self._wish(_Wish(query.whole, rows, subjects=about))

    def turned_to(self, query: ReportQuery, span: Span) -> None:
        """Tells of a page that was asked for, of all the span's sessions in the order of their starts."""
        first, last = query.offset, min(query.offset + _NEAR, span.total)
        if query.is_descending:
            first, last = span.total - last, span.total - first
        near = [one.day for one in span.stretches(first, last) if self._is_settled(one.day, _UNDER_WAY)]
        if None not in self._rows.of(query.shape, near):
            return
        begin, end, _ = span.window(first, last - 1)
        if query.is_descending:
            self._wish(_Wish(structs.replace(query.whole, end=end), _NEAR, latest=True))
        else:
            self._wish(_Wish(structs.replace(query.whole, begin=begin), _NEAR))

    def _is_ready(self, query: ReportQuery, span: Span, about: Collection[Subject], rows: int) -> bool:
        """Whether nothing of the span is left to read, neither rows, if any are wished for, nor values."""
        days = [day for day in span.days if self._is_settled(day, _UNDER_WAY)]
        if rows and None in self._rows.of(query.shape, days):
            return False
        days = [day for day in span.days if self._is_settled(day, _VALUES_UNDER_WAY)]
        return all(None not in self._values.of(query, subject, days) for subject in about)

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
        span = self._daybook.whole(query.account, query.begin, query.end)
        if span is None:
            return
        for subject in wish.subjects:
            days = [one for one in span.placed() if self._is_settled(one.day, _VALUES_UNDER_WAY)]
            for group in self._values.wanting(query, subject, days, _VALUES):
                with self._turn(stopping):
                    self._values.read(query, span, subject, group)
        rows = {ready.day.number: ready for ready in self._rows.of(query.shape, span.days) if ready is not None}
        settled = [one for one in span.placed() if self._is_settled(one.day, _UNDER_WAY)]
        missing = [one for one in settled if one.day.number not in rows]
        sample = next((ready.sample for ready in rows.values()), None)
        groups = list(together([one for one in missing if wish.wants(one, span)], _ROWS))
        if wish.latest:
            groups.reverse()
        for group in groups[:_AT_ONCE]:
            sample = self._read_rows(query, span, group, sample, stopping)
        for group in groups[_AT_ONCE : _AT_ONCE + 1]:
            self._wish(wish.rest(group, span))

    def _is_settled(self, day: Day, most: int) -> bool:
        """Whether the day is over, or has no more calls than that yet."""
        return len(day.starts) <= most or day.number != int(self._clock()) // DAY

    def _read_rows(
        self,
        query: ReportQuery,
        span: Span,
        group: Sequence[PlacedDay],
        sample: bytes | None,
        stopping: threading.Event,
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
                self._wait(stopping)
                self._rows.put(query.shape, one.day, lines[one.first - begin : one.last - begin], by)
        return by

    @contextmanager
    def _turn(self, stopping: threading.Event) -> Iterator[None]:
        """Takes a turn as soon as one is free that nobody waits for. Raises _StoppedError."""
        self._wait(stopping)
        while not stopping.is_set():
            with self._turns.spare() as is_free:
                if is_free:
                    yield
                    return
            stopping.wait(_PAUSE)
        raise _StoppedError

    def _wait(self, stopping: threading.Event) -> None:
        """Waits until nobody has asked for a while, but not for long."""
        until = time.monotonic() + _WAITS
        while self._turns.idle < _IDLE and time.monotonic() < until and not stopping.is_set():
            stopping.wait(_PAUSE)
