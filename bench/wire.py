"""HTTP/1.1 as lean as Python allows: requests that are bytes already, a buffer a connection, no copies while timed."""

from __future__ import annotations

import itertools
import selectors
import socket
import time
from collections.abc import Iterator
from typing import Final

import msgspec

Address = tuple[str, int]

_IDLE: Final = 1.5
"""Seconds after which a connection is opened anew: servers close idle ones, and a request must not meet that."""
_LAST_CHUNK: Final = b"0\r\n\r\n"


class Connection:
    """A connection that is kept; takes one reply at a time."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._buffer = bytearray(1 << 20)
        self._used = 0.0
        self._forget_reply()
        self.socket = self._connect()

    def send(self, request: bytes) -> None:
        """Sends a request; its reply takes the place of the last one."""
        self._forget_reply()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Takes what has come of the reply; whether that is all of it."""
        if self._filled == len(self._buffer):
            self._buffer.extend(bytes(len(self._buffer)))
        came = self.socket.recv_into(memoryview(self._buffer)[self._filled :])
        if not came:
            raise ConnectionError("the server closed the connection before the end of its reply")
        self._filled += came
        if not self._body:
            self._read_head()
        if not self._body:
            return False
        if self._length is None:
            return self._buffer[self._filled - 5 : self._filled] == _LAST_CHUNK
        return self._filled - self._body >= self._length

    def body(self) -> bytes:
        """The reply's body."""
        body = bytes(memoryview(self._buffer)[self._body : self._filled])
        return body if self._length is not None else b"".join(_chunks(body))

    def time(self, request: bytes) -> float:
        """Milliseconds from the request to the reply's last byte."""
        if time.monotonic() - self._used > _IDLE:
            self.close()
            self.socket = self._connect()
        started = time.perf_counter()
        self.send(request)
        while not self.receive():
            pass
        taken = (time.perf_counter() - started) * 1000
        self._used = time.monotonic()
        return taken

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _forget_reply(self) -> None:
        self._filled = self._body = 0
        self._length: int | None = 0

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n", 0, self._filled)
        if end < 0:
            return
        status, *lines = bytes(self._buffer[:end]).lower().split(b"\r\n")
        headers = dict(line.split(b": ", 1) for line in lines)
        self._body = end + 4
        chunked = headers.get(b"transfer-encoding") == b"chunked"
        self._length = None if chunked else int(headers[b"content-length"])
        if status.split()[1] != b"200":
            raise ConnectionError(f"{status.decode()}: {bytes(self._buffer[: self._filled]).decode()[-500:]}")


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].split(b";")[0], 16)
        if not size:
            return
        yield body[end + 2 : end + 2 + size]
        at = end + 4 + size


class Flood(msgspec.Struct, frozen=True):
    """What came of many requests at once; `kept` are some of the replies, by their request's place in the stream."""

    replies: int
    seconds: float
    kept: list[tuple[int, bytes]]


def is_kept(place: int) -> bool:
    """Whether that reply is kept to be checked: the first, and ever fewer after it."""
    return place & (place + 1) == 0


def flood(address: Address, requests: Iterator[bytes], clients: int, seconds: float) -> Flood:
    """So many clients, each sending its next request when the last one's reply is there.

    After `seconds`, or at the end of the requests, none is sent any more; replies under way are waited for and counted.
    """
    numbered = enumerate(requests)
    begin = last = time.perf_counter()
    replies, kept = 0, []
    with selectors.DefaultSelector() as waiting:
        for place, request in itertools.islice(numbered, clients):
            connection = Connection(address)
            connection.send(request)
            waiting.register(connection.socket, selectors.EVENT_READ, [connection, place])
        while waiting.get_map():
            for key, _ in waiting.select(120):
                connection, place = key.data
                if not connection.receive():
                    continue
                replies, last = replies + 1, time.perf_counter()
                if is_kept(place):
                    kept.append((place, connection.body()))
                following = next(numbered, None) if last - begin < seconds else None
                if following is None:
                    waiting.unregister(connection.socket)
                    connection.close()
                else:
                    key.data[1] = following[0]
                    connection.send(following[1])
    return Flood(replies, last - begin, kept)


def request(method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
    """A request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
