"""The data folder: its lock and the place of its control socket; knows nothing of what is stored in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LOCK: Final = "lock"
_SOCKET: Final = "control.sock"
_SCRATCH: Final = "tmp"
_LONGEST_ADDRESS: Final = 100
"""Addresses of sockets end at 104 bytes on some systems and at 108 on others."""


class DataFolder:
    """A folder that one process owns at a time; made when it does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held: int | None = None

    def claim(self) -> bool:
        """Takes the folder for this process; False while another one has it. The system ends it with the process."""
        descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._held = descriptor
        self._keep_scratch()
        return True

    def release(self) -> None:
        """Gives the folder back."""
        if self._held is not None:
            tempfile.tempdir = None
            os.close(self._held)
            self._held = None

    def _keep_scratch(self) -> None:
        """Keeps this process's temporary files in the folder: they may hold calls, and a kill leaves them behind."""
        scratch = self.path / _SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        tempfile.tempdir = str(scratch)

    def holder(self) -> str:
        """Who has the folder, for a message."""
        number = (self.path / _LOCK).read_text("ascii")
        return f"process {number}" if number else "another process"

    @contextmanager
    def control_address(self) -> Iterator[str]:
        """The address of the control socket, short enough for the system, while the context lasts."""
        plain = str(self.path / _SOCKET)
        if len(os.fsencode(plain)) <= _LONGEST_ADDRESS:
            yield plain
            return
        place = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 - shorter than the folder's own
        with tempfile.TemporaryDirectory(prefix="ringledger-", dir=place) as short:
            link = Path(short) / "data"
            link.symlink_to(self.path)
            yield str(link / _SOCKET)
