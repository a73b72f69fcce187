"""Reads a request's body, up to a length; knows nothing of what is in it."""

from __future__ import annotations

from starlette.types import Receive


async def read_body(receive: Receive, longest: int) -> bytes | None:
    """The whole body, or None where it is longer than that many bytes."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > longest:
            return None
        if not message.get("more_body", False):
            return b"".join(pieces) if len(pieces) > 1 else pieces[0]
