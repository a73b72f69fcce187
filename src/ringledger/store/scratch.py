"""A file for bytes that can be made again: it keeps the newest ones; knows nothing of what they say."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from typing import Final

from ringledger.at_once import TakesTimeError, is_hasty

_SHARE_OF_FREE: Final = 4
"""The part of the disk's free bytes that a file takes at the most: others need the disk more."""


class Scratch:
    """The newest bytes up to `most_bytes`, in a file among the temporary ones that ends with the process.

    May be used from any thread.
    """

    def __init__(self, most_bytes: int) -> None:
        with tempfile.TemporaryFile(buffering=0) as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._most = min(most_bytes, shutil.disk_usage(tempfile.gettempdir()).free // _SHARE_OF_FREE)
        self._end = 0
        self._lock = threading.Lock()

    def put(self, data: bytes) -> int | None:
        """Writes the bytes and gives their place, or None where they are too many. Raises OSError."""
        size = len(data)
        if size > self._most // 2:
            return None
        with self._lock:
            place = self._end
            if place % self._most + size > self._most:
                place += self._most - place % self._most  # what belongs together is not torn at the file's end
            # Readers who come later find what is written over gone, those who are reading find it gone afterwards.
            self._end = place + size
        written = 0
        while written < size:
            written += os.pwrite(self._file, data[written:], place % self._most + written)
        return place

    def has(self, place: int) -> bool:
        """Whether nothing was written over the bytes at a place."""
        return place >= self._end - self._most

    def get(self, place: int, size: int) -> bytes:
        """The bytes at a place. Raises LookupError where others were written over them."""
        data = self._read_at_once(size, place) if is_hasty() else os.pread(self._file, size, place % self._most)
        if len(data) < size or not self.has(place):
            raise LookupError(place)
        return data

    def _read_at_once(self, size: int, place: int) -> bytes:
        """The bytes, which may be others by now, where they are in memory. Raises TakesTimeError where they are not."""
        data = bytearray(size)
        try:
            found = os.preadv(self._file, [data], place % self._most, os.RWF_NOWAIT)
        except (OSError, AttributeError):  # they are not, or this system does not tell
            raise TakesTimeError from None
        if found < size:
            raise TakesTimeError
        return bytes(data)
