"""What counts as a sound file, and what comes out of one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.intake.sounds import encoded, mp3, tone, wav

from ringledger.calls.codes import UploadError
from ringledger.intake.audio import Audio, BadAudio, convert, inspect

TELEPHONE_KINDS = ["PCM_16", "PCM_U8", "PCM_24", "FLOAT", "ULAW", "ALAW", "GSM610", "IMA_ADPCM"]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "sound"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("subtype", TELEPHONE_KINDS)
def test_every_wav_that_switches_write_is_understood(tmp_path: Path, subtype: str) -> None:
    found = inspect(written(tmp_path, encoded("WAV", subtype, tone(1.0))))
    assert (found.kind, found.rate, found.channels) == ("wav", 8000, 1)
    assert found.seconds == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (8000, 2), (16000, 1), (44100, 2)])
def test_wav_becomes_mp3_and_mp3_becomes_wav_of_the_same_length(tmp_path: Path, rate: int, channels: int) -> None:
    source = written(tmp_path, wav(2.0, rate, channels))
    as_mp3, as_wav = tmp_path / "out.mp3", tmp_path / "out.wav"
    assert convert(source, as_mp3) == Audio("wav", rate, channels, 2.0)
    assert inspect(as_mp3) == Audio("mp3", rate, channels, 2.0)
    convert(as_mp3, as_wav)
    assert inspect(as_wav) == Audio("wav", rate, channels, 2.0)
    assert as_wav.stat().st_size == 44 + 2 * 2 * rate * channels


def test_a_recorder_that_could_not_go_back_leaves_a_length_that_is_no_fault(tmp_path: Path) -> None:
    content = bytearray(wav(1.0))
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    assert inspect(written(tmp_path, bytes(content))).seconds == pytest.approx(1.0)


def _damaged() -> dict[str, bytes]:
    chance = random.Random(1)
    whole, sound = wav(1.0), mp3(20.0)
    noise = chance.randbytes(20_000)
    return {
        "a WAV that was cut off": whole[:9000],
        "a WAV of nothing but its header": whole[:44],
        "half a WAV header": whole[:30],
        "an MP3 that was cut off": sound[: len(sound) // 2],
        "an MP3 with noise in the middle": sound[:5000] + noise + sound[25_000:],
        "an MP3 of a few bytes": sound[:100],
    }


@pytest.mark.parametrize(("content"), _damaged().values(), ids=_damaged())
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadAudio) as caught:
        inspect(written(tmp_path, content))
    assert caught.value.code is UploadError.RECORD_DAMAGED


_OTHERS = {
    "a page": b"<html>not found</html>" * 100,
    "nothing": b"",
    "FLAC": encoded("FLAC", None, tone(0.5)),
    "more than two channels": wav(0.2, channels=3),
    "a rate that MP3 does not have": wav(0.2, rate=96_000),
}


@pytest.mark.parametrize("content", _OTHERS.values(), ids=_OTHERS)
def test_what_is_neither_wav_nor_mp3_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadAudio) as caught:
        convert(written(tmp_path, content), tmp_path / "out.mp3")
    assert caught.value.code is UploadError.RECORD_FORMAT_NOT_SUPPORTED
