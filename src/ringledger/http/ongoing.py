"""Calls under way as server-sent events: asks the public method again and again, and tells what has changed.

A stream pays for what it asks once a minute and is noted in the request log then; what it asks in between is checked
all the same, so that it ends with the right to ask.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ringledger.http.body import request_id
from ringledger.http.session import bearer
from ringledger.reporting.moments import zone
from ringledger.rpc import envelope
from ringledger.rpc.request_log import Component
from ringledger.rpc.service import Service

ONGOING_PATH: Final = "/ongoing"

_EVERY: Final = 2.0
"""Seconds between two looks."""
_PAID: Final = 30
"""Every so many looks one is paid and noted."""
_BEAT: Final = 20.0
"""Seconds after which a comment shows that the line is open."""
_AROUND: Final = timedelta(hours=36), timedelta(hours=24)
"""Where sessions under way are looked for: wide enough for a customer in another time zone than the partner's."""
_MOST: Final = 500
_FIELDS: Final = (
    "id",
    "start_time",
    "finish_time",
    "direction",
    "contact_phone_number",
    "virtual_phone_number",
    "employees",
    "campaign_name",
)


class Ongoing:
    """The endpoint of the stream. It ends when `stopping` is set; `clock` gives Unix seconds."""

    def __init__(self, service: Service, stopping: threading.Event, clock: Callable[[], float]) -> None:
        self._service = service
        self._stopping = stopping
        self._clock = clock

    async def stream(self, request: Request) -> Response:
        """Answers with the stream of the caller's account."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(request), headers=headers, media_type="text/event-stream")

    async def _events(self, request: Request) -> AsyncIterator[bytes]:
        account = await self._call(request, "get.account", {})
        if "error" in account:
            yield _event("fault", account["error"])
            return
        timezone = account["result"]["data"][0]["timezone"]
        told: list[dict[str, Any]] | None = None
        silent, looks = 0.0, 0
        while not self._stopping.is_set() and not await request.is_disconnected():
            params = self._params(request, timezone)
            reply = await self._call(request, "get.calls_report", params, repeated=looks % _PAID != 0)
            looks += 1
            if "error" in reply:
                yield _event("fault", reply["error"])
                return
            rows = [row for row in reply["result"]["data"] if row["finish_time"] is None]
            if rows != told:
                told, silent = rows, 0.0
                yield _event("calls", rows)
            elif silent >= _BEAT:
                silent = 0.0
                yield b": still here\n\n"
            await self._wait()
            silent += _EVERY

    async def _wait(self) -> None:
        for _ in range(int(_EVERY / 0.25)):
            if self._stopping.is_set():
                return
            await asyncio.sleep(0.25)

    def _params(self, request: Request, timezone: str) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._clock(), UTC).astimezone(zone(timezone))
        user = request.query_params.get("user_id", "")
        return {
            "date_from": f"{now - _AROUND[0]:%Y-%m-%d %H:%M:%S}",
            "date_till": f"{now + _AROUND[1]:%Y-%m-%d %H:%M:%S}",
            "fields": list(_FIELDS),
            "filter": {"field": "finish_reason", "operator": "=", "value": None},
            "include_ongoing_calls": True,
            "limit": _MOST,
            **({"user_id": int(user)} if user.isdecimal() else {}),
        }

    async def _call(
        self, request: Request, method: str, params: dict[str, Any], *, repeated: bool = False
    ) -> dict[str, Any]:
        body = envelope.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        address = request.client.host if request.client else ""
        outcome = await run_in_threadpool(
            self._service.answer,
            body,
            address,
            request_id(request.headers),
            bearer(request.headers),
            component=Component.ONGOING,
            repeated=repeated,
        )
        reply: dict[str, Any] = json.loads(b"".join(outcome.parts))
        return reply


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), envelope.encode(data))
