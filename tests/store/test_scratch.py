"""The scratch file keeps the newest bytes and tells when others were written over what is asked for."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from ringledger.at_once import TakesTimeError, at_once
from ringledger.store.scratch import Scratch


def test_the_newest_bytes_are_there_and_what_was_written_over_is_gone() -> None:
    random, scratch = Random(1), Scratch(10_000)
    kept: list[tuple[int, bytes]] = []
    for _ in range(400):
        data = random.randbytes(random.randrange(1, 900))
        place = scratch.put(data)
        assert place is not None
        kept.append((place, data))
        there = [(at, one) for at, one in kept if scratch.has(at)]
        assert there == kept[len(kept) - len(there) :], "the newest"
        assert sum(len(one) for _, one in there) > 8000 or len(there) == len(kept)
        assert all(scratch.get(at, len(one)) == one for at, one in there)
        if len(there) < len(kept):
            with pytest.raises(LookupError):
                scratch.get(*kept[0][:1], len(kept[0][1]))


def test_what_would_take_more_than_half_of_the_file_is_not_kept() -> None:
    scratch = Scratch(1000)
    assert scratch.put(bytes(501)) is None
    place = scratch.put(b"a" * 500)
    assert place is not None
    assert scratch.get(place, 500) == b"a" * 500


def test_the_file_leaves_most_of_a_full_disk_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4000))
    scratch = Scratch(1_000_000)
    places = [scratch.put(bytes(100)) for _ in range(100)]
    assert [scratch.has(place) for place in places if place is not None] == [False] * 90 + [True] * 10


def test_the_file_has_no_name_and_is_closed_with_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scratch = Scratch(1000)
    scratch.put(b"a caller's number")
    assert list(tmp_path.iterdir()) == []
    assert len(_open_in(tmp_path)) == 1
    del scratch
    assert _open_in(tmp_path) == []


def _open_in(folder: Path) -> list[str]:
    """The files in the folder that this process has open, those without a name among them."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that the list was read by
            found.append(str(descriptor.readlink()))
    return [file for file in found if file.startswith(str(folder))]


def test_in_haste_bytes_are_read_from_memory_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = Scratch(1000)
    place = scratch.put(b"a" * 500)
    assert place is not None
    with at_once():
        assert scratch.get(place, 500) == b"a" * 500

    def on_disk(*_: object) -> int:
        raise BlockingIOError

    for absent in (on_disk, lambda *_: 499):
        monkeypatch.setattr(os, "preadv", absent)
        with at_once(), pytest.raises(TakesTimeError):
            scratch.get(place, 500)
        assert scratch.get(place, 500) == b"a" * 500, "who may wait reads it from the disk"
