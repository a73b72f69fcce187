"""Local times and the instants they stand for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringledger.reporting.moments import instants, parse_local, three_months_after


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def both(text: str, timezone: str) -> tuple[int, int]:
    local = parse_local(text)
    assert local is not None
    return instants(local, timezone)


def test_a_plain_time_is_one_instant() -> None:
    assert both("2026-07-01 12:00:00", "Europe/London") == (utc("2026-07-01T11:00:00"),) * 2


def test_a_time_that_clocks_show_twice_is_two_instants() -> None:
    assert both("2026-10-25 01:30:00", "Europe/London") == (utc("2026-10-25T00:30:00"), utc("2026-10-25T01:30:00"))


def test_a_time_that_clocks_skip_is_moved_on_by_the_gap() -> None:
    assert both("2026-03-29 01:30:00", "Europe/London") == (utc("2026-03-29T01:30:00"),) * 2


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_the_ends_of_the_calendar_do_no_harm(text: str, timezone: str) -> None:
    first, last = both(text, timezone)
    assert first <= last


@pytest.mark.parametrize(
    "text",
    ["2026-02-30 00:00:00", "2026-1-1 00:00:00", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 24:00:00",
     "2026-01-01 00:00:00Z", " 2026-01-01 00:00:00", "0000-01-01 00:00:00", "２０２６-01-01 00:00:00"],
)  # fmt: skip
def test_another_form_is_no_time(text: str) -> None:
    assert parse_local(text) is None


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-01-31", "2026-04-30"),
        ("2025-11-30", "2026-02-28"),
        ("2026-10-01", "2027-01-01"),
        ("9999-12-01", "9999-12-31"),
    ],
)
def test_three_months_end_on_the_months_last_day_at_the_latest(begin: str, end: str) -> None:
    assert three_months_after(datetime.fromisoformat(begin)).date().isoformat() == end
