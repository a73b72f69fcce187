"""Where a command's work is done: in this process where the data folder is free, else by the server that has it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ringledger.cli.folder import DataFolder
from ringledger.cli.opening import open_ledger
from ringledger.cli.progress import progress
from ringledger.cli.remote import Remote
from ringledger.cli.settings import Settings
from ringledger.faults import OperatorFault

if TYPE_CHECKING:
    from ringledger.cli.ledger import Ledger

_PATIENCE: Final = 10.0
"""Seconds that a command waits for another command to end, or for a server to start."""


def perform(settings: Settings, title: str, operation: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Does an operation of the ledger and shows its progress. Raises OperatorFault and EngineFault."""
    with _place(settings) as place, progress(title) as emit:
        if isinstance(place, Remote):
            return place.perform(operation, arguments, emit)
        return place.operations[operation](emit, **arguments)


def export(settings: Settings, operation: str, arguments: Mapping[str, object]) -> Iterator[bytes]:
    """The bytes of an export of the ledger. Raises OperatorFault and EngineFault."""
    with _place(settings) as place:
        if isinstance(place, Remote):
            yield from place.export(operation, arguments)
        else:
            yield from place.exports[operation](**arguments)


@contextmanager
def _place(settings: Settings) -> Iterator[Ledger | Remote]:
    if not settings.embedded:
        with open_ledger(settings) as ledger:
            yield ledger
        return
    folder = DataFolder(settings.data)
    remote = Remote(folder)
    ends = time.monotonic() + _PATIENCE
    while not folder.claim():
        if remote.answers():
            yield remote
            return
        if time.monotonic() > ends:
            raise OperatorFault(f"{folder.holder()} works on {settings.data}; run the command when it is done")
        time.sleep(0.1)
    try:
        with open_ledger(settings) as ledger:
            yield ledger
    finally:
        folder.release()
