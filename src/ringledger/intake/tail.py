"""Follows a file that a switch writes to, through rotation and restarts; knows no dialect and keeps no position."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from ringledger.registry.followed_files import Position

log = structlog.get_logger()

_CHUNK: Final = 1 << 20
_HEAD: Final = 1024
"""By how many of its first bytes a file is known again."""
_COMPRESSED: Final = {".gz", ".bz2", ".xz", ".zst"}
_PATIENCE: Final = 20
"""How many readings a record that is not whole yet is waited for."""

Whole = Callable[[Sequence[bytes]], int]
"""Tells how many of the lines, from the first, make whole records."""


class Tail:
    """The lines of a growing file from a position on.

    A file that was renamed or copied away is read to its end first, then those that came between, then the one of the
    path. Rotated files are found beside it, by names that begin with its name; compressed ones are not read.
    """

    def __init__(self, path: Path, position: Position, whole: Whole) -> None:
        self._path = path
        self._whole = whole
        self._files: list[BinaryIO] = []
        self._waited = 0
        self.position = position
        """The place behind the lines that were read last."""

    def read(self) -> list[bytes]:
        """The next whole lines, at most about a megabyte; empty where there are none yet."""
        if not self._files or not _is_of(self._files[0], self.position):
            self._find()
        while self._files:
            is_last = len(self._files) == 1
            was_left = not is_last or self._was_replaced(self._files[0])
            lines = self._lines(self._files[0], is_final=was_left)
            if lines or not was_left:
                return lines
            self._files.pop(0).close()
            self.position = Position()
            if is_last:
                self._find()
        return []

    def close(self) -> None:
        """Lets the files go."""
        for file in self._files:
            file.close()
        self._files.clear()

    def _find(self) -> None:
        """Opens the file of the position and those that came after it."""
        self.close()
        files: list[BinaryIO] = [path.open("rb") for path in self._candidates()]
        at = next((at for at, file in enumerate(files) if _is_of(file, self.position)), None)
        if self.position.offset == 0 or at is None:
            if self.position.offset:
                log.warning("followed_file_lost", path=str(self._path))
            self.position = Position()
            at = max(0, len(files) - 1)
        for file in files[:at]:
            file.close()
        self._files = files[at:]

    def _candidates(self) -> list[Path]:
        """The files that may hold what was written to the path, oldest first."""
        try:
            current = [self._path] if self._path.exists() else []
            beside = self._path.parent.glob(f"{glob.escape(self._path.name)}?*")
            rotated = [path for path in beside if path.is_file() and path.suffix not in _COMPRESSED]
            return [*sorted(rotated, key=lambda path: path.stat().st_mtime_ns), *current]
        except FileNotFoundError:  # a file was moved meanwhile; the next reading finds it
            return []

    def _was_replaced(self, file: BinaryIO) -> bool:
        try:
            return not os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False  # being rotated: the new one comes soon

    def _lines(self, file: BinaryIO, *, is_final: bool) -> list[bytes]:
        file.seek(self.position.offset)
        data = file.read(_CHUNK)
        end = data.rfind(b"\n") + 1
        if end == 0 and (is_final or len(data) == _CHUNK):
            end = len(data)
        lines = BytesIO(data[:end]).readlines()
        taken = lines if is_final else self._complete(lines)
        if taken:
            self._advance(file, sum(map(len, taken)))
        return taken

    def _complete(self, lines: list[bytes]) -> list[bytes]:
        count = self._whole(lines)
        if count or not lines:
            self._waited = 0
            return lines[:count]
        self._waited += 1
        return lines if self._waited > _PATIENCE else []

    def _advance(self, file: BinaryIO, length: int) -> None:
        offset = self.position.offset + length
        head = min(offset, _HEAD)
        digest = self.position.head_digest
        if head != self.position.head_length:
            digest = _digest(file, head)
        self.position = Position(offset, head, digest)


def _is_of(file: BinaryIO, position: Position) -> bool:
    """Whether the position is one in this file: it begins with the same bytes and is as long at least."""
    size = os.fstat(file.fileno()).st_size
    return size >= position.offset and _digest(file, position.head_length) == (position.head_digest or _digest(file, 0))


def _digest(file: BinaryIO, length: int) -> str:
    return blake2b(os.pread(file.fileno(), length, 0), digest_size=16).hexdigest()
