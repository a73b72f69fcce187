"""Values are kept as they were read, many days together; what is written stands alone until it is read again."""

from __future__ import annotations

import msgspec
import pytest
from tests.reporting.test_reports import T0, asked

from ringledger.reporting.query import ReportQuery
from ringledger.reporting.ready_values import Numbers, Part, ReadyValues
from ringledger.reporting.subjects import Subject, key
from ringledger.store.changes import DAY
from ringledger.store.daybook import Daybook, PlacedDay, Span
from ringledger.store.engine import Engine, Statement

COLUMNS = ("account", "id", "start_time", "finish_time", "version")
DAYS = 8
A_DAY = 10


class Kept:
    """The ids of an account's calls, of which each of eight days has ten; ids grow with time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.daybook = Daybook(engine, 1 << 20)
        self.values = ReadyValues(engine, self.daybook, 1 << 20)
        for day in range(DAYS):
            self.write(day)

    def write(self, day: int, *, version: int = 1, calls: int = A_DAY) -> None:
        """Writes so many calls of a day again."""
        starts = [T0 + day * DAY + number * 60 for number in range(calls)]
        rows = [
            {"account": 1, "id": start - T0, "start_time": start, "finish_time": start, "version": version}
            for start in starts
        ]
        with self.engine.changes.writing(1, starts[0], starts[-1]):
            self.engine.insert("call_sessions", COLUMNS, msgspec.json.Encoder().encode_lines(rows))

    def span(self, first: int = 0, last: int = DAYS * DAY - 1) -> Span:
        """The seconds from the first to the last after midnight of the first day."""
        span = self.daybook.span(1, T0 + first, T0 + last)
        assert span is not None
        return span

    def read(self, days: list[PlacedDay]) -> None:
        assert self.values.read(QUERY, self.span(), IDS, days)

    def parts(self, span: Span | None = None) -> list[Part] | None:
        return self.values.parts(QUERY, IDS, span or self.span())

    def numbers(self, span: Span | None = None) -> list[int]:
        """The values of the parts, one after the other."""
        parts = self.parts(span)
        assert parts is not None
        assert all(isinstance(part.values, Numbers) for part in parts)
        return [
            number
            for part in parts
            if isinstance(part.values, Numbers)
            for number in part.values.values[part.begin : part.end].tolist()
        ]

    def sizes(self) -> list[int]:
        """How many calls each part is about."""
        parts = self.parts()
        assert parts is not None
        return [part.end - part.begin for part in parts]


QUERY: ReportQuery = asked()
IDS: Subject = key(QUERY)


@pytest.fixture
def kept(engine: Engine) -> Kept:
    return Kept(engine)


def ids(first: int, last: int) -> list[int]:
    """Those of calls that began in these seconds."""
    every = (day * DAY + number * 60 for day in range(DAYS) for number in range(A_DAY))
    return [one for one in every if first <= one <= last]


def test_days_that_were_read_together_are_one_part_of_any_period(kept: Kept) -> None:
    assert kept.parts() is None
    kept.read(list(kept.span().placed()))
    for first, last in ((0, DAYS * DAY - 1), (2 * DAY, 3 * DAY - 1), (DAY + 120, 5 * DAY + 240), (60, 60)):
        span = kept.span(first, last)
        parts = kept.parts(span)
        assert parts is not None
        assert len(parts) == 1
        assert kept.numbers(span) == ids(first, last)


def test_a_day_that_was_written_is_missing_and_stands_alone_when_it_was_read(kept: Kept) -> None:
    kept.read(list(kept.span().placed()))
    kept.write(3, version=2)
    assert kept.parts() is None
    missing = kept.values.missing(QUERY, kept.span(), IDS)
    assert [(one.first, one.last) for one in missing] == [(3 * A_DAY, 4 * A_DAY)]
    kept.read(missing)
    assert kept.sizes() == [3 * A_DAY, A_DAY, (DAYS - 4) * A_DAY]
    assert kept.numbers() == ids(0, DAYS * DAY)


def test_a_day_that_lost_all_its_calls_divides_the_others(engine: Engine, kept: Kept) -> None:
    kept.read(list(kept.span().placed()))
    deleted = (
        f"INSERT INTO call_sessions (account, id, start_time, finish_time, version, is_deleted) SELECT account, id, \
        start_time, finish_time, 2, 1 FROM call_sessions WHERE intDiv(toUInt32(start_time), {DAY}) = {T0 // DAY + 3}"
    )
    with engine.changes.writing(1, T0 + 3 * DAY, T0 + 4 * DAY - 1):
        engine.run(Statement(deleted))
    assert kept.sizes() == [3 * A_DAY, (DAYS - 4) * A_DAY]
    assert kept.numbers() == [one for one in ids(0, DAYS * DAY) if one // DAY != 3]


def test_days_in_many_parts_are_to_be_read_together_again(kept: Kept) -> None:
    days = list(kept.span().placed())
    assert list(kept.values.wanting(QUERY, IDS, days, 1000)) == [days], "none is ready"
    kept.read(days)
    assert list(kept.values.wanting(QUERY, IDS, days, 1000)) == []
    for day in (1, 3):
        kept.write(day, version=2)
    days = list(kept.span().placed())
    assert list(kept.values.wanting(QUERY, IDS, days, 1000)) == [[days[1]], [days[3]]], "few are missing"
    for one in days:
        kept.read([one])
    assert list(kept.values.wanting(QUERY, IDS, days, 1000)) == [days]
    assert list(kept.values.wanting(QUERY, IDS, days, 3 * A_DAY)) == [], "three days are no more than three parts"
