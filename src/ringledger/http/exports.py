"""Sends exports as they are made; what may be exported is rpc/exports.py's."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Iterator
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ringledger.faults import CallerFault, EngineFault
from ringledger.http.body import TOO_LONG, read_body, request_id
from ringledger.http.session import bearer
from ringledger.reporting.exports import Format
from ringledger.rpc import envelope
from ringledger.rpc.exports import Exports, Pieces
from ringledger.rpc.request_log import Component, Origin

log = structlog.get_logger()

EXPORT_PATH: Final = "/export/{format}"
PROGRESS_PATH: Final = "/export/progress/{id}"

_KINDS: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class ExportApi:
    """The endpoints of `EXPORT_PATH` and `PROGRESS_PATH`."""

    def __init__(self, exports: Exports, max_body: int) -> None:
        self._exports = exports
        self._max_body = max_body

    async def send(self, request: Request) -> Response:
        """Answers with the file, or with the error of the request."""
        wanted = request.path_params["format"]
        if wanted not in set(Format):
            return PlainTextResponse("no such format\n", 404)
        address = request.client.host if request.client else ""
        token = bearer(request.headers)
        started = time.perf_counter()
        body = await read_body(request.receive, self._max_body)
        if body is None:
            origin = Origin(address, request_id(request.headers), Component.EXPORT)
            seconds = time.perf_counter() - started
            await run_in_threadpool(self._exports.note_refused, origin, token, seconds, *TOO_LONG)
            message = f"the body is over {self._max_body} bytes\n"
            return PlainTextResponse(message, TOO_LONG[0], {"connection": "close"})
        mark = _mark(token, request.query_params.get("id") or secrets.token_hex())
        asked = (body, address, request_id(request.headers), token, Format(wanted), mark)
        leaving = asyncio.create_task(self._cancel_when_gone(request, mark))
        try:
            return await run_in_threadpool(self._answer, *asked)
        finally:
            leaving.cancel()

    async def progress(self, request: Request) -> Response:
        """Tells how many rows the export with that id, of the same token, has written; null where it is not known."""
        token = bearer(request.headers)
        try:
            rows = await run_in_threadpool(self._exports.progress, token, _mark(token, request.path_params["id"]))
        except CallerFault as fault:
            return Response(envelope.failure(None, fault, {}), media_type="application/json")
        return JSONResponse({"rows": rows}, headers={"cache-control": "no-store"})

    async def _cancel_when_gone(self, request: Request, mark: str) -> None:
        """Stops the engine if the client leaves before there is anything to send."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        await run_in_threadpool(self._exports.cancel, mark)

    def _answer(
        self, body: bytes, address: str, request_id: str, token: str | None, kind: Format, mark: str
    ) -> Response:
        outcome, pieces = self._exports.open(body, address, request_id, token, kind, mark)
        if pieces is None:
            return Response(b"".join(outcome.parts), media_type="application/json")
        headers = {"content-disposition": f'attachment; filename="calls.{kind}"', "cache-control": "no-store"}
        return _File(pieces, headers=headers, media_type=_KINDS[kind])


class _File(StreamingResponse):
    """A file in pieces; when the response ends, whatever came of it, the engine is let go."""

    def __init__(self, pieces: Pieces, headers: dict[str, str], media_type: str) -> None:
        super().__init__(_told(pieces), headers=headers, media_type=media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            asyncio.get_running_loop().run_in_executor(None, self._pieces.close)


def _mark(token: str | None, export: str) -> str:
    """What the engine knows an export by: nobody finds it who has not its token and its id."""
    return f"export{hashlib.sha256(f'{token} {export}'.encode()).hexdigest()}"


def _told(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; where they break off the connection does too, and the log says why."""
    try:
        yield from pieces
    except EngineFault:
        log.exception("an export broke off")
        raise
