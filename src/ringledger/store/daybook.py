"""What is known of the days of an embedded store: when sessions began, and which rows have a newer version.

With it, counts of a period need no statement, a page begins where its first row lies, and reads go without FINAL, which
costs twice the time. Everything here is read from the store when it is first needed and again after a write.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from typing import Final

import msgspec

from ringledger.at_once import takes_time
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.cache import Cache
from ringledger.store.changes import DAY, EVER, Stamp
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_binary import numbers, varint

MOST_SUPERSEDED: Final = 500
"""With more superseded rows than this in a period its reads use FINAL."""

_OVERHEAD: Final = 400

# A row is superseded where the next one of the same session has a later version.
_READ: Final = f"""
SELECT arraySort(groupArrayIf(toUInt32(start_time), is_newest AND is_shown)),
    groupArrayIf((toUInt32(start_time), id, later), NOT is_newest AND is_shown),
    groupUniqArrayIf(toUInt32(intDiv(toUInt32(start_time), {DAY})), NOT is_shown), countIf(is_doubtful)
FROM (
    SELECT start_time, id, is_deleted = 0 AND {CALLS_REPORT.finish} IS NOT NULL AS is_shown,
        leadInFrame((start_time, id)) OVER following = (start_time, id) AS has_later,
        leadInFrame(version) OVER following AS later, NOT has_later AS is_newest,
        has_later AND later = version AS is_doubtful
    FROM {CALLS_REPORT.table}
    WHERE account = {{account:UInt32}} AND start_time >= toDateTime({{first:UInt32}}, 'UTC')
        AND start_time <= toDateTime({{last:UInt32}}, 'UTC')
    WINDOW following AS (ORDER BY start_time, id, version ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)"""


_MONTHS: Final = f"""
SELECT account, toUInt32(toDateTime(min(toStartOfMonth(start_time)), 'UTC')) AS begin,
    toUInt32(toDateTime(min(toLastDayOfMonth(start_time)), 'UTC')) AS end
FROM {CALLS_REPORT.table} GROUP BY account, toYYYYMM(start_time) ORDER BY toYYYYMM(start_time) DESC, count() DESC"""


class Day(msgspec.Struct, frozen=True, eq=False):
    """A day of an account: when the finished sessions began (Unix seconds, in order).

    `number` counts days from 1970, `written` tells when the day was. `newest` gives the sessions that have superseded
    rows their newest version; `all_shown` says that no row of the day is one that reports leave out, deleted or still
    under way.
    """

    number: int
    written: int
    starts: array[int]
    newest: dict[int, int]
    all_shown: bool

    @property
    def is_empty(self) -> bool:
        """Whether the account has no row in the day."""
        return self.all_shown and not self.starts and not self.newest


class Holding(msgspec.Struct, frozen=True, eq=False):
    """Which rows of a period hold, for a statement without FINAL.

    `newest` gives the sessions that have superseded rows their newest version; `all_shown` says that reports leave out
    none of the others.
    """

    newest: dict[int, int]
    all_shown: bool


class Stretch(msgspec.Struct, frozen=True, eq=False):
    """Sessions of a day that follow each other: from place `begin` up to `end` among all that reports show of it."""

    day: Day
    begin: int
    end: int


class PlacedDay(msgspec.Struct, frozen=True, eq=False):
    """A day of a span and its sessions' positions: from `first` up to `last`."""

    day: Day
    first: int
    last: int


class Span(msgspec.Struct, frozen=True, eq=False):
    """The days of a period that have sessions. Positions count those that reports show, from the period's first one.

    `bounds` has the position of each day's first session, and behind them that of the next one after the last day.
    The first day's sessions begin at place `skipped` of it.
    """

    stamp: Stamp
    begin: int
    end: int
    days: tuple[Day, ...]
    bounds: tuple[int, ...]
    skipped: int
    holding: Holding

    @property
    def total(self) -> int:
        """How many sessions there are."""
        return self.bounds[-1]

    def window(self, first: int, last: int) -> tuple[int, int, int]:
        """The seconds in which the sessions from position `first` to `last` began, and how many began before those
        in the first of these seconds."""
        begin, before = self._at(first)
        return begin, self._at(last)[0], before

    def stretches(self, first: int, last: int) -> Iterator[Stretch]:
        """Where the sessions from position `first` up to `last` are, day by day."""
        at = self._day(first)
        while first < min(last, self.total):
            bound = self.bounds[at + 1]
            yield Stretch(self.days[at], self._place(at, first), self._place(at, min(last, bound)))
            first = bound
            at += 1

    def places(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Where the sessions at these positions are: each by its day's number and its place there."""
        days = [self._day(position) for position in positions]
        return [(self.days[at].number, self._place(at, position)) for at, position in zip(days, positions, strict=True)]

    def placed(self) -> Iterator[PlacedDay]:
        """The days, in order, with the positions of their sessions."""
        for day, (first, last) in zip(self.days, pairwise(self.bounds), strict=True):
            yield PlacedDay(day, first, last)

    def until(self, moment: int) -> int:
        """How many sessions of the period began up to that second, it included."""
        at = bisect_right(self.days, moment // DAY, key=attrgetter("number")) - 1
        if at < 0:
            return 0
        shown = bisect_right(self.days[at].starts, moment) - self._place(at, self.bounds[at])
        return min(self.bounds[at] + max(shown, 0), self.bounds[at + 1])

    def _at(self, position: int) -> tuple[int, int]:
        """When the session at the position began, and how many of the period began in earlier seconds."""
        at = self._day(position)
        starts, place = self.days[at].starts, self._place(at, position)
        before = bisect_left(starts, starts[place])
        return starts[place], self.bounds[at] + before - self._place(at, self.bounds[at])

    def _day(self, position: int) -> int:
        """The index of the day that has the session at a position."""
        return bisect_right(self.bounds, position) - 1

    def _place(self, at: int, position: int) -> int:
        """The place in the day of that index of the session at a position."""
        return position - self.bounds[at] + (0 if at else self.skipped)


class Daybook:
    """The days of an embedded store's accounts; may be used from any thread."""

    def __init__(self, engine: Engine, most_bytes: int) -> None:
        self._engine = engine
        self._days: Cache[Day] = Cache(most_bytes)
        self._spans: Cache[Span] = Cache(most_bytes // 8)
        self._lock = threading.Lock()

    def span(self, account: int, begin: int, end: int) -> Span | None:
        """The days from `begin` to `end` (Unix seconds), or None where only FINAL tells which rows hold.

        Raises EngineFault.
        """
        begin, end = max(begin, 0), min(end, EVER)
        if begin > end:
            return None
        stamp = self._engine.changes.stamp(account, begin, end)
        if not stamp.is_quiet:
            return None
        known = self._spans.get((account, begin, end))
        if known is not None and known.stamp == stamp:
            return known
        days = self._known(account, begin // DAY, end // DAY)
        if days is None:
            return None
        newest: dict[int, int] = {}
        for day in days:
            for session, version in day.newest.items():
                newest[session] = max(version, newest.get(session, 0))
        if len(newest) > MOST_SUPERSEDED:
            return None
        holding = Holding(newest, all_shown=stamp.is_still and all(day.all_shown for day in days))
        shown = _shown(days, begin, end)
        skipped = bisect_left(shown[0].starts, begin) if shown else 0
        span = Span(stamp, begin, end, shown, _bounds(shown, skipped, end), skipped, holding)
        self._spans.put((account, begin, end), span, _OVERHEAD + 16 * len(days) + 100 * len(newest))
        return span

    def whole(self, account: int, begin: int, end: int) -> Span | None:
        """The whole days that hold the seconds from `begin` to `end`, or None as above. Raises EngineFault."""
        return self.span(account, begin // DAY * DAY, min(end // DAY * DAY + DAY - 1, EVER))

    def holds(self, account: int, span: Span) -> bool:
        """Whether the span's knowledge was true of all that was read with it."""
        now = self._engine.changes.stamp(account, span.begin, span.end)
        if span.holding.all_shown:
            # A row that reports leave out may be new, where one that has to be replaced cannot.
            return now == span.stamp
        return now.is_quiet and now.replaced == span.stamp.replaced

    def is_unwritten(self, account: int, span: Span, begin: int, end: int) -> bool:
        """Whether no session that started from `begin` to `end` was written since the span was read, or is now.

        Then what several statements read of these seconds is of one state.
        """
        now = self._engine.changes.stamp(account, begin, end)
        return now.is_still and now.written <= span.stamp.written

    def warm(self, stopping: threading.Event) -> None:
        """Reads days before they are asked for, until half of the bytes are taken or `stopping` is set.

        A month of an account at a time, the newest months first and in each the largest accounts. Raises EngineFault.
        """
        for month in self._engine.rows(Statement(_MONTHS)):
            if stopping.is_set() or self._days.is_half_full:
                return
            account, first, last = month["account"], month["begin"] // DAY, month["end"] // DAY
            # Without the lock, so that questions need not wait: at worst a day is read twice.
            for begin, end in _missing(self._kept(account, first, last)):
                self._load(account, begin, end)

    def _known(self, account: int, first: int, last: int) -> list[Day] | None:
        found = self._kept(account, first, last)
        if None in found.values():
            takes_time()
            with self._lock:
                found = self._kept(account, first, last)
                for begin, end in _missing(found):
                    loaded = self._load(account, begin, end)
                    if loaded is None:
                        return None
                    found |= loaded
        return [day for day in found.values() if day is not None and not day.is_empty]

    def _kept(self, account: int, first: int, last: int) -> dict[int, Day | None]:
        """The days that are known and were not written since, None for the others."""
        numbers = range(first, last + 1)
        written = self._engine.changes.written(account, first, last)
        known = self._days.all([(account, number) for number in numbers])
        return {
            number: day if day is not None and day.written == since else None
            for number, since, day in zip(numbers, written, known, strict=True)
        }

    def _load(self, account: int, first: int, last: int) -> dict[int, Day] | None:
        begin, end = first * DAY, min(last * DAY + DAY - 1, EVER)
        written = self._engine.changes.written(account, first, last)
        before = self._engine.changes.stamp(account, begin, end)
        values = {"account": account, "first": begin, "last": end}
        starts, superseded, mixed, doubtful = _parsed(self._engine.read(Statement(_READ, values), "RowBinary"))
        after = self._engine.changes.stamp(account, begin, end)
        if not before.is_quiet or before.replaced != after.replaced or doubtful:
            return None
        loaded = {}
        for number, since in enumerate(written, first):
            low, high = bisect_left(starts, number * DAY), bisect_left(starts, (number + 1) * DAY)
            newest = _newest(superseded.get(number, ()))
            loaded[number] = day = Day(number, since, starts[low:high], newest, number not in mixed)
            self._days.put((account, number), day, _OVERHEAD + 4 * len(day.starts) + 100 * len(day.newest))
        return loaded


def _shown(days: Sequence[Day], begin: int, end: int) -> tuple[Day, ...]:
    """Those of the days from second `begin` to `end` that have sessions there."""
    shown = [day for day in days if day.starts]
    for edge in (0, -1):  # only these may have sessions outside
        if shown and bisect_left(shown[edge].starts, begin) == bisect_right(shown[edge].starts, end):
            del shown[edge]
    return tuple(shown)


def _bounds(days: Sequence[Day], skipped: int, end: int) -> tuple[int, ...]:
    """The bounds of a span up to second `end` whose first day's sessions begin at place `skipped`."""
    shown = [len(day.starts) for day in days]
    if days:
        shown[-1] = bisect_right(days[-1].starts, end)
        shown[0] -= skipped
    return tuple(accumulate(shown, initial=0))


def together(days: Iterable[PlacedDay], most: int) -> Iterator[list[PlacedDay]]:
    """The days in groups of up to about so many sessions, those of a group following each other."""
    group: list[PlacedDay] = []
    for day in days:
        if group and (day.first != group[-1].last or day.last - group[0].first > most):
            yield group
            group = []
        group.append(day)
    if group:
        yield group


def _missing(found: Mapping[int, Day | None]) -> list[tuple[int, int]]:
    """The days that are not known, as runs without a gap: first and last of each."""
    days = [day for day, known in found.items() if known is None]
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda one: one[1] - one[0])]
    return [(run[0], run[-1]) for run in runs]


def _newest(superseded: Sequence[tuple[int, int]]) -> dict[int, int]:
    newest: dict[int, int] = {}
    for session, version in superseded:
        newest[session] = max(newest.get(session, 0), version)
    return newest


def _parsed(row: bytes) -> tuple[array[int], dict[int, list[tuple[int, int]]], set[int], int]:
    """The one row of _READ as the engine's RowBinary has it: three arrays and a number."""
    starts, at = numbers(row, 0, "I")
    count, at = varint(row, at)
    superseded: dict[int, list[tuple[int, int]]] = {}
    for place in range(at, at + 20 * count, 20):
        moment, session, version = (
            int.from_bytes(row[place + begin : place + end], "little") for begin, end in ((0, 4), (4, 12), (12, 20))
        )
        superseded.setdefault(moment // DAY, []).append((session, version))
    mixed, at = numbers(row, at + 20 * count, "I")
    return starts, superseded, set(mixed), int.from_bytes(row[at : at + 8], "little")
