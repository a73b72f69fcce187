"""The control socket's application: runs named operations for commands of the folder's owner; knows none of them."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ringledger.faults import CallerFault, EngineFault, OperatorFault, RecordFault

log = structlog.get_logger()

Emit = Callable[[Mapping[str, object]], None]
Operation = Callable[..., Mapping[str, object]]
"""Called with an `Emit`, for {"progress": n} and {"message": text}, and the arguments by name; returns its result."""
Export = Callable[..., Iterator[bytes]]
"""Called with the arguments by name."""

_STOPPING: Final = "the server is stopping; run the command again"


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What a command asks for."""

    operation: str
    arguments: dict[str, Any]


def control(operations: Mapping[str, Operation], exports: Mapping[str, Export], stopping: threading.Event) -> Starlette:
    """An application with one route, `POST /`, whose body is an `Order`.

    An operation is answered with a frame a line: {"progress": n}, {"message": text}, and at the end either
    {"result": {...}} or {"failed": text}. An export is answered with its bytes, or with status 422 and
    {"failed": text}; a reply that breaks off was not completed. Operations end early once `stopping` is set.
    """

    async def run(request: Request) -> Response:
        try:
            order = msgspec.json.decode(await request.body(), type=Order)
        except msgspec.DecodeError as error:
            return _failed(str(error))
        if operation := operations.get(order.operation):
            task = _Task(operation, order.arguments, stopping)
            return _Stream(task.frames(), "application/x-ndjson", task.leave)
        if export := exports.get(order.operation):
            return await run_in_threadpool(_export, export, order.arguments)
        return _failed(f"the server is of another version and does not know {order.operation!r}; restart it")

    return Starlette(routes=[Route("/", run, methods=["POST"])])


def _failed(text: str) -> Response:
    return Response(msgspec.json.encode({"failed": text}), status_code=422, media_type="application/json")


def _export(export: Export, arguments: Mapping[str, Any]) -> Response:
    try:
        pieces = _closable(export(**arguments))
        first = next(pieces, b"")
    except Exception as fault:
        return _failed(_told(fault))
    return _Stream(itertools.chain((first,), pieces), "application/octet-stream", pieces.close)


def _closable(pieces: Iterator[bytes]) -> Generator[bytes]:
    yield from pieces


class _Stream(StreamingResponse):
    """A reply in pieces; when it ends, whatever came of it, `leave` is called on a thread that may wait."""

    def __init__(self, pieces: Iterator[bytes], media_type: str, leave: Callable[[], None]) -> None:
        super().__init__(pieces, media_type=media_type)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            asyncio.get_running_loop().run_in_executor(None, self._leave)


class _Task:
    """An operation on a thread of its own; what it tells waits in a queue until the reply takes it."""

    def __init__(self, operation: Operation, arguments: Mapping[str, Any], stopping: threading.Event) -> None:
        self._operation = operation
        self._arguments = arguments
        self._stopping = stopping
        self._left = threading.Event()
        self._frames: queue.SimpleQueue[Mapping[str, object]] = queue.SimpleQueue()

    def frames(self) -> Iterator[bytes]:
        threading.Thread(target=self._work, name="operation", daemon=True).start()
        ended = False
        while not ended:
            frame = self._frames.get()
            ended = "result" in frame or "failed" in frame
            yield msgspec.json.encode(frame) + b"\n"

    def leave(self) -> None:
        """Nobody takes frames any more."""
        self._left.set()

    def _emit(self, frame: Mapping[str, object]) -> None:
        if self._stopping.is_set() or self._left.is_set():
            raise OperatorFault(_STOPPING)
        self._frames.put(frame)

    def _work(self) -> None:
        try:
            self._frames.put({"result": self._operation(self._emit, **self._arguments)})
        except Exception as fault:
            self._frames.put({"failed": _told(fault)})


def _told(fault: Exception) -> str:
    """What the command is told of a fault; it belongs to the folder's owner, so a store's text may be shown."""
    if isinstance(fault, OperatorFault | RecordFault | CallerFault):
        return str(fault)
    if isinstance(fault, EngineFault):
        return "the call store failed: " + str(fault)[:500]
    if isinstance(fault, OSError) and fault.filename:
        return f"{fault.filename}: {fault.strerror}"
    log.error("operation_failed", exc_info=fault)
    return "the server failed; its log says why"
