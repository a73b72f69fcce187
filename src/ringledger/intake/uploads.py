"""The uploaded calls that something is still to be done for: taken, changed and remembered; does none of the work.

Their state is a row each in the call store, beside the calls: get.uploaded_calls is a report like any other, and a
status is written together with what is to be told of it, so that no moment of a crash lies between the two.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Final

import structlog
from msgspec import structs

from ringledger.calls.codes import UploadError, UploadStatus
from ringledger.store.engine import Engine
from ringledger.store.uploads import Untold, Upload, unfinished_uploads, uploads_of, write_uploads

log = structlog.get_logger()

MOST_FAILURES: Final = 3
"""How often a call may be uploaded in vain."""

_OPEN: Final = (UploadStatus.NEW, UploadStatus.IN_PROCESS)

Key = tuple[int, str]
"""Account and ext_id."""

Edit = Callable[[Upload], Upload]


class Uploads:
    """The state of all accounts' uploads; may be used from any thread. `clock` tells microseconds, UTC.

    Where several servers have one store, all of them accept and one of them works (`load` until `forget`).
    """

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._works = False
        self._open: dict[Key, Upload] = {}
        self._busy: set[Key] = set()
        self._telling: set[Key] = set()
        self.changed = threading.Event()
        """Set whenever there may be something new to do."""

    def load(self) -> None:
        """Remembers what servers before this one left undone, and what others accepted since. Raises EngineFault."""
        with self._lock:
            self._works = True
            for upload in unfinished_uploads(self._engine, _OPEN):
                known = self._open.get(_key(upload))
                if known is None or known.version < upload.version:
                    self._open[_key(upload)] = upload
        self.changed.set()

    def forget(self) -> None:
        """Leaves the work to another server."""
        with self._lock:
            self._works = False
            self._open.clear()

    def accept(self, account: int, uploads: Collection[Upload]) -> set[int]:
        """Takes calls of an account, durably; returns the sessions that they are known to be. Raises EngineFault.

        A call that was processed, or that failed three times, is ignored; one that waits or is under way is replaced.
        """
        with self._lock:
            known = uploads_of(self._engine, account, {upload.ext_id for upload in uploads})
            taken: dict[str, Upload] = {}
            for upload in uploads:
                old = known.get(upload.ext_id)
                if upload.ext_id in taken or (old is not None and _is_settled(old)):
                    continue
                taken[upload.ext_id] = self._anew(upload, old)
            write_uploads(self._engine, list(taken.values()))
            if self._works:
                self._open.update((_key(upload), upload) for upload in taken.values())
        self.changed.set()
        return {old.call_session_id for old in known.values() if old.call_session_id is not None}

    def begin(self, most: int) -> list[Upload]:
        """Uploads to be worked on now, at most `most`; they are the caller's until `end` is called with them."""
        with self._lock:
            waiting = (one for key, one in self._open.items() if one.status in _OPEN and key not in self._busy)
            some = [upload for upload, _ in zip(waiting, range(most), strict=False)]
            self._busy.update(map(_key, some))
            return some

    def end(self, uploads: Iterable[Upload]) -> None:
        """Gives uploads back; one that was replaced meanwhile is begun again."""
        with self._lock:
            self._busy.difference_update(map(_key, uploads))
        self.changed.set()

    def begin_telling(self, now: int) -> list[Upload]:
        """Uploads of which a status is due to be told, the caller's until `end_telling`. `now` is Unix seconds."""
        with self._lock:
            due = [
                upload
                for key, upload in self._open.items()
                if upload.untold and upload.untold[0].due <= now and key not in self._telling
            ]
            self._telling.update(map(_key, due))
            return due

    def end_telling(self, upload: Upload) -> None:
        """Gives an upload back."""
        with self._lock:
            self._telling.discard(_key(upload))
        self.changed.set()

    def move(
        self,
        uploads: Iterable[Upload],
        status: UploadStatus,
        error: UploadError | None = None,
        session: Callable[[Upload], int | None] = lambda _: None,
    ) -> None:
        """Gives uploads a status, durably, together with what is to be told of it. Raises EngineFault."""
        now = self._clock() // 1_000_000

        def edit(upload: Upload) -> Upload:
            found = session(upload)
            told = Untold(status, now, error, found, 0, now)
            return structs.replace(
                upload,
                status=status,
                error_code=error,
                call_session_id=found,
                failures=upload.failures + (status is UploadStatus.ERROR),
                untold=(*upload.untold, told) if status in upload.callback.events else upload.untold,
            )

        self.change(uploads, edit)

    def change(self, uploads: Iterable[Upload], edit: Edit) -> None:
        """Changes rows as they are now, durably; those that were uploaded anew since are left alone."""
        with self._lock:
            seen = list(uploads)
            if not self._engine.embedded:
                self._see_what_others_accepted(seen)
            rows = []
            for upload in seen:
                row = self._open.get(_key(upload))
                if row is not None and row.ext_request_id == upload.ext_request_id:
                    rows.append(structs.replace(edit(row), version=self._version(row)))
            write_uploads(self._engine, rows)
            for row in rows:
                if row.status in _OPEN or row.untold:
                    self._open[_key(row)] = row
                else:
                    del self._open[_key(row)]

    def _see_what_others_accepted(self, uploads: Iterable[Upload]) -> None:
        of_accounts: dict[int, set[str]] = defaultdict(set)
        for upload in uploads:
            of_accounts[upload.account].add(upload.ext_id)
        for account, ext_ids in of_accounts.items():
            for row in uploads_of(self._engine, account, ext_ids).values():
                if row.version > self._open.get(_key(row), row).version:
                    self._open[_key(row)] = row

    def _anew(self, upload: Upload, old: Upload | None) -> Upload:
        if old is None:
            return structs.replace(upload, version=self._version(None))
        untold = old.untold if upload.callback.url else ()
        return structs.replace(upload, failures=old.failures, untold=untold, version=self._version(old))

    def _version(self, old: Upload | None) -> int:
        now = self._clock()
        return now if old is None else max(now, old.version + 1)


def _key(upload: Upload) -> Key:
    return upload.account, upload.ext_id


def _is_settled(upload: Upload) -> bool:
    return upload.status == UploadStatus.PROCESSED or upload.failures >= MOST_FAILURES
