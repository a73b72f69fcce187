"""The threads that work while a server runs on what waits: uploads, statuses to tell, recordings to fetch.

What the work is, is upload_work.py's, upload_news.py's and recording_downloads.py's.
"""

from __future__ import annotations

import itertools
import math
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

import structlog

from ringledger.intake.recording_downloads import DownloadWork, RecordingDownloads
from ringledger.intake.upload_news import UploadNews
from ringledger.intake.upload_work import UploadWork
from ringledger.intake.uploads import Uploads
from ringledger.registry.leases import Leases
from ringledger.store.recording_downloads import Download
from ringledger.store.uploads import Upload

log = structlog.get_logger()

_THREADS: Final = 4
_BATCH: Final = 500
_PAUSE: Final = 1.0
"""Seconds after which it is looked whether a status is due again."""
_WORK: Final = "uploads"
_LEASE: Final = 30
"""Seconds for which a server works before it asks again."""
_SHARE: Final = 6
"""It asks this many times as often as it must."""


class QueueWorker:
    """Works on what waits from `start` to `stop`. What is cut off by a stop is done by the next server.

    Of several servers with one store the one that has the lease works, another takes over when it is gone; without
    `leases` the server is alone.
    """

    def __init__(
        self,
        uploads: Uploads,
        work: UploadWork,
        news: UploadNews,
        downloads: RecordingDownloads,
        fetching: DownloadWork,
        leases: Leases | None = None,
        clock: Callable[[], float] = time.time,
        lease: int = _LEASE,
    ) -> None:
        self._uploads = uploads
        self._work = work
        self._news = news
        self._downloads = downloads
        self._fetching = fetching
        self._leases = leases
        self._clock = clock
        self._lease = lease
        self._name = secrets.token_hex(8)
        self._prolong = 0.0
        self._ends = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queues", daemon=True)

    def start(self) -> None:
        """Takes up what is there and what comes."""
        self._thread.start()

    def stop(self) -> None:
        """Ends soon: downloads are given up, what is being written is written."""
        self._stopping.set()
        self._work.interrupt()
        self._uploads.changed.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(_THREADS, "recordings") as fetchers, ThreadPoolExecutor(_THREADS, "news") as tellers:
            while not self._stopping.is_set():
                self._uploads.changed.clear()
                try:
                    if self._is_mine():
                        self._round(fetchers, tellers)
                except Exception:
                    log.exception("queues_not_looked_at")
                self._uploads.changed.wait(_PAUSE)
            fetchers.shutdown(cancel_futures=True)
            tellers.shutdown(cancel_futures=True)
        if self._leases is not None and self._ends:
            self._leases.release(_WORK, self._name)

    def _is_mine(self) -> bool:
        """Whether this server works; what others accepted is looked for whenever the lease is prolonged."""
        now = self._clock()
        if now < self._prolong:
            return True
        if self._leases is not None and not self._leases.hold(_WORK, self._name, int(now), self._lease):
            if self._ends:
                self._uploads.forget()
                self._downloads.forget()
                self._ends = 0.0
            return False
        self._uploads.load()
        self._downloads.load()
        self._ends = now + self._lease
        self._prolong = math.inf if self._leases is None else now + self._lease / _SHARE
        return True

    def _round(self, fetchers: Executor, tellers: Executor) -> None:
        for download in self._downloads.begin(int(self._clock()), _BATCH):
            fetchers.submit(self._download, download)
        for upload in self._uploads.begin_telling(int(self._clock())):
            tellers.submit(self._tell, upload)
        begun = self._uploads.begin(_BATCH)
        for upload in begun:
            if upload.records:
                fetchers.submit(self._do, upload.account, [upload])
        plain = sorted((one for one in begun if not one.records), key=lambda one: one.account)
        for account, some in itertools.groupby(plain, key=lambda one: one.account):
            self._do(account, list(some))

    def _do(self, account: int, uploads: list[Upload]) -> None:
        try:
            if not self._stopping.is_set():
                self._work.do(account, uploads)
        except Exception:
            log.exception("uploads_not_written")
            self._stopping.wait(_PAUSE)
        finally:
            self._uploads.end(uploads)

    def _download(self, download: Download) -> None:
        try:
            if not self._stopping.is_set():
                self._fetching.do(download)
        except Exception:
            log.exception("recording_not_taken", account=download.account, call=download.call_key)
            self._stopping.wait(_PAUSE)
        finally:
            self._downloads.end(download)

    def _tell(self, upload: Upload) -> None:
        try:
            if not self._stopping.is_set():
                self._news.tell(upload)
        except Exception:
            log.exception("status_not_remembered")
            self._stopping.wait(_PAUSE)
        finally:
            self._uploads.end_telling(upload)
