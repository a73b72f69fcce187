"""Sends exports as they are made; what may be exported is rpc/exports.py's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ringledger.faults import EngineFault
from ringledger.http.body import read_body, request_id
from ringledger.http.session import bearer
from ringledger.reporting.exports import Format
from ringledger.rpc.exports import Exports

log = structlog.get_logger()

EXPORT_PATH: Final = "/export/{format}"

_KINDS: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class ExportApi:
    """The endpoint of `EXPORT_PATH`."""

    def __init__(self, exports: Exports, max_body: int) -> None:
        self._exports = exports
        self._max_body = max_body

    async def send(self, request: Request) -> Response:
        """Answers with the file, or with the error of the request."""
        wanted = request.path_params["format"]
        if wanted not in set(Format):
            return PlainTextResponse("no such format\n", 404)
        body = await read_body(request.receive, self._max_body)
        if body is None:
            return PlainTextResponse(f"the body is over {self._max_body} bytes\n", 413, {"connection": "close"})
        address = request.client.host if request.client else ""
        token = bearer(request.headers)
        return await run_in_threadpool(self._answer, body, address, request_id(request.headers), token, Format(wanted))

    def _answer(self, body: bytes, address: str, request_id: str, token: str | None, kind: Format) -> Response:
        outcome, pieces = self._exports.open(body, address, request_id, token, kind)
        if outcome.mnemonic != "ok":
            return Response(b"".join(outcome.parts), media_type="application/json")
        headers = {"content-disposition": f'attachment; filename="calls.{kind}"', "cache-control": "no-store"}
        return StreamingResponse(_told(pieces), headers=headers, media_type=_KINDS[kind])


def _told(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; where they break off the connection does too, and the log says why."""
    try:
        yield from pieces
    except EngineFault:
        log.exception("an export broke off")
        raise
