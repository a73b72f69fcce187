"""The endpoint of the Data API: bodies in, the service's replies out, and what HTTP itself refuses."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.http.body import TOO_LONG, read_body, request_id
from ringledger.http.compression import SMALLEST, compressed, encoding_for
from ringledger.http.metrics import Metrics
from ringledger.http.pools import Pools
from ringledger.http.session import bearer
from ringledger.rpc import envelope
from ringledger.rpc.request_log import Origin
from ringledger.rpc.service import Outcome, Parts, Service

log = structlog.get_logger()

_OFTEN_QUICK: Final = frozenset({CALLS_REPORT.method})
"""Methods of which many answers are ready; it costs as much as such an answer to let another thread give it."""


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
            await self._refuse(scope, receive, send, _ANOTHER_VERB, b"", started)
            return
        body = await read_body(receive, self._longest)
        method = _method(body or b"")
        if body is None or (len(body) > self._max_body and not method.startswith("upload.")):
            most = self._longest if body is None else self._max_body
            too_long = _Refusal(*TOO_LONG, f"the body is over {most} bytes\n", {"connection": "close"})
            await self._refuse(scope, receive, send, too_long, body or b"", started)
            return
        await self._answer(body, method, scope, send)

    async def _answer(self, body: bytes, method: str, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        named = request_id(headers)
        address = scope["client"][0] if scope.get("client") else ""
        encoding = encoding_for(headers.get("accept-encoding", ""))
        started = time.perf_counter()
        outcome: Outcome | None = None
        if method in _OFTEN_QUICK:
            with structlog.contextvars.bound_contextvars(request_id=named):
                outcome = self._service.answer_at_once(body, address, named, bearer(headers))
        if outcome is not None and (encoding is None or not _is_worth_packing(outcome.parts)):
            done, parts, encoding = outcome, outcome.parts, None
        else:
            done, parts, encoding = await asyncio.get_running_loop().run_in_executor(
                self._pools.of(method), self._work, outcome, body, address, bearer(headers), encoding, named
            )
        await _send(send, parts, encoding, named)
        self._tell(done, time.perf_counter() - started, named, address)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, refusal: _Refusal, body: bytes, started: float
    ) -> None:
        """Refuses a request, and notes it in the request log; `body` is what of it may tell whose it is."""
        headers = Headers(scope=scope)
        named = request_id(headers)
        reply = PlainTextResponse(refusal.text, refusal.status, {**refusal.headers, "x-request-id": named})
        await reply(scope, receive, send)
        address = scope["client"][0] if scope.get("client") else ""
        seconds = time.perf_counter() - started
        await asyncio.get_running_loop().run_in_executor(
            self._pools.requests, self._note, refusal, body, Origin(address, named), bearer(headers), seconds
        )
        self._tell(Outcome((), mnemonic=refusal.mnemonic), seconds, named, address)

    def _note(self, refusal: _Refusal, body: bytes, origin: Origin, token: str | None, seconds: float) -> None:
        sent = _sent(body)
        request, token = envelope.Request(None, sent.method, {}), sent.params.access_token or token
        self._service.note_refused(request, origin, token, seconds, refusal.status, refusal.mnemonic)

    def _tell(self, outcome: Outcome, seconds: float, named: str, address: str) -> None:
        """Tells metrics and log of a request."""
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

    def _work(
        self,
        outcome: Outcome | None,
        body: bytes,
        address: str,
        token: str | None,
        encoding: str | None,
        request_id: str,
    ) -> tuple[Outcome, Parts, str | None]:
        """What becomes of a request, if that is not known yet, and the reply's parts as they are sent."""
        if outcome is None:
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                outcome = self._service.answer(body, address, request_id, token)
        if encoding is None or not _is_worth_packing(outcome.parts):
            return outcome, outcome.parts, None
        return outcome, (compressed(outcome.parts, encoding),), encoding


def _is_worth_packing(parts: Parts) -> bool:
    return sum(map(len, parts)) >= SMALLEST


class _Refusal(msgspec.Struct, frozen=True):
    """What HTTP itself answers, and what the request log calls it."""

    status: int
    mnemonic: str
    text: str
    headers: dict[str, str]


_ANOTHER_VERB: Final = _Refusal(405, "verb_not_allowed", "POST a JSON-RPC request\n", {"allow": "POST"})


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
