from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
import uvicorn

from ringledger.cli.folder import DataFolder
from ringledger.cli.remote import Remote
from ringledger.faults import EngineFault, OperatorFault, RecordFault
from ringledger.http.control import control

Emit = Callable[[Mapping[str, object]], None]


def count(emit: Emit, *, to: int) -> dict[str, object]:
    for number in range(1, to + 1):
        emit({"progress": number})
    emit({"message": "counted «all»"})
    return {"counted": to}


def endless(emit: Emit) -> dict[str, object]:
    while True:
        emit({"progress": 1})
        time.sleep(0.01)


def fail(emit: Emit, *, how: str) -> dict[str, object]:
    faults: dict[str, Exception] = {
        "operator": OperatorFault("there is no account 'x'"),
        "record": RecordFault("no id"),
        "engine": EngineFault("disk full"),
        "file": FileNotFoundError(2, "No such file or directory", "/a"),
        "bug": ZeroDivisionError("secret"),
    }
    raise faults[how]


def pieces(*, of: int) -> Iterator[bytes]:
    for number in range(of):
        yield b"%d" % number * 70_000


class Endless:
    """An export without an end that knows when it is closed."""

    def __init__(self) -> None:
        self.is_closed = threading.Event()

    def __call__(self) -> Iterator[bytes]:
        try:
            while True:
                yield bytes(70_000)
        finally:
            self.is_closed.set()


def broken(*, after: int) -> Iterator[bytes]:
    yield from pieces(of=after)
    raise OperatorFault("there is no account 'x'")


@pytest.fixture(params=["short", "a" * 150])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / request.param)


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def flood() -> Endless:
    return Endless()


@pytest.fixture
def remote(folder: DataFolder, stopping: threading.Event, flood: Endless) -> Iterator[Remote]:
    operations: dict[str, Callable[..., dict[str, object]]] = {"count": count, "endless": endless, "fail": fail}
    app = control(operations, {"pieces": pieces, "broken": broken, "flood": flood}, stopping)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    with folder.control_address() as address, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        client = Remote(folder)
        while not client.answers():
            time.sleep(0.01)
        yield client
        stopping.set()
        server.should_exit = True
        thread.join()


def test_an_operation_tells_and_answers(remote: Remote) -> None:
    told: list[Mapping[str, object]] = []
    assert remote.perform("count", {"to": 3}, told.append) == {"counted": 3}
    assert told == [{"progress": 1}, {"progress": 2}, {"progress": 3}, {"message": "counted «all»"}]


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("operator", "there is no account 'x'"),
        ("record", "no id"),
        ("engine", "the call store failed: disk full"),
        ("file", "/a: No such file or directory"),
        ("bug", "the server failed; its log says why"),
    ],
)
def test_a_failure_is_told_in_a_line(remote: Remote, how: str, line: str) -> None:
    with pytest.raises(OperatorFault) as caught:
        remote.perform("fail", {"how": how}, lambda _: None)
    assert str(caught.value) == line


def test_an_operation_ends_when_the_server_stops(remote: Remote, stopping: threading.Event) -> None:
    with pytest.raises(OperatorFault, match="the server is stopping; run the command again"):
        remote.perform("endless", {}, lambda _: stopping.set())


def test_an_unknown_operation_asks_for_a_restart(remote: Remote) -> None:
    with pytest.raises(OperatorFault, match="of another version and does not know 'paint'; restart it"):
        remote.perform("paint", {}, lambda _: None)


def test_an_export_comes_in_pieces(remote: Remote) -> None:
    assert b"".join(remote.export("pieces", {"of": 30})) == b"".join(pieces(of=30))
    assert list(remote.export("pieces", {"of": 0})) == []


def test_an_export_is_closed_when_its_command_leaves(remote: Remote, flood: Endless) -> None:
    gc.disable()  # nobody may depend on it
    try:
        with closing(cast("Generator[bytes]", remote.export("flood", {}))) as export:
            next(export)
        assert flood.is_closed.wait(30)
    finally:
        gc.enable()


def test_an_export_that_cannot_begin_is_told(remote: Remote) -> None:
    with pytest.raises(OperatorFault, match="there is no account 'x'"):
        list(remote.export("broken", {"after": 0}))


def test_an_export_that_breaks_off_is_no_success(remote: Remote) -> None:
    with pytest.raises(OperatorFault, match="broke off the export"):
        list(remote.export("broken", {"after": 3}))


def test_a_folder_without_a_server_does_not_answer(folder: DataFolder) -> None:
    assert not Remote(folder).answers()
