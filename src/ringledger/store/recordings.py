"""Recordings as files named by their content (SHA-256), an account's apart from every other's; knows no calls."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from ringledger.faults import OperatorFault

_PIECE: Final = 1 << 18


class StoredFile(Protocol):
    """A file of the store."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to but not including `stop`, in pieces. Raises OSError."""


class RecordingStore(Protocol):
    """Where recordings are kept; its methods may be called from any thread and raise OSError where it fails."""

    def put(self, account: int, source: Path) -> str:
        """Keeps a copy of the file and returns its digest; when it returns the copy is durable."""

    def find(self, account: int, digest: str) -> StoredFile | None:
        """The account's file of that digest, or None."""

    def delete(self, account: int, digest: str) -> None:
        """Removes the file; one that is not there is no fault."""

    def files(self, account: int) -> Iterator[tuple[str, float]]:
        """Digest and time of writing, in Unix seconds, of every file that the account has."""


def open_recordings(url: str) -> RecordingStore:
    """The store of `file:///FOLDER` or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`. Raises OperatorFault."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        from ringledger.store.recordings_s3 import BucketStore  # noqa: PLC0415 - only who has a bucket pays for it

        return BucketStore(url)
    raise OperatorFault(f"the recordings' {url!r} is neither file:///FOLDER nor s3://BUCKET; set --recordings")


def digest_of(source: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FolderStore:
    """Recordings in a folder: FOLDER/ACCOUNT/first two digits/digest."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, account: int, source: Path) -> str:
        """Keeps a copy: it appears whole or not at all, and is on disk with its name when this returns."""
        digest = digest_of(source)
        target = self._path(account, digest)
        if target.exists():
            return digest
        self._make_folder(target.parent)
        unfinished = target.with_name(f".{digest}.{secrets.token_hex(4)}.part")
        try:
            with source.open("rb") as old, unfinished.open("xb") as new:
                shutil.copyfileobj(old, new, _PIECE)
                new.flush()
                os.fsync(new.fileno())
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync(target.parent)
        return digest

    def find(self, account: int, digest: str) -> StoredFile | None:
        """The account's file of that digest, or None."""
        path = self._path(account, digest)
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return _File(path, found.st_size)

    def delete(self, account: int, digest: str) -> None:
        """Removes the file."""
        self._path(account, digest).unlink(missing_ok=True)

    def files(self, account: int) -> Iterator[tuple[str, float]]:
        """Digest and time of writing of what the account has."""
        for path in (self._root / str(account)).glob("??/*"):
            if is_digest(path.name):
                yield path.name, path.stat().st_mtime

    def _path(self, account: int, digest: str) -> Path:
        if not is_digest(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self._root / str(account) / digest[:2] / digest

    def _make_folder(self, folder: Path) -> None:
        """Makes a folder and those above it; their names are on disk too when this returns."""
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in reversed(missing):
            _sync(one.parent)


class _File(msgspec.Struct, frozen=True):
    path: Path
    size: int

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(start)
            left = stop - start
            while left and (piece := file.read(min(left, _PIECE))):
                left -= len(piece)
                yield piece


def is_digest(text: str) -> bool:
    """Whether the text is a SHA-256 in lower-case hexadecimal digits."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
