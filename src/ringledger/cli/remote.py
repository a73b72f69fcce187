"""Operations done by the server that owns the data folder, over its control socket; knows none of them."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, cast

from ringledger.cli.folder import DataFolder
from ringledger.faults import OperatorFault

Emit = Callable[[Mapping[str, object]], None]


class Remote:
    """The server of a data folder, as a command sees it."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def answers(self) -> bool:
        """Whether a server listens."""
        with closing(_Connection(self._folder)) as connection:
            try:
                connection.connect()
            except OSError:
                return False
            return True

    def perform(self, operation: str, arguments: Mapping[str, object], emit: Emit) -> dict[str, object]:
        """Has the operation done and passes on what it tells. Raises OperatorFault."""
        for line in self._lines(operation, arguments):
            frame = json.loads(line)
            if "result" in frame:
                return cast("dict[str, object]", frame["result"])
            if "failed" in frame:
                raise OperatorFault(frame["failed"])
            emit(frame)
        raise OperatorFault("the server went away before the work was done; run the command again")

    def export(self, operation: str, arguments: Mapping[str, object]) -> Iterator[bytes]:
        """The bytes of an export, in pieces. Raises OperatorFault."""
        with self._asked(operation, arguments) as response:
            try:
                while piece := response.read1(1 << 20):
                    yield piece
            except (http.client.HTTPException, OSError):
                raise OperatorFault("the server broke off the export; its log says why") from None

    def _lines(self, operation: str, arguments: Mapping[str, object]) -> Iterator[bytes]:
        with self._asked(operation, arguments) as response:
            try:
                yield from response
            except (http.client.HTTPException, OSError):
                return

    @contextmanager
    def _asked(self, operation: str, arguments: Mapping[str, object]) -> Iterator[http.client.HTTPResponse]:
        body = json.dumps({"operation": operation, "arguments": arguments}).encode()
        with closing(_Connection(self._folder)) as connection:
            try:
                connection.request("POST", "/", body, {"Content-Type": "application/json", "Connection": "close"})
                response = connection.getresponse()
            except (http.client.HTTPException, OSError) as error:
                raise OperatorFault(f"the server of {self._folder.path} does not answer: {error}") from None
            with response:
                if response.status != http.client.OK:
                    raise OperatorFault(_reason(response))
                yield response


class _Connection(http.client.HTTPConnection):
    def __init__(self, folder: DataFolder) -> None:
        super().__init__("localhost")
        self._folder = folder

    def connect(self) -> None:
        self.sock: Any = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with self._folder.control_address() as address:
            self.sock.connect(address)


def _reason(response: http.client.HTTPResponse) -> str:
    try:
        return str(json.loads(response.read())["failed"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered with status {response.status}; its log says why"
