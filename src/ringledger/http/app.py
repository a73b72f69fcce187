"""The route list and what HTTP itself asks for: verbs, body size, compression, request ids, metrics."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from ringledger.faults import EngineFault
from ringledger.http.body import read_body, request_id
from ringledger.http.compression import SMALLEST, compressed, encoding_for
from ringledger.http.exports import EXPORT_PATH, PROGRESS_PATH, ExportApi
from ringledger.http.intake import Intake
from ringledger.http.media import MEDIA_PATH, MediaApi
from ringledger.http.metrics import CONTENT_TYPE, Metrics
from ringledger.http.ongoing import ONGOING_PATH, Ongoing
from ringledger.http.page import Page
from ringledger.http.pools import Pools
from ringledger.http.recordings import RECORDINGS_PATH, RecordingsApi
from ringledger.http.session import Bridge, bearer
from ringledger.intake.call_recordings import CallRecordings
from ringledger.intake.deriving import Deriving
from ringledger.intake.dialects import POSTED
from ringledger.intake.door import Door
from ringledger.intake.group_commit import GroupCommit
from ringledger.intake.recordings import Recordings
from ringledger.intake.uploads import Uploads
from ringledger.registry.registry import Registry
from ringledger.reporting.reports import DEFAULT_CACHE
from ringledger.rpc.exports import Exports
from ringledger.rpc.media import Media
from ringledger.rpc.service import Outcome, Parts, Service
from ringledger.store.engine import Engine

log = structlog.get_logger()


class Bounds(msgspec.Struct, frozen=True):
    """What a server takes at the most.

    `body` and `intake` are the longest bodies of the Data API, and of switches and upload methods, in bytes; `cache`
    is what reports may remember and `recording` the largest that is taken, in bytes. Of more than `requests` at once
    the others wait.
    """

    body: int = 1024 * 1024
    intake: int = 16 * 1024 * 1024
    cache: int = DEFAULT_CACHE
    recording: int = 256 * 1024 * 1024
    requests: int = 32


def build(
    engine: Engine,
    registry: Registry,
    recordings: Recordings,
    door: Door,
    uploads: Uploads | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 - it cannot be changed
    stopping: threading.Event | None = None,
    node: str = "",
) -> Starlette:
    """The application over an engine, a registry, recordings and a door, which the caller opened and closes.

    `uploads` is where uploaded calls wait. Streams without an end of their own end when `stopping` is set. `node` tells
    it apart from others on the same store, and is the same after a restart.
    """
    stopping = stopping or threading.Event()
    metrics = Metrics()
    pools = Pools(bounds.requests)
    pool = pools.requests
    service = Service(engine, registry, uploads=uploads, cache=bounds.cache)
    data_api = DataApi(service, metrics, pools, bounds.body, bounds.intake)
    media = MediaApi(Media(engine, registry, recordings.store, service.notebook, time.time), pool)
    brought = RecordingsApi(
        CallRecordings(engine, registry.waiting_recordings, recordings), registry, pool, bounds.recording
    )
    commits = GroupCommit(door, Deriving(door, registry.directories.load, door.now, node), door.now)

    exports = ExportApi(Exports(service), bounds.body)
    endpoints = [
        Route("/v2.0", data_api, name="data_api"),
        Route("/v2.0/", data_api),
        Route(MEDIA_PATH, media.play),
        Route(MEDIA_PATH + "/", media.play),
        Route(EXPORT_PATH, exports.send, methods=["POST"]),
        Route(PROGRESS_PATH, exports.progress),
        Route(ONGOING_PATH, Ongoing(service, stopping, time.time).stream),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        writing = asyncio.create_task(_keep_written(service))
        warming = asyncio.create_task(_warm(service, stopping))
        yield
        stopping.set()
        await warming
        await asyncio.to_thread(commits.close)
        writing.cancel()
        pools.close()
        service.write_log()

    return Starlette(
        routes=[
            *endpoints,
            *Page(service, pools).routes(),
            Mount("/page", Bridge(Router(endpoints))),
            Route(RECORDINGS_PATH, brought.take, methods=["PUT", "POST"]),
            *(
                Route(f"/intake/{name}", Intake(dialect, commits, registry, metrics, pool, bounds.intake))
                for name, dialect in POSTED.items()
            ),
            *_watching(metrics, engine),
        ],
        lifespan=lifespan,
    )


def _watching(metrics: Metrics, engine: Engine) -> list[Route]:
    """What those who watch over the server ask for."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def show_metrics(_: Request) -> Response:
        return Response(metrics.page(engine.seconds), headers={"content-type": CONTENT_TYPE})

    return [Route("/healthz", healthz), Route("/metrics", show_metrics)]


async def _warm(service: Service, stopping: threading.Event) -> None:
    """Learns of the store what first questions would wait for; without it they only take longer."""
    try:
        await asyncio.to_thread(service.warm, stopping)
    except EngineFault:
        log.exception("not_warmed")


async def _keep_written(service: Service) -> None:
    """Writes the request log down every second."""
    while True:
        await asyncio.sleep(1)
        try:
            await asyncio.to_thread(service.write_log)
        except EngineFault:
            log.exception("request_log_not_written")


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
        if scope["method"] != "POST":
            await PlainTextResponse("POST a JSON-RPC request\n", 405, {"allow": "POST"})(scope, receive, send)
            return
        body = await read_body(receive, self._longest)
        method = _method(body or b"")
        if body is None or (len(body) > self._max_body and not method.startswith("upload.")):
            message = f"the body is over {self._max_body} bytes\n"
            await PlainTextResponse(message, 413, {"connection": "close"})(scope, receive, send)
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


def _method(body: bytes) -> str:
    """The name of the method that the body asks for, as far as it can be read."""
    try:
        return msgspec.json.decode(body, type=_Named).method
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


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
