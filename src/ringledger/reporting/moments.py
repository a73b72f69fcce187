"""Local times of an account and the instants they stand for; knows no parameters and no SQL."""

from __future__ import annotations

import calendar
import re
from datetime import MAXYEAR, UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_FORM: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def parse_local(text: str) -> datetime | None:
    """A `YYYY-MM-DD hh:mm:ss` text as a naive local time, or None where it is no such time."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    try:
        return datetime(*map(int, form.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - local on purpose
    except ValueError:
        return None


def three_months_after(local: datetime) -> datetime:
    """Three calendar months later; the month's last day where the day does not exist."""
    months = local.year * 12 + local.month - 1 + 3
    year, month = months // 12, months % 12 + 1
    if year > MAXYEAR:
        return local.replace(year=MAXYEAR, month=12, day=31, hour=23, minute=59, second=59)
    return local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    return ZoneInfo(name)


def instants(local: datetime, timezone: str) -> tuple[int, int]:
    """The first and the last instant, in Unix seconds, that clocks of the zone show as `local`.

    They differ where clocks go back. A time that clocks skip is moved on by the gap.
    """
    first, last = (_offset(local, timezone, fold) for fold in (0, 1))
    seconds = int((local - _EPOCH).total_seconds())
    if first < last:
        return seconds - first, seconds - first
    return seconds - first, seconds - last


def _offset(local: datetime, timezone: str, fold: int) -> int:
    try:
        offset = local.replace(tzinfo=zone(timezone), fold=fold).utcoffset()
    except OverflowError:  # the first and the last day that Python knows, in zones off Greenwich
        offset = None
    return int(offset.total_seconds()) if offset else 0
