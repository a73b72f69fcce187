"""Recordings that events name by an address: wanted when their call is derived, fetched behind it until it is done.

What is wanted is in the store before its call is, so that a server which is killed leaves nothing unfetched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Final

import structlog
from msgspec import structs

from ringledger.calls.codes import UploadError
from ringledger.calls.events import RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake.audio import BadAudio
from ringledger.intake.call_recordings import CallRecordings, OfCall
from ringledger.intake.outbound import RETRIES, Interrupted, OutboundFault
from ringledger.intake.remote_recordings import RemoteRecordings, reason_code
from ringledger.store.engine import Engine
from ringledger.store.events import Events
from ringledger.store.recording_downloads import Download, downloads_of, open_downloads, write_downloads

log = structlog.get_logger()

_FINAL: Final = frozenset({UploadError.RECORD_ADDRESS_REFUSED, UploadError.RECORD_TOO_LARGE})
"""What no later try would mend."""

_REST: Final = 3600
"""Seconds after which it is looked again whether an account that was switched off is on."""

_Key = tuple[int, str, str, str]


class RecordingDownloads:
    """What is to be fetched for all accounts; may be used from any thread. `clock` tells microseconds, UTC.

    Where several servers have one store, all of them note what is wanted and one of them works (`load` until `forget`).
    """

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._works = False
        self._open: dict[_Key, Download] = {}
        self._busy: set[_Key] = set()

    def load(self) -> None:
        """Remembers what servers before this one left unfetched, and what others noted since. Raises EngineFault."""
        with self._lock:
            self._works = True
            for download in open_downloads(self._engine):
                self._open.setdefault(_key(download), download)

    def forget(self) -> None:
        """Leaves the work to another server."""
        with self._lock:
            self._works = False
            self._open.clear()

    def want(self, account: int, source: str, sessions: Collection[CallSession]) -> None:
        """Notes, durably, what the sessions have to be fetched and is not noted yet. Raises EngineFault.

        The caller has the account's turn.
        """
        wanted = [(session.key, remote) for session in sessions for remote in session.downloads]
        if not wanted:
            return
        known = {
            (one.call_key, one.url) for one in downloads_of(self._engine, account, source, {key for key, _ in wanted})
        }
        now = self._clock()
        new = [
            Download(
                account=account,
                source=source,
                call_key=key,
                url=remote.url,
                leg_key=remote.leg_key,
                is_voice_mail=remote.is_voice_mail,
                since=now // 1_000_000,
                due=now // 1_000_000,
                version=now,
            )
            for key, remote in wanted
            if (key, remote.url) not in known
        ]
        with self._lock:
            write_downloads(self._engine, new)
            if self._works:
                self._open.update((_key(download), download) for download in new)

    def begin(self, now: int, most: int) -> list[Download]:
        """What is due to be fetched (`now` is Unix seconds), at most `most`; the caller's until `end`."""
        with self._lock:
            due = (one for key, one in self._open.items() if one.due <= now and key not in self._busy)
            some = [download for download, _ in zip(due, range(most), strict=False)]
            self._busy.update(map(_key, some))
            return some

    def end(self, download: Download) -> None:
        """Gives one back."""
        with self._lock:
            self._busy.discard(_key(download))

    def note(self, download: Download) -> None:
        """Writes down, durably, what came of a try. Raises EngineFault."""
        with self._lock:
            row = structs.replace(download, version=max(self._clock(), download.version + 1))
            write_downloads(self._engine, [row])
            if row.is_open and self._works:
                self._open[_key(row)] = row
            else:
                self._open.pop(_key(row), None)


class DownloadWork:
    """The work on them; may be done on several threads at once.

    `clock` gives Unix seconds, `is_active` tells of an account whether it is switched on.
    """

    def __init__(
        self,
        engine: Engine,
        downloads: RecordingDownloads,
        remote: RemoteRecordings,
        calls: CallRecordings,
        clock: Callable[[], float],
        is_active: Callable[[int], bool],
        delays: Sequence[int] = RETRIES,
    ) -> None:
        self._engine = engine
        self._downloads = downloads
        self._remote = remote
        self._calls = calls
        self._clock = clock
        self._is_active = is_active
        self._delays = delays

    def do(self, download: Download) -> None:
        """Fetches a recording and names it in its call, or says when to try again. Raises EngineFault."""
        if not self._is_active(download.account):
            self._downloads.note(structs.replace(download, due=int(self._clock()) + _REST))
            return
        try:
            kept = self._remote.keep(download.account, download.url)
        except Interrupted:
            log.info("recording_interrupted", account=download.account, call=download.call_key)
        except (BadAudio, OutboundFault) as fault:
            self._fail(download, reason_code(fault), str(fault))
        else:
            of_call = OfCall(download.source, download.call_key, download.is_voice_mail, download.leg_key)
            self._calls.name(download.account, of_call, kept, int(self._clock()))
            self._downloads.note(structs.replace(download, is_open=False, error_code=None))
            log.info("recording_fetched", account=download.account, source=download.source, call=download.call_key)

    def _fail(self, download: Download, code: UploadError, reason: str) -> None:
        """Puts it off or gives it up; both is told where refused records are."""
        now = int(self._clock())
        tries = download.attempts + 1
        is_open = code not in _FINAL and tries <= len(self._delays)
        log.warning(
            "recording_not_fetched", account=download.account, source=download.source, call=download.call_key,
            code=code, reason=reason, tries=tries, is_given_up=not is_open,
        )  # fmt: skip
        outlook = "will be tried again" if is_open else "given up"
        line = RejectedLine(0, f"recording not fetched: {code.label} ({code}; try {tries}, {outlook})", download.url)
        Events(self._engine, download.account, download.source).append_rejected(
            [(f"recording of {download.call_key}", line)], now * 1_000_000
        )
        due = now + self._delays[download.attempts] if is_open else now
        self._downloads.note(structs.replace(download, is_open=is_open, attempts=tries, due=due, error_code=code))


def _key(download: Download) -> _Key:
    return download.account, download.source, download.call_key, download.url
