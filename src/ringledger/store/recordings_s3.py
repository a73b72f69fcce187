"""Recordings in an S3-compatible bucket; the same promises as the folder's, kept by the bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from ringledger.faults import OperatorFault
from ringledger.store.recordings import StoredFile, digest_of, is_digest

_PIECE: Final = 1 << 20
_OPTIONS: Final = frozenset({"endpoint", "region"})


class BucketStore:
    """The bucket of `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`; the keys come from AWS_ACCESS_KEY_ID and its like.

    An object is PREFIX/ACCOUNT/digest.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        if not parts.netloc or not set(options) <= _OPTIONS:
            raise OperatorFault("recordings in a bucket are s3://BUCKET/PREFIX?endpoint=URL&region=NAME")
        plain = str(options.get("endpoint", "")).startswith("http://")
        try:
            self._store = S3Store(
                parts.netloc,
                prefix=parts.path.strip("/") or None,
                client_options={"allow_http": plain, "timeout": "60s"},
                retry_config={"max_retries": 3},
                **options,
            )
        except BaseError as error:
            raise OperatorFault(f"the recordings' bucket {parts.netloc!r} cannot be opened: {error}") from None

    def put(self, account: int, source: Path) -> str:
        """Keeps a copy; a bucket shows an object whole or not at all and has it on disks when it says so."""
        digest = digest_of(source)
        if self.find(account, digest) is None:
            with _faults():
                obstore.put(self._store, _key(account, digest), source)
        return digest

    def find(self, account: int, digest: str) -> StoredFile | None:
        """The account's object of that digest, or None."""
        key = _key(account, digest)
        with _faults():
            try:
                found = obstore.head(self._store, key)
            except (NotFoundError, FileNotFoundError):
                return None
        return _Object(self._store, key, found["size"])

    def delete(self, account: int, digest: str) -> None:
        """Removes the object."""
        with _faults():
            try:
                obstore.delete(self._store, _key(account, digest))
            except (NotFoundError, FileNotFoundError):
                return

    def files(self, account: int) -> Iterator[tuple[str, float]]:
        """Digest and time of writing of what the account has."""
        with _faults():
            for page in obstore.list(self._store, f"{account}/"):
                for found in page:
                    digest = found["path"].rpartition("/")[2]
                    if is_digest(digest):
                        yield digest, found["last_modified"].timestamp()


class _Object(msgspec.Struct, frozen=True):
    store: S3Store
    key: str
    size: int

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            end = min(stop, start + _PIECE)
            with _faults():
                piece = obstore.get_range(self.store, self.key, start=start, end=end)
            yield bytes(piece)
            start = end


@contextmanager
def _faults() -> Iterator[None]:
    """The library's faults as those of a file system, so that both kinds of store fail alike."""
    try:
        yield
    except BaseError as error:
        raise OSError(f"the recordings' bucket failed: {error}") from error


def _key(account: int, digest: str) -> str:
    if not is_digest(digest):
        raise ValueError(f"{digest!r} is no digest")
    return f"{account}/{digest}"
