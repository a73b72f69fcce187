"""A small Asterisk for tests: speaks the manager interface's protocol and writes a CEL file, from samples' rows."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import hashlib
import io
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

SECRET = "s3cret-of-the-switch"
_NAMES = (
    *("EventName", "EventTime", "CallerIDname", "CallerIDnum", "CallerIDani", "CallerIDrdnis", "CallerIDdnid"),
    *("Exten", "Context", "Channel", "Application", "AppData", "AMAFlags", "AccountCode", "UniqueID", "LinkedID"),
    *("Peer", "Userfield", "UserDefType", "Extra"),
)


def message(row: str, *, zone: int = 0, timestamp: bool = True, late: float = 0.004) -> bytes:
    """A CSV row of cel_custom as the manager interface tells it: to the second, in a zone so many hours east."""
    columns = dict(zip(_NAMES, next(csv.reader(io.StringIO(row))), strict=True))
    moment = float(columns["EventTime"])
    local = datetime.fromtimestamp(int(moment), UTC) + timedelta(hours=zone)
    told = {"Event": "CEL", "Privilege": "call,all"}
    if timestamp:
        told["Timestamp"] = f"{moment + late:.6f}"
    told |= columns | {"EventTime": f"{local:%Y-%m-%d %H:%M:%S}"}
    del told["UserDefType"]
    return ("".join(f"{name}: {value}\r\n" for name, value in told.items()) + "\r\n").encode()


class Switch:
    """A switch with one manager user, who hears events from the login on until the connection is cut."""

    def __init__(self, file: Path | None = None, port: int = 0) -> None:
        self._file = file
        self._port = port
        self._heard: list[socket.socket] = []
        self._lock = threading.Condition()
        self.logins = 0
        self.refused = 0
        self.start()

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @property
    def port(self) -> int:
        return self._port

    def wait_for_listener(self) -> None:
        with self._lock:
            assert self._lock.wait_for(lambda: self._heard, 20), "nobody logs in"

    def tell(self, rows: Sequence[str], *, zone: int = 0, timestamp: bool = True) -> None:
        """Rows happen: they are written to the file, and told to who is logged in."""
        for row in rows:
            if self._file is not None:
                with self._file.open("a", encoding="utf-8", newline="") as file:
                    file.write(row + "\n")
            with self._lock:
                for connection in self._heard:
                    with contextlib.suppress(OSError):  # it went away
                        connection.sendall(message(row, zone=zone, timestamp=timestamp))

    def cut(self) -> None:
        """Every connection breaks off."""
        with self._lock:
            for connection in self._heard:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._heard.clear()

    def stop(self) -> None:
        """The switch goes away, its port too."""
        with contextlib.suppress(OSError):  # it is gone already
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        challenge = "164283957"
        try:
            connection.sendall(b"Asterisk Call Manager/9.0.0\r\n")
            with connection.makefile("rb") as lines:
                while action := self._action(lines):
                    self._answer(connection, action, challenge)
        except OSError:
            pass
        finally:
            with self._lock:
                if connection in self._heard:
                    self._heard.remove(connection)
                connection.close()

    def _answer(self, connection: socket.socket, action: dict[str, str], challenge: str) -> None:
        match action.get("Action"):
            case "Challenge":
                connection.sendall(f"Response: Success\r\nChallenge: {challenge}\r\n\r\n".encode())
            case "Ping":
                connection.sendall(b"Response: Success\r\nPing: Pong\r\nTimestamp: 1.0\r\n\r\n")
            case "Login":
                self.logins += 1
                key = hashlib.md5(f"{challenge}{SECRET}".encode(), usedforsecurity=False).hexdigest()
                if action.get("Username") != "ringledger" or action.get("Key") != key:
                    self.refused += 1
                    connection.sendall(b"Response: Error\r\nMessage: Authentication failed\r\n\r\n")
                    connection.close()
                    return
                with self._lock:
                    connection.sendall(b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n")
                    connection.sendall(b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n")
                    self._heard.append(connection)
                    self._lock.notify_all()

    def _action(self, lines: io.BufferedReader) -> dict[str, str]:
        found: dict[str, str] = {}
        while (line := lines.readline()) not in {b"\r\n", b""}:
            name, _, value = line.decode().partition(":")
            found[name.strip()] = value.strip()
        return found


@contextlib.contextmanager
def over_tls(port: int, certificate: Path, key: Path) -> Iterator[int]:
    """A port at which a switch's own is reached over TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        asyncio.start_server(lambda *outer: _relay(port, *outer), "127.0.0.1", ssl=context)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _relay(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
    finally:
        await asyncio.gather(_close(writer), _close(inner_writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _close(writer: asyncio.StreamWriter) -> None:
    """Returns when the connection is gone."""
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
