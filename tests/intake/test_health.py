"""When a source's silence is unusual, and what is said first of a source."""

from __future__ import annotations

import pytest

from ringledger.intake.health import DAY, WEEK, same_time_before, status
from ringledger.registry.connections import Connection
from ringledger.store.intake_news import Arrivals

NOW = 1_780_000_000
HOUR = 3600


@pytest.mark.parametrize(
    ("first", "silence", "shift"),
    [
        (60 * DAY, 10 * 60, None),
        (60 * DAY, HOUR, WEEK),
        (60 * DAY, 6 * DAY, WEEK),
        (60 * DAY, 8 * DAY, 2 * WEEK),
        (60 * DAY, 31 * DAY, None),
        (3 * DAY, HOUR, DAY),
        (3 * DAY, 25 * HOUR, None),
        (4 * DAY, 25 * HOUR, 2 * DAY),
        (2 * HOUR, HOUR, None),
    ],
)
def test_silence_is_compared_with_the_same_time_before(first: int, silence: int, shift: int | None) -> None:
    last = NOW - silence
    expected = None if shift is None else (last - shift, NOW - shift)
    assert same_time_before(Arrivals("events", NOW - first, last, 0), NOW) == expected


UP = Connection("AMI", "asterisk-cel", "ami", is_connected=True, since=NOW)
DOWN = Connection("AMI", "asterisk-cel", "ami", is_connected=False, since=NOW, error="refused")


@pytest.mark.parametrize(
    ("silence", "usual", "error_ago", "connections", "expected"),
    [
        (60, None, None, (), "active"),
        (HOUR, 14, None, (), "active"),
        (HOUR, 15, None, (), "silent"),
        (HOUR, 15, None, (UP,), "silent"),
        (HOUR, 15, None, (UP, DOWN), "disconnected"),
        (HOUR, None, HOUR - 1, (), "failing"),
        (HOUR, None, HOUR + 1, (), "active"),
        (HOUR, 15, 60, (), "failing"),
        (31 * DAY, None, None, (), "inactive"),
        (31 * DAY, None, None, (UP,), "active"),
        (None, None, None, (UP,), "active"),
        (None, None, None, (DOWN,), "disconnected"),
        (None, None, 60, (), "failing"),
        (None, None, 2 * DAY, (), "inactive"),
        (3 * DAY, None, 2 * DAY, (), "active"),
    ],
)
def test_the_worst_is_said_first(
    silence: int | None, usual: int | None, error_ago: int | None, connections: tuple[Connection, ...], expected: str
) -> None:
    error = None if error_ago is None else NOW - error_ago
    assert status(silence, usual, error, connections, NOW) == expected
