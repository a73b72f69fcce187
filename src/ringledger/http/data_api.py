"""The endpoint of the Data API: bodies in, the service's replies out, and what HTTP itself refuses."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ringledger.http.body import TOO_LONG, read_body, request_id
from ringledger.http.compression import SMALLEST, compressed, encoding_for
from ringledger.http.metrics import Metrics
from ringledger.http.pools import Pools
from ringledger.http.session import bearer
from ringledger.rpc import envelope
from ringledger.rpc.request_log import Origin
from ringledger.rpc.service import Outcome, Parts, Service

log = structlog.get_logger()


class DataApi:
    """The ASGI endpoint of the Data API: a body in, the service's reply out."""

    def __init__(self, service: Service, metrics: Metrics, pools: Pools, max_body: int, max_upload: int) -> None:
        self._service = service
        self._metrics = metrics
        self._pools = pools
        self._max_body = max_body
        self._longest = max(max_body, max_upload)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        started = time.perf_counter()
        if scope["method"] != "POST":
            await PlainTextResponse("POST a JSON-RPC request\n", 405, {"allow": "POST"})(scope, receive, send)
            await self._note(scope, _Sent(), started, 405, "verb_not_allowed")
            return
        body = await read_body(receive, self._longest)
        method = _method(body or b"")
        if body is None or (len(body) > self._max_body and not method.startswith("upload.")):
            message = f"the body is over {self._max_body} bytes\n"
            await PlainTextResponse(message, TOO_LONG[0], {"connection": "close"})(scope, receive, send)
            await self._note(scope, _sent(body or b""), started, *TOO_LONG)
            return
        await self._answer(body, method, scope, send)

    async def _answer(self, body: bytes, method: str, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        named = request_id(headers)
        address = scope["client"][0] if scope.get("client") else ""
        encoding = encoding_for(headers.get("accept-encoding", ""))
        started = time.perf_counter()
        outcome, parts, encoding = await asyncio.get_running_loop().run_in_executor(
            self._pools.of(method), self._work, body, address, bearer(headers), encoding, named
        )
        await _send(send, parts, encoding, named)
        seconds = time.perf_counter() - started
        size = sum(map(len, outcome.parts))
        self._metrics.count(outcome.method, outcome.mnemonic, seconds, outcome.rows, size)
        log.info(
            "request",
            request_id=named,
            method=outcome.method,
            outcome=outcome.mnemonic,
            rows=outcome.rows,
            bytes=size,
            milliseconds=round(seconds * 1000, 2),
            address=address,
        )

    async def _note(self, scope: Scope, sent: _Sent, started: float, status: int, mnemonic: str) -> None:
        """Notes in the request log what was refused here."""
        headers = Headers(scope=scope)
        origin = Origin(scope["client"][0] if scope.get("client") else "", request_id(headers))
        request = envelope.Request(None, sent.method, {})
        token = sent.params.access_token or bearer(headers)
        seconds = time.perf_counter() - started
        note = partial(self._service.note_refused, request, origin, token, seconds, status, mnemonic)
        await asyncio.get_running_loop().run_in_executor(self._pools.requests, note)

    def _work(
        self, body: bytes, address: str, token: str | None, encoding: str | None, request_id: str
    ) -> tuple[Outcome, Parts, str | None]:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            outcome = self._service.answer(body, address, request_id, token)
        if encoding is None or sum(map(len, outcome.parts)) < SMALLEST:
            return outcome, outcome.parts, None
        return outcome, (compressed(outcome.parts, encoding),), encoding


class _Named(msgspec.Struct):
    method: str = ""


class _Token(msgspec.Struct):
    access_token: str | None = None


class _Sent(_Named):
    params: _Token = msgspec.field(default_factory=_Token)


def _method(body: bytes) -> str:
    """The name of the method that the body asks for, as far as it can be read."""
    try:
        return msgspec.json.decode(body, type=_Named).method
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _sent(body: bytes) -> _Sent:
    """What a body that is not answered tells of whose it is, as far as it can be read."""
    try:
        return msgspec.json.decode(body, type=_Sent)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Sent()


async def _send(send: Send, parts: Parts, encoding: str | None, request_id: str) -> None:
    headers = [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", str(sum(map(len, parts))).encode()),
        (b"vary", b"accept-encoding"),
        (b"x-request-id", request_id.encode("latin-1", "replace")),
    ]
    if encoding is not None:
        headers.append((b"content-encoding", encoding.encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in parts[:-1]:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": parts[-1], "more_body": False})
