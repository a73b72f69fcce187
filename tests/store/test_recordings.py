"""Recordings are kept by their content, an account's apart from the others', in a folder and in a bucket alike."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ringledger.faults import OperatorFault
from ringledger.store.recordings import RecordingStore, open_recordings

CONTENT = bytes(range(256)) * 3000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A small S3-compatible server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="calls")
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingStore:
    if request.param == "folder":
        return open_recordings(f"file://{tmp_path}/recordings")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    endpoint = request.getfixturevalue("endpoint")
    return open_recordings(f"s3://calls/{tmp_path.name}?endpoint={endpoint}&region=us-east-1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def test_what_is_put_is_found_by_its_digest_and_read_in_parts(store: RecordingStore, source: Path) -> None:
    assert store.put(7, source) == DIGEST
    found = store.find(7, DIGEST)
    assert found is not None
    assert found.size == len(CONTENT)
    assert [changed > 1_700_000_000 for _, changed in store.files(7)] == [True]
    assert b"".join(found.read(0, found.size)) == CONTENT
    assert b"".join(found.read(255, 258)) == b"\xff\x00\x01"


def test_the_same_content_is_kept_once(store: RecordingStore, source: Path) -> None:
    assert store.put(7, source) == store.put(7, source)
    assert [digest for digest, _ in store.files(7)] == [DIGEST]


def test_an_account_has_nothing_of_another(store: RecordingStore, source: Path) -> None:
    store.put(7, source)
    store.put(71, source)
    assert store.find(8, DIGEST) is None
    store.delete(71, DIGEST)
    assert store.find(7, DIGEST) is not None
    assert list(store.files(71)) == []


def test_a_deleted_file_is_gone_and_may_be_deleted_again(store: RecordingStore, source: Path) -> None:
    store.put(7, source)
    store.delete(7, DIGEST)
    store.delete(7, DIGEST)
    assert store.find(7, DIGEST) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "0" * 65, "A" * 64, "..", "a/b"])
def test_a_name_that_is_no_digest_leads_nowhere(store: RecordingStore, name: str) -> None:
    with pytest.raises(ValueError, match="no digest"):
        store.find(7, name)


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = open_recordings(f"file://{tmp_path}/recordings")
    with pytest.raises(FileNotFoundError):
        store.put(7, tmp_path / "none")
    assert list(store.files(7)) == []


def test_a_bucket_that_does_not_answer_fails_as_a_disk_would(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = open_recordings(f"s3://calls?endpoint=http://127.0.0.1:{port}&region=us-east-1")
    with pytest.raises(OSError, match="bucket failed"):
        store.find(7, DIGEST)


@pytest.mark.parametrize("url", ["ftp://host/x", "s3:///prefix", "s3://calls?access_key=1"])
def test_an_address_that_is_no_store_is_told(url: str) -> None:
    with pytest.raises(OperatorFault):
        open_recordings(url)
