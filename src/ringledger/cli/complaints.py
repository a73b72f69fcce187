"""What is told of lines that cannot be read: the first few each, the others by their number and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ringledger.calls.events import RejectedLine

_MOST: Final = 10


class Complaints:
    """Tells `emit` of an account's rejected lines; `end` after the last of a run."""

    def __init__(self, emit: Callable[[Mapping[str, object]], None], account: str) -> None:
        self._emit = emit
        self._account = account
        self._count = 0

    def __call__(self, name: str, line: RejectedLine) -> None:
        """Takes on a line of a file."""
        self._count += 1
        if self._count <= _MOST:
            self._emit({"message": f"{name}:{line.line}: {line.reason}"})

    def end(self) -> None:
        """Tells of those that were not told of."""
        more, self._count = self._count - _MOST, 0
        if more > 0:
            told = f"and {more} more that cannot be read; all are kept with their reasons:"
            self._emit({"message": f"{told} ringledger export rejected --account {self._account} --out -"})
