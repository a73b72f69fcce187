"""A client of Asterisk's manager interface that hears its events; understands none of them.

Own code: of the protocol a listener needs a login, a ping and the blank line between messages, and the client libraries
that there are drop bytes that are no UTF-8, block the loop while they reconnect, or log what they send.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import msgspec

_END: Final = b"\r\n\r\n"
_LONGEST: Final = 1 << 24
"""Bytes that wait unread before the switch is made to wait; a message is never as long."""
_ANSWERS_WITHIN: Final = 10.0
_CLOSES_WITHIN: Final = 1.0
_QUIET: Final = 20.0
"""Seconds of silence after which the switch is asked whether it is still there."""


class AmiError(Exception):
    """The switch refused, or does not speak the protocol."""


class AmiLogin(msgspec.Struct, frozen=True):
    """Where a manager interface is and who asks; the secret is not shown when it is printed.

    With `tls` the connection is made over TLS by its rules.
    """

    host: str
    port: int
    user: str
    secret: str
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        """The login without its secret."""
        return f"AmiLogin({self.user}@{self.host}:{self.port})"


class AmiConnection:
    """A connection that is logged in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def message(self) -> bytes:
        """The next message; pings the switch when it is quiet. Raises OSError, EOFError, TimeoutError."""
        try:
            return await self._next(_QUIET)
        except TimeoutError:
            self._send({"Action": "Ping"})
            return await self._next(_ANSWERS_WITHIN)

    async def more(self, within: float, most: int) -> list[bytes]:
        """The messages that come within so many seconds, at most so many; a loss is told by the next `message`."""
        found: list[bytes] = []
        try:
            async with asyncio.timeout(within):
                while len(found) < most:
                    found.append(await self._read())
        except (OSError, EOFError):  # TimeoutError is one
            pass
        return found

    async def login(self, login: AmiLogin) -> None:
        """Logs in without sending the secret itself. Raises AmiError, and as `message` does."""
        async with asyncio.timeout(_ANSWERS_WITHIN):
            greeting = await self._reader.readuntil(b"\r\n")
        if not greeting.startswith(b"Asterisk Call Manager/"):
            raise AmiError("no manager interface of Asterisk answers there")
        challenge = (await self._ask({"Action": "Challenge", "AuthType": "MD5"})).get("Challenge", "")
        # The protocol's own digest; it keeps the secret off the wire.
        key = hashlib.md5(f"{challenge}{login.secret}".encode(), usedforsecurity=False).hexdigest()
        asked = {"Action": "Login", "AuthType": "MD5", "Username": login.user, "Key": key, "Events": "call"}
        await self._ask(asked)

    async def _ask(self, action: Mapping[str, str]) -> dict[str, str]:
        self._send(action)
        while True:
            told = headers(await self._next(_ANSWERS_WITHIN))
            if told.get("Response") == "Success":
                return told
            if "Response" in told:
                raise AmiError(f"{action['Action']} was refused: {told.get('Message', 'no reason told')}")

    async def _next(self, within: float) -> bytes:
        async with asyncio.timeout(within):
            return await self._read()

    async def _read(self) -> bytes:
        return await self._reader.readuntil(_END)

    def _send(self, action: Mapping[str, str]) -> None:
        lines = (f"{name}: {value}\r\n" for name, value in action.items())
        self._writer.write(("".join(lines) + "\r\n").encode())


@asynccontextmanager
async def connected(login: AmiLogin) -> AsyncIterator[AmiConnection]:
    """A connection, logged in. Raises AmiError, OSError, EOFError and TimeoutError."""
    async with asyncio.timeout(_ANSWERS_WITHIN):
        reader, writer = await asyncio.open_connection(login.host, login.port, limit=_LONGEST, ssl=login.tls)
    try:
        connection = AmiConnection(reader, writer)
        await connection.login(login)
        yield connection
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Returns when the connection is gone: nothing of it may outlive its loop. A dead switch is not waited for."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSES_WITHIN):
            await writer.wait_closed()
    except OSError:  # TimeoutError is one
        writer.transport.abort()
        await asyncio.sleep(0)


def headers(message: bytes) -> dict[str, str]:
    """The headers of a message by their names."""
    pairs = (line.partition(":") for line in message.decode("utf-8", "replace").split("\r\n"))
    return {name.strip(): value.strip() for name, _, value in pairs if name}
