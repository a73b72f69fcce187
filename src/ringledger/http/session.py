"""The page's cookies: the session that it holds and the token that tells its requests from forged ones."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

SESSION: Final = "ringledger_session"
CSRF: Final = "ringledger_csrf"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = {"GET", "HEAD"}
_OWN_SITES: Final = {"same-origin", "none"}


def token(connection: HTTPConnection) -> str | None:
    """The access token of the session, or None."""
    return connection.cookies.get(SESSION) or None


def csrf(connection: HTTPConnection) -> str:
    """The visitor's token against forged requests, a new one where there is none."""
    found = connection.cookies.get(CSRF, "")
    return found if len(found) == 43 else secrets.token_urlsafe(32)


def is_own(connection: HTTPConnection, sent: str) -> bool:
    """Whether a request comes from our page: it carries the visitor's token, and the browser names no other site."""
    known = connection.cookies.get(CSRF, "")
    site = connection.headers.get("sec-fetch-site", "same-origin")
    return bool(known) and hmac.compare_digest(known.encode(), sent.encode()) and site in _OWN_SITES


def keep(response: Response, connection: HTTPConnection, name: str, value: str, seconds: int | None = None) -> None:
    """Sets a cookie that no script reads and no other site sends."""
    secure = connection.url.scheme == "https" or connection.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


class Bridge:
    """Lets the page's requests through to an endpoint of the API, in the name of the cookie's session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses what may be forged; passes the session on as the header `Authorization: Bearer TOKEN`."""
        connection = HTTPConnection(scope)
        if scope["method"] not in _SAFE and not is_own(connection, connection.headers.get(CSRF_HEADER, "")):
            await PlainTextResponse("this request does not come from the page\n", 403)(scope, receive, send)
            return
        await self._app({**scope, "headers": _with_session(scope["headers"], token(connection))}, receive, send)


def _with_session(raw: Iterable[tuple[bytes, bytes]], found: str | None) -> list[tuple[bytes, bytes]]:
    headers = MutableHeaders(raw=[(name, value) for name, value in raw if name not in {b"cookie", b"authorization"}])
    headers["authorization"] = f"Bearer {found or ''}"
    return headers.raw


def bearer(headers: Headers) -> str | None:
    """The token of an `Authorization: Bearer` header, or None."""
    scheme, _, found = headers.get("authorization", "").partition(" ")
    return found.strip() or None if scheme.lower() == "bearer" else None
