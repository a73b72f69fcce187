"""Sound files made for the tests: a tone as WAV or MP3."""

from __future__ import annotations

import io
import math
import wave
from array import array

import soundfile


def wav(seconds: float = 1.0, rate: int = 8000, channels: int = 1, pitch: int = 440) -> bytes:
    """A tone as the content of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(tone(seconds, rate, channels, pitch))
    return file.getvalue()


def mp3(seconds: float = 1.0, rate: int = 8000, channels: int = 1, pitch: int = 440) -> bytes:
    """A tone as the content of an MP3 file."""
    return encoded("MP3", None, tone(seconds, rate, channels, pitch), rate, channels)


def encoded(kind: str, subtype: str | None, samples: bytes, rate: int = 8000, channels: int = 1) -> bytes:
    """Samples of 16 bits as the content of a sound file of another kind."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, channels, subtype, format=kind) as out:
        out.buffer_write(samples, "int16")
    return file.getvalue()


def tone(seconds: float, rate: int = 8000, channels: int = 1, pitch: int = 440) -> bytes:
    """Samples of 16 bits of a tone."""
    frames = (int(12_000 * math.sin(2 * math.pi * pitch * at / rate)) for at in range(int(rate * seconds)))
    return array("h", (sample for sample in frames for _ in range(channels))).tobytes()
