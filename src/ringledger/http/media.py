"""Plays recordings: HTTP's part of it (verbs, ranges, validators, statuses); who may hear what is rpc/media.py's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ringledger.calls.codes import MediaKind
from ringledger.faults import CallerFault
from ringledger.http.body import request_id
from ringledger.http.ranges import Unsatisfiable, chosen
from ringledger.rpc.errors import message
from ringledger.rpc.media import Media, Place, Playable

log = structlog.get_logger()

MEDIA_PATH: Final = "/system/media/{kind}/{communication:int}/{record}"

_STATUSES: Final = {
    "required_parameter_missed": 401,
    "data_type_error": 400,
    "access_token_invalid": 401,
    "access_token_expired": 401,
    "access_token_blocked": 401,
}
_MAY_KEEP: Final = "private, max-age=86400, immutable"


class MediaApi:
    """The endpoint of `MEDIA_PATH`."""

    def __init__(self, media: Media, pool: ThreadPoolExecutor) -> None:
        self._media = media
        self._pool = pool

    async def play(self, request: Request) -> Response:
        """Answers one request."""
        place = _place(request)
        address = request.client.host if request.client else ""
        try:
            found = None
            if place is not None:
                found = await asyncio.get_running_loop().run_in_executor(
                    self._pool, self._media.open, place, _params(request), address, request_id(request.headers)
                )
        except CallerFault as fault:
            response: Response = _refusal(fault)
        except Exception:
            log.exception("a recording was not played")
            response = PlainTextResponse("internal error, contact the support service\n", 500)
        else:
            response = PlainTextResponse("no such recording\n", 404) if found is None else _played(request, found)
        log.info("recording", path=request.url.path, status=response.status_code, address=address)
        return response


def _place(request: Request) -> Place | None:
    kind, communication = request.path_params["kind"], request.path_params["communication"]
    if kind not in set(MediaKind) or communication >= 2**63:
        return None
    return Place(MediaKind(kind), communication, request.path_params["record"])


def _params(request: Request) -> dict[str, str]:
    """What the address has, or the token of the header `Authorization: Bearer TOKEN`."""
    params = dict(request.query_params)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and "signature" not in params:
        params["access_token"] = token.strip()
    return params


def _refusal(fault: CallerFault) -> Response:
    status = _STATUSES.get(fault.mnemonic, 403)
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return PlainTextResponse(f"{message(fault)}\n", status, headers)


def _played(request: Request, found: Playable) -> Response:
    size = found.file.size
    headers = {
        "accept-ranges": "bytes",
        "etag": found.etag,
        "cache-control": _MAY_KEEP,
        "content-type": found.content_type,
        "content-disposition": f'inline; filename="{_name(request, found)}"',
        "x-content-type-options": "nosniff",
    }
    if found.etag in {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}:
        found.close()
        return Response(status_code=304, headers=headers)
    try:
        part = chosen(request.headers.get("range"), request.headers.get("if-range"), found.etag, size)
    except Unsatisfiable:
        found.close()
        return PlainTextResponse("the range is not in the recording\n", 416, {"content-range": f"bytes */{size}"})
    start, stop = part or (0, size)
    headers["content-length"] = str(stop - start)
    status = 200 if part is None else 206
    if part is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    if request.method == "HEAD":
        found.close()
        return Response(status_code=status, headers=headers)
    return StreamingResponse(found.file.read(start, stop), status, headers)


def _name(request: Request, found: Playable) -> str:
    ending = "wav" if found.content_type == "audio/wav" else "mp3"
    return f"{request.path_params['communication']}-{request.path_params['record'][:8]}.{ending}"
