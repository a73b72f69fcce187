"""How much of a minute's requests is noted; knows nothing of what they ask.

Who is refused pays no points, so nobody's limits bound what it sends, and an account may have no limits at all: without
bounds of its own the request log would let a stranger, or a customer, fill the disk.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

import msgspec

from ringledger.store.request_log import NOBODY

OF_NOBODY: Final = 60
OF_AN_ADDRESS: Final = 20
"""Requests a minute that are noted of nobody, and of one of nobody's addresses."""

_MINUTE: Final = 60


class Bound(msgspec.Struct, frozen=True):
    """Requests a minute that are noted of an account, and characters of their parameters."""

    requests: int
    characters: int


REFUSED: Final = Bound(300, 65_536)
ANSWERED: Final = Bound(6_000, 4_194_304)


class LeftOut(msgspec.Struct, frozen=True):
    """Requests of a minute, which begins at that Unix second, that were counted instead of noted."""

    account: int
    minute: int
    requests: int


class Noted:
    """What one server notes of requests, within a bound; may be used from any thread. Moments are in Unix seconds."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._lock = threading.Lock()
        self._minute = 0
        self._noted: Counter[int] = Counter()
        self._characters: Counter[int] = Counter()
        self._addresses: Counter[str] = Counter()
        self._left_out: Counter[int] = Counter()
        self._over: list[LeftOut] = []

    def take(self, account: int, address: str, now: int, characters: int) -> int | None:
        """How many of its characters of parameters are to be noted with a request of the account, or of `NOBODY`.

        None where it is not to be noted; it is counted then.
        """
        place = neighbourhood(address)
        with self._lock:
            self._turn_over(now)
            if account == NOBODY:
                full = self._noted[NOBODY] >= OF_NOBODY or self._addresses.get(place, 0) >= OF_AN_ADDRESS
            else:
                full = self._noted[account] >= self._bound.requests
            if full:
                self._left_out[account] += 1
                return None
            self._noted[account] += 1
            if account == NOBODY:
                self._addresses[place] += 1
            kept = min(characters, self._bound.characters - self._characters[account])
            self._characters[account] += kept
            return kept

    def left_out(self, now: int) -> list[LeftOut]:
        """What was only counted in minutes that are over, each of them once."""
        with self._lock:
            self._turn_over(now)
            over, self._over = self._over, []
            return over

    def _turn_over(self, now: int) -> None:
        minute = now - now % _MINUTE
        if minute == self._minute:
            return
        self._over += [LeftOut(account, self._minute, requests) for account, requests in self._left_out.items()]
        self._minute = minute
        self._addresses.clear()
        for counter in (self._noted, self._characters, self._left_out):
            counter.clear()


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """The address; of IPv6 the network of 64 bits, all of which one customer has."""
    with suppress(ValueError):
        found = ip_address(address)
        if isinstance(found, IPv6Address) and not found.ipv4_mapped:
            return str(ip_network((found, 64), strict=False))
    return address[:64]
