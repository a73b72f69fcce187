"""The route list, and what runs beside it while a server does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router

from ringledger.faults import EngineFault
from ringledger.http.data_api import DataApi
from ringledger.http.exports import EXPORT_PATH, PROGRESS_PATH, ExportApi
from ringledger.http.intake import Intake
from ringledger.http.media import MEDIA_PATH, MediaApi
from ringledger.http.metrics import CONTENT_TYPE, Metrics
from ringledger.http.ongoing import ONGOING_PATH, Ongoing
from ringledger.http.page import Page
from ringledger.http.pools import Pools
from ringledger.http.recordings import RECORDINGS_PATH, RecordingsApi
from ringledger.http.session import Bridge
from ringledger.intake.call_recordings import CallRecordings
from ringledger.intake.deriving import Deriving
from ringledger.intake.dialects import POSTED
from ringledger.intake.door import Door
from ringledger.intake.group_commit import GroupCommit
from ringledger.intake.recordings import Recordings
from ringledger.intake.uploads import Uploads
from ringledger.registry.registry import Registry
from ringledger.reporting.reports import DEFAULT_ROOM, Room
from ringledger.rpc.exports import Exports
from ringledger.rpc.media import Media
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

log = structlog.get_logger()


class Bounds(msgspec.Struct, frozen=True):
    """What a server takes at the most.

    `body` and `intake` are the longest bodies of the Data API, and of switches and upload methods, in bytes; `room` is
    what reports may take to remember and `recording` the largest that is taken, in bytes. Of more than `requests` at
    once the others wait.
    """

    body: int = 1024 * 1024
    intake: int = 16 * 1024 * 1024
    room: Room = DEFAULT_ROOM
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
    service = Service(engine, registry, uploads=uploads, room=bounds.room)
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
        reading_ahead = threading.Thread(target=_read_ahead, args=(service, stopping), name="read-ahead")
        reading_ahead.start()
        yield
        stopping.set()
        await asyncio.to_thread(reading_ahead.join)
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


def _read_ahead(service: Service, stopping: threading.Event) -> None:
    """Reads what questions would wait for; without it they only take longer."""
    try:
        service.warm(stopping)
    except EngineFault:
        log.exception("not_warmed")
    service.read_ahead(stopping)


async def _keep_written(service: Service) -> None:
    """Writes the request log down every second."""
    while True:
        await asyncio.sleep(1)
        try:
            await asyncio.to_thread(service.write_log)
        except EngineFault:
            log.exception("request_log_not_written")
