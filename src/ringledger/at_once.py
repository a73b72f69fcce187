"""Work that is done at once or not at all, on the thread that all connections share; knows no work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MOMENT: Final = 0.001
"""Seconds that are no time."""


class TakesTimeError(Exception):
    """Nobody here may wait for what was asked."""


class _Thread(threading.local):
    is_hasty = False


_thread = _Thread()


@contextmanager
def at_once() -> Iterator[None]:
    """What this thread does in here takes no time: who would wait, or work for long, raises TakesTimeError instead."""
    _thread.is_hasty = True
    try:
        yield
    finally:
        _thread.is_hasty = False


def is_hasty() -> bool:
    """Whether what this thread does may take no time."""
    return _thread.is_hasty


def takes_time() -> None:
    """Tells that what follows may wait or work for long. Raises TakesTimeError where it may not."""
    if _thread.is_hasty:
        raise TakesTimeError


@contextmanager
def held(lock: threading.Lock) -> Iterator[None]:
    """Holds a lock. Raises TakesTimeError where somebody else does so for long and nobody may wait for that."""
    if not lock.acquire(timeout=_MOMENT if _thread.is_hasty else -1):
        raise TakesTimeError
    try:
        yield
    finally:
        lock.release()
