"""Checks and converts one sound file, as a process of its own: what is damaged on purpose harms only that process.

`python -m ringledger.intake.audio_tool SOURCE [TARGET]` decodes SOURCE to its end, writes TARGET as WAV or MP3 by its
ending, and prints {"kind", "rate", "channels", "seconds"} or {"fault": "damaged" or "unsupported"}.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final

import soundfile

_KINDS: Final = {"WAV": "wav", "WAVEX": "wav", "MP3": "mp3"}
_WRITTEN: Final[dict[str, dict[str, Any]]] = {
    ".wav": {"format": "WAV", "subtype": "PCM_16"},
    # 32 kbit/s for one telephone channel; variable rates leave the encoder's frames at the edge of what decoders take.
    ".mp3": {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": 0.6},
}
_RATES: Final = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
"""What MP3 can carry."""

_MEMORY: Final = 2 << 30
_CPU_SECONDS: Final = 600
_BUFFER: Final = 1 << 18
_UNKNOWN_SIZES: Final = frozenset({0, 0xFFFFFFFF})
"""What recorders that cannot go back write as the length of a chunk."""


class _BadFileError(Exception):
    """The file is not taken; its text is the fault that is printed."""


def work(source: Path, target: Path | None) -> dict[str, object]:
    """Decodes the whole file, and writes the target where there is one."""
    try:
        return _decoded(source, target)
    except soundfile.SoundFileError as error:
        fault = "unsupported" if "Format not recognised" in str(error) else "damaged"
        raise _BadFileError(fault) from error


def _decoded(source: Path, target: Path | None) -> dict[str, object]:
    # By descriptor: a name's ending would be believed more than the content.
    with soundfile.SoundFile(os.open(source, os.O_RDONLY)) as sound, contextlib.ExitStack() as opened:
        kind = _KINDS.get(sound.format)
        if kind is None or sound.channels > 2 or sound.samplerate not in _RATES:
            raise _BadFileError("unsupported")
        written = None
        if target is not None:
            form = _WRITTEN[target.suffix]
            written = soundfile.SoundFile(target, "w", sound.samplerate, sound.channels, **form)
            opened.enter_context(written)
        frames = _copied(sound, written)
        if frames == 0 or _is_cut_off(source, kind, frames, sound.frames):
            raise _BadFileError("damaged")
        rate = sound.samplerate
        return {"kind": kind, "rate": rate, "channels": sound.channels, "seconds": frames / rate}


def _copied(sound: Any, written: Any) -> int:  # noqa: ANN401 - the library has no types
    buffer = bytearray(_BUFFER)
    frames = 0
    while read := sound.buffer_read_into(buffer, "int16"):
        frames += read
        if written is not None:
            written.buffer_write(memoryview(buffer)[: read * sound.channels * 2], "int16")
    return frames


def _is_cut_off(source: Path, kind: str, decoded: int, stated: int) -> bool:
    """Whether the file says of itself that there was more."""
    with source.open("rb") as file:
        if kind == "wav":
            return _lacks_data(file, source.stat().st_size)
        head = file.read(1 << 16)
    # Without a header that counts the frames, the library's number is a guess.
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI")) and decoded < 0.98 * stated


def _lacks_data(file: BinaryIO, size: int) -> bool:
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"data":
            return length not in _UNKNOWN_SIZES and at + 8 + length > size
        at += 8 + length + length % 2
    return True


def main(arguments: list[str]) -> None:
    """Prints what became of the file."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    target = Path(arguments[1]) if len(arguments) > 1 else None
    try:
        answer = work(Path(arguments[0]), target)
    except _BadFileError as fault:
        answer = {"fault": str(fault)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
