"""Takes in what switches tell while they tell it: growing files, and manager interfaces with the files behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NoReturn

import structlog

from ringledger.calls.events import RejectedLine
from ringledger.cli.complaints import Complaints
from ringledger.cli.ledger import Emit, Ledger
from ringledger.cli.sources import AmiSource
from ringledger.cli.tls import ami_tls_context
from ringledger.intake import csv_records
from ringledger.intake.ami_client import AmiLogin
from ringledger.intake.ami_follower import AmiFollower
from ringledger.intake.dialects import DIALECTS, LIVE_ASTERISK
from ringledger.intake.following_news import FollowingNews
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
    complaints = Complaints(emit, account)
    with closing(_growing(ledger, dialect, Path(file), account, complaints)) as growing, ExitStack() as ended:
        news = _news(ledger, ended, account, dialect, "file", file)
        read = 0
        while True:
            lines = growing.take_more()
            complaints.end()
            _tell_of_file(news, Path(file))
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
        catch_up = _catching_up(ledger, source, Path(source.cel_file), files)
    news = _news(ledger, files, source.account, LIVE_ASTERISK.SOURCE, "ami", name)
    login = AmiLogin(source.host, source.port, source.user, source.secret, ami_tls_context(source))
    return AmiFollower(login, take, catch_up, news)


def _catching_up(ledger: Ledger, source: AmiSource, path: Path, files: ExitStack) -> Callable[[], None]:
    """Takes in what the file has, and tells whether it is there."""
    growing = files.enter_context(closing(_growing(ledger, "asterisk-cel", path, source.account, _log_rejected)))
    news = _news(ledger, files, source.account, "asterisk-cel", "file", str(path))

    def catch_up() -> None:
        _tell_of_file(news, path)
        growing.take_all()

    return catch_up


def _news(ledger: Ledger, ended: ExitStack, account: str, source: str, kind: str, name: str) -> FollowingNews:
    """The news of a connection, which is forgotten when following ends."""
    found = ledger.registry.accounts.by_name(account).id
    news = FollowingNews(ledger.registry.connections, found, source, kind, name, time.time)
    ended.callback(news.gone)
    return news


def _tell_of_file(news: FollowingNews, path: Path) -> None:
    if path.exists():
        news.up()
    else:
        news.down("the file is missing")


def _growing(
    ledger: Ledger, dialect: str, path: Path, account: str, on_rejected: Callable[[str, RejectedLine], None]
) -> GrowingFile:
    found = ledger.registry.accounts.by_name(account).id
    return GrowingFile(ledger.door, ledger.registry, found, DIALECTS[dialect], path, FOLLOWED[dialect], on_rejected)


def _log_rejected(name: str, line: RejectedLine) -> None:
    log.warning("record_rejected", origin=name, line=line.line, reason=line.reason)
