"""A file of a switch's records that is taken in as it grows, each record once; reads the file through `Tail`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from ringledger.calls.events import RejectedLine
from ringledger.faults import EngineFault
from ringledger.intake.dialects import Dialect
from ringledger.intake.door import Door
from ringledger.intake.tail import Tail, Whole
from ringledger.registry.registry import Registry

log = structlog.get_logger()


class GrowingFile:
    """The file of one account, read on from where it was left the last time, also by another process.

    Its methods may be called from any thread.
    """

    def __init__(
        self,
        door: Door,
        registry: Registry,
        account: int,
        dialect: Dialect,
        path: Path,
        whole: Whole,
        on_rejected: Callable[[str, RejectedLine], None],
    ) -> None:
        self._door = door
        self._registry = registry
        self._account = account
        self._dialect = dialect
        self._path = path
        self._whole = whole
        self._on_rejected = on_rejected
        self._tail: Tail | None = None
        self._lock = threading.RLock()

    def take_more(self) -> int:
        """Takes in what was written since, at most about a megabyte; how many lines. Raises EngineFault.

        The lines are on disk before the new place is: a process that is killed between reads them again, which changes
        nothing.
        """
        with self._lock:
            return self._take_more()

    def take_all(self) -> None:
        """Takes in whatever is there now; a file that is missing is told in the log. Raises EngineFault."""
        if not self._path.exists():
            log.warning("followed_file_missing", path=str(self._path))
        while self.take_more():
            pass

    def close(self) -> None:
        """Lets the file go; the next time it is read from the place that was saved last."""
        with self._lock:
            if self._tail is not None:
                self._tail.close()
                self._tail = None

    def _take_more(self) -> int:
        if self._tail is None:
            position = self._registry.followed_files.position(self._account, str(self._path))
            self._tail = Tail(self._path, position, self._whole)
        lines = self._tail.read()
        if not lines:
            return 0
        position = self._tail.position
        name = f"{self._path} (from byte {position.offset - sum(map(len, lines))})"
        directory = self._registry.directories.load(self._account)
        try:
            self._door.take(self._dialect, self._account, directory, [(name, lines)], self._on_rejected)
        except EngineFault:
            self.close()
            raise
        self._registry.followed_files.save(self._account, str(self._path), position)
        return len(lines)
