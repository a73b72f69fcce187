"""Where a period's sessions are by their position, against a plain list of when they began."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from random import Random
from typing import Final

import msgspec
import pytest

from ringledger.store.changes import DAY
from ringledger.store.daybook import Daybook, Span
from ringledger.store.engine import Engine

T0: Final = 1_772_323_200
DAYS: Final = 12
COLUMNS: Final = ("account", "id", "start_time", "finish_time", "version")


@pytest.fixture
def starts(engine: Engine) -> list[int]:
    """When sessions of some of the days began; several begin in the same second."""
    random = Random(5)
    days = random.sample(range(DAYS), DAYS * 2 // 3)
    found = sorted(T0 + random.choice(days) * DAY + random.randrange(0, DAY, DAY // 12) for _ in range(120))
    rows = [
        {"account": 1, "id": number, "start_time": start, "finish_time": start, "version": number}
        for number, start in enumerate(found)
    ]
    with engine.changes.writing(1, T0, T0 + DAYS * DAY, replaces=False):
        engine.insert("call_sessions", COLUMNS, msgspec.json.Encoder().encode_lines(rows))
    return found


def checked(span: Span, wanted: list[int], starts: list[int], random: Random) -> None:
    """Compares all that a span tells of positions with the list of the period's sessions."""
    assert span.total == len(wanted)
    for moment in random.sample(range(T0 - DAY, T0 + DAYS * DAY + DAY), 40):
        assert span.until(moment) == bisect_right(wanted, moment)
    assert [one.first for one in span.placed()] == sorted({bisect_left(wanted, start // DAY * DAY) for start in wanted})
    if not wanted:
        assert list(span.stretches(0, 10)) == []
        return
    first = random.randrange(len(wanted))
    last = random.randrange(first, len(wanted))
    before = bisect_left(wanted, wanted[first])
    assert span.window(first, last) == (wanted[first], wanted[last], before)
    stretches = list(span.stretches(first, last + 1))
    assert [one.day.starts[at] for one in stretches for at in range(one.begin, one.end)] == wanted[first : last + 1]
    assert [one.day.number for one in stretches] == sorted({start // DAY for start in wanted[first : last + 1]})
    positions = random.choices(range(len(wanted)), k=5)
    by_number = {day.number: day for day in span.days}
    places = span.places(positions)
    assert [by_number[number].starts[at] for number, at in places] == [wanted[position] for position in positions]
    in_days = [starts[bisect_left(starts, number * DAY) + at] for number, at in places]
    assert in_days == [wanted[position] for position in positions], "places count from the day's first session"


def test_positions_lead_to_sessions_and_back(engine: Engine, starts: list[int]) -> None:
    daybook, random = Daybook(engine, 1 << 20), Random(7)
    for _ in range(200):
        begin, end = sorted(random.randrange(T0 - DAY, T0 + DAYS * DAY + DAY) for _ in range(2))
        span = daybook.span(1, begin, end)
        assert span is not None
        checked(span, [start for start in starts if begin <= start <= end], starts, random)


def test_the_position_after_the_last_one_is_none(engine: Engine, starts: list[int]) -> None:
    span = Daybook(engine, 1 << 20).span(1, starts[0], starts[-1])
    assert span is not None
    with pytest.raises(IndexError):
        span.window(span.total, span.total)
