"""The dialects of switches by the names that commands and addresses use; reads no records itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_ami, asterisk_cdr, asterisk_cel, call_events, freeswitch, uploaded_calls

__all__ = ["DIALECTS", "POSTED", "Dialect", "PostedDialect", "RejectedLine"]


class Dialect(Protocol):
    """How one kind of switch record is read and understood; a module with these names is one."""

    @property
    def SOURCE(self) -> str:  # noqa: N802 - a constant of the module
        """The name under which the events are kept."""

    def read(self, lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
        """The records of a file, in its order, and the lines that are none."""

    def sessions(
        self, events: Sequence[RecordedEvent], directory: Directory, *, silent: bool = False
    ) -> Sequence[CallSession]:
        """The session that the events of one call make, if they make one.

        `silent` says that nothing more is awaited: a session under way ends where its events do.
        """


class PostedDialect(Dialect, Protocol):
    """A dialect whose records come one by one too."""

    def recorded(self, record: bytes) -> RecordedEvent:
        """The event of one record. Raises RecordFault."""


POSTED: Final[Mapping[str, PostedDialect]] = {"freeswitch": freeswitch, "events": call_events}
"""The dialects that switches post, each to the address of its name."""

DIALECTS: Final[Mapping[str, Dialect]] = {
    "asterisk-cel": asterisk_cel,
    "asterisk-cdr": asterisk_cdr,
    **POSTED,
    "upload": uploaded_calls,
}


class _LiveAsterisk:
    """Channel events that the manager interface tells: kept and understood as those of the files are."""

    SOURCE = asterisk_cel.SOURCE
    read = staticmethod(asterisk_ami.read)
    sessions = staticmethod(asterisk_cel.sessions)


LIVE_ASTERISK: Final[Dialect] = _LiveAsterisk()
