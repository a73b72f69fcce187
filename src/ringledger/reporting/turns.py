"""Turns for the engine's large work, so that small requests find it free; knows no query."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ringledger.at_once import is_hasty, takes_time

LARGE_PAGE: Final = 100
"""Pages of more rows than this wait for one of as many turns as there are cores, so that small ones never do."""

HALVED_PAGE: Final = 2_000
"""Pages of at least so many rows are worth a second turn: each half pays for its own statement."""


class Turns:
    """The turns of one engine; may be used from any thread."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._stepping = threading.Lock()
        self._counting = threading.Lock()
        self._asked = 0
        self._answered = time.monotonic()

    @property
    def idle(self) -> float:
        """For how many seconds nobody has waited for an answer."""
        return 0 if self._asked else time.monotonic() - self._answered

    @contextmanager
    def asked(self) -> Iterator[None]:
        """What somebody waits for is being made."""
        with self._counting:
            self._asked += 1
        try:
            yield
        finally:
            with self._counting:
                self._asked -= 1
                self._answered = time.monotonic()

    @contextmanager
    def of(self, rows: int) -> Iterator[None]:
        """Waits for a turn where a page of so many rows is large."""
        if rows <= LARGE_PAGE:
            yield
            return
        takes_time()
        with self._free:
            yield

    @contextmanager
    def second(self, rows: int) -> Iterator[bool]:
        """Takes one more turn, without waiting, where so many rows are worth it; tells whether there was one."""
        if rows < HALVED_PAGE:
            yield False
            return
        with self.spare() as has_one:
            yield has_one

    @contextmanager
    def spare(self) -> Iterator[bool]:
        """Takes a turn that is free, without waiting; tells whether there was one."""
        has_one = self._free.acquire(blocking=False)
        try:
            yield has_one
        finally:
            if has_one:
                self._free.release()

    @contextmanager
    def steps(self) -> Iterator[None]:
        """Waits until no other work is done in many short steps.

        Each step gives the interpreter away; work of several threads at once would take twice the time.
        """
        if is_hasty():  # it will be over before another thread gets the interpreter
            yield
            return
        with self._stepping:
            yield
