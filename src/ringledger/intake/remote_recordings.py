"""Recordings at addresses that callers name: fetched within bounds and taken into the store; knows no calls."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import msgspec

from ringledger.calls.codes import UploadError
from ringledger.intake.audio import BadAudio
from ringledger.intake.outbound import Failure, Outbound, OutboundFault
from ringledger.intake.recordings import Kept, Recordings

_FAILURES: Final = {
    Failure.REFUSED: UploadError.RECORD_ADDRESS_REFUSED,
    Failure.UNREACHABLE: UploadError.RECORD_NOT_REACHABLE,
    Failure.TIMEOUT: UploadError.RECORD_DOWNLOAD_TIMEOUT,
    Failure.TOO_LARGE: UploadError.RECORD_TOO_LARGE,
    Failure.NOT_FOUND: UploadError.RECORD_NOT_FOUND,
    Failure.BROKEN: UploadError.RECORD_DOWNLOAD_FAILED,
}


class Limits(msgspec.Struct, frozen=True):
    """How large a recording may be, in bytes, and how long it may take to fetch, in seconds."""

    size: int
    seconds: float


class RemoteRecordings:
    """Fetches recordings; may be used from any thread."""

    def __init__(self, recordings: Recordings, outbound: Outbound, limits: Limits) -> None:
        self._recordings = recordings
        self._outbound = outbound
        self._limits = limits

    def keep(self, account: int, url: str) -> Kept:
        """Takes what the address answers into the account's store.

        Raises BadAudio, OutboundFault, Interrupted and OSError.
        """
        with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
            path = Path(folder, "recording")
            with path.open("wb") as file:
                self._outbound.download(url, file, self._limits.size, self._limits.seconds)
            return self._recordings.keep(account, path)

    def interrupt(self) -> None:
        """Has what is being fetched given up, because the server stops."""
        self._outbound.close()


def reason_code(fault: BadAudio | OutboundFault) -> UploadError:
    """Why a recording was not taken."""
    return fault.code if isinstance(fault, BadAudio) else _FAILURES[fault.failure]
