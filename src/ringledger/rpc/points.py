"""The points that accounts may spend a day and a minute: checked, charged, told; the registry counts them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.counters import Counters, Window
from ringledger.reporting.moments import instants, zone

Limits = dict[str, int]
"""The `limits` of a reply's metadata, empty for an account without any."""

_MINUTE: Final = 60


class Left(msgspec.Struct, frozen=True):
    """What an account has spent of its points at a moment."""

    windows: tuple[Window, ...]
    spent: list[int]
    now: int

    @property
    def limits(self) -> Limits:
        """What is left, as replies tell it."""
        told: Limits = {}
        for window, points in zip(self.windows, self.spent, strict=True):
            kind = _type(window)
            told |= {
                f"{kind}_limit": window.most,
                f"{kind}_remaining": max(0, window.most - points),
                f"{kind}_reset": window.ends - self.now,
            }
        return told

    def check(self, weight: int) -> None:
        """Raises CallerFault where less than the weight is left."""
        for window, points in zip(self.windows, self.spent, strict=True):
            if points + weight > window.most:
                raise _exceeded(window)


class Points:
    """Points of a registry's accounts. Moments are in Unix seconds."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def left(self, account: Account, now: int) -> Left:
        """What is left before anything is charged."""
        windows = _windows(account, now)
        return Left(windows, self._counters.spent(windows), now)

    def charge(self, account: Account, weight: int, now: int) -> Limits:
        """Takes the points and tells what is left. Raises CallerFault where too few are, and takes none then."""
        windows = _windows(account, now)
        if not windows or not weight:
            return Left(windows, self._counters.spent(windows), now).limits
        spent = self._counters.add(windows, weight)
        if spent is None:
            # Another request was quicker; it may have been the last point of either.
            self.left(account, now).check(weight)
            raise _exceeded(windows[0])
        return Left(windows, spent, now).limits

    def refund(self, account: Account, weight: int, now: int) -> None:
        """Gives points back that were charged at that moment."""
        windows = _windows(account, now)
        if windows and weight:
            self._counters.take_back(windows, weight)


def _windows(account: Account, now: int) -> tuple[Window, ...]:
    """The account's own calendar day and the clock's minute, where it has a limit for them."""
    found = []
    if account.day_limit is not None:
        today = datetime.fromtimestamp(now, zone(account.timezone)).date()
        midnight = datetime.combine(today + timedelta(days=1), datetime.min.time())
        ends = instants(midnight, account.timezone)[0]
        found.append(Window(f"points:day:{account.id}", today.toordinal(), ends, account.day_limit))
    if account.minute_limit is not None:
        number = now // _MINUTE
        ends = (number + 1) * _MINUTE
        found.append(Window(f"points:minute:{account.id}", number, ends, account.minute_limit))
    return tuple(found)


def _type(window: Window) -> str:
    return window.name.split(":")[1]


def _exceeded(window: Window) -> CallerFault:
    return CallerFault("limit_exceeded", params={"limit_type": _type(window), "limit_max_value": window.most})
