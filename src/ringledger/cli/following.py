"""Takes in what switches tell while they tell it: growing files, and manager interfaces with the files behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NoReturn

import structlog

from ringledger.calls.events import RejectedLine
from ringledger.cli.ledger import Emit, Ledger
from ringledger.cli.sources import AmiSource
from ringledger.intake import csv_records
from ringledger.intake.ami_client import AmiLogin
from ringledger.intake.ami_follower import AmiFollower
from ringledger.intake.dialects import DIALECTS, LIVE_ASTERISK
from ringledger.intake.growing_file import GrowingFile
from ringledger.intake.tail import Whole

log = structlog.get_logger()

FOLLOWED: Final[Mapping[str, Whole]] = {"asterisk-cel": csv_records.whole}
"""The dialects whose files may be followed."""

_LOOK_EVERY: Final = 0.25


def follow_file(ledger: Ledger, emit: Emit, dialect: str, file: str, account: str) -> NoReturn:
    """Takes in a file as it grows, until `emit` raises: it is told the number of lines whenever the file was looked at.

    Raises OperatorFault, EngineFault and OSError.
    """

    def rejected(name: str, line: RejectedLine) -> None:
        emit({"message": f"{name}:{line.line}: {line.reason}"})

    with closing(_growing(ledger, dialect, Path(file), account, rejected)) as growing:
        read = 0
        while True:
            lines = growing.take_more()
            read += lines
            emit({"progress": read})
            if not lines:
                time.sleep(_LOOK_EVERY)


@contextmanager
def ami_followers(ledger: Ledger, sources: Sequence[AmiSource]) -> Iterator[list[AmiFollower]]:
    """A follower for each source; their files are closed at the end. Raises OperatorFault for an unknown account."""
    with ExitStack() as files:
        yield [_ami_follower(ledger, source, files) for source in sources]


def _ami_follower(ledger: Ledger, source: AmiSource, files: ExitStack) -> AmiFollower:
    account = ledger.registry.accounts.by_name(source.account).id
    name = f"AMI {source.host}:{source.port}"

    def take(messages: Sequence[bytes]) -> None:
        directory = ledger.registry.directories.load(account)
        ledger.door.take(LIVE_ASTERISK, account, directory, [(name, messages)], _log_rejected)

    def nothing() -> None:
        """Without a file what nobody heard stays unknown."""

    catch_up = nothing
    if source.cel_file is not None:
        growing = _growing(ledger, "asterisk-cel", Path(source.cel_file), source.account, _log_rejected)
        catch_up = files.enter_context(closing(growing)).take_all
    return AmiFollower(AmiLogin(source.host, source.port, source.user, source.secret), take, catch_up)


def _growing(
    ledger: Ledger, dialect: str, path: Path, account: str, on_rejected: Callable[[str, RejectedLine], None]
) -> GrowingFile:
    found = ledger.registry.accounts.by_name(account).id
    return GrowingFile(ledger.door, ledger.registry, found, DIALECTS[dialect], path, FOLLOWED[dialect], on_rejected)


def _log_rejected(name: str, line: RejectedLine) -> None:
    log.warning("record_rejected", origin=name, line=line.line, reason=line.reason)
