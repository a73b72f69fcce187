"""Reads a request's body, up to a length, and the id that it goes by; knows nothing of what is in it."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive

TOO_LONG: Final = (413, "body_too_long")
"""What a body that is too long is answered with, and what the request log calls it."""


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


def request_id(headers: Headers) -> str:
    """The X-Request-Id that the client gave, or a new one."""
    return headers.get("x-request-id", "")[:100] or secrets.token_hex(8)
