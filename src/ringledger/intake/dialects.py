"""The dialects of switches by the names that commands and addresses use; reads no records itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_cdr, asterisk_cel, freeswitch

__all__ = ["DIALECTS", "Dialect", "RejectedLine"]


class Dialect(Protocol):
    """How one kind of switch record is read and understood; a module with these names is one."""

    @property
    def SOURCE(self) -> str:  # noqa: N802 - a constant of the module
        """The name under which the events are kept."""

    def read(self, lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
        """The records of a file, in its order, and the lines that are none."""

    def sessions(self, events: Sequence[RecordedEvent], directory: Directory) -> Sequence[CallSession]:
        """The session that the events of one call make, if they make one."""


DIALECTS: Final[Mapping[str, Dialect]] = {
    "asterisk-cel": asterisk_cel,
    "asterisk-cdr": asterisk_cdr,
    "freeswitch": freeswitch,
}
