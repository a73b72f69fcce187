"""Sound files: what one holds, and the same sound as MP3 or WAV; decodes nothing in this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import msgspec

from ringledger.calls.codes import UploadError

_LONGEST: Final = 900
"""Seconds that a file may take to be decoded."""


class BadAudio(Exception):  # noqa: N818 - a fault of a file
    """A sound file that is not taken, with the code that says why."""

    def __init__(self, code: UploadError) -> None:
        super().__init__(code.label)
        self.code = code


class Audio(msgspec.Struct, frozen=True):
    """A sound file that was decoded to its end: `kind` is "wav" or "mp3", `rate` samples a second."""

    kind: str
    rate: int
    channels: int
    seconds: float


class _Answer(msgspec.Struct):
    kind: str = ""
    rate: int = 0
    channels: int = 0
    seconds: float = 0.0
    fault: str = ""


_FAULTS: Final = {"damaged": UploadError.RECORD_DAMAGED, "unsupported": UploadError.RECORD_FORMAT_NOT_SUPPORTED}


_TURNS: Final = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
"""More than the cores would only wait for each other."""


def inspect(source: Path) -> Audio:
    """What the file holds. Raises BadAudio for one that is damaged or neither WAV nor MP3."""
    return _run(source)


def convert(source: Path, target: Path) -> Audio:
    """Writes the sound to `target` as its ending, .wav or .mp3, says. Raises BadAudio."""
    return _run(source, target)


def _run(*files: Path) -> Audio:
    command = [sys.executable, "-m", "ringledger.intake.audio_tool", *map(str, files)]
    try:
        with _TURNS:
            done = subprocess.run(command, capture_output=True, timeout=_LONGEST, check=False)  # noqa: S603 - our own
        answer = msgspec.json.decode(done.stdout, type=_Answer)
    except (subprocess.TimeoutExpired, msgspec.DecodeError):
        raise BadAudio(UploadError.RECORD_DAMAGED) from None
    if answer.fault:
        raise BadAudio(_FAULTS[answer.fault])
    return Audio(answer.kind, answer.rate, answer.channels, answer.seconds)
