"""The ASGI endpoints that take what switches post: who sends, what the body holds, what the status says."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Final
from urllib.parse import parse_qs

import msgspec
import structlog
from isal import isal_zlib
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ringledger.faults import CallerFault, EngineFault, RecordFault
from ringledger.http.body import read_body as read_request
from ringledger.http.metrics import Metrics
from ringledger.intake.dialects import PostedDialect
from ringledger.intake.group_commit import Delivery, GroupCommit, Overloaded
from ringledger.intake.posted import Posted, read_body
from ringledger.registry.registry import Registry
from ringledger.rpc import access
from ringledger.rpc.errors import message

log = structlog.get_logger()

_GZIP_WINDOW: Final = 31
REFUSED: Final = frozenset({"account_inactive", "ip_not_whitelisted", "forbidden"})
ASK: Final = {"www-authenticate": 'Basic realm="Ringledger", Bearer'}


class _Refusal(Exception):  # noqa: N818 - an answer, raised where it is known
    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = headers


class Intake:
    """The endpoint of one dialect. Every answer is a JSON object; 2xx says that all is on disk."""

    def __init__(
        self,
        dialect: PostedDialect,
        commits: GroupCommit,
        registry: Registry,
        metrics: Metrics,
        pool: Executor,
        max_body: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dialect = dialect
        self._commits = commits
        self._registry = registry
        self._metrics = metrics
        self._pool = pool
        self._max_body = max_body
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        try:
            response = await self._take(scope, receive)
        except _Refusal as refusal:
            response = _answer(refusal.status, {"error": refusal.reason}, refusal.headers)
        await response(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive) -> Response:
        started = time.perf_counter()
        if scope["method"] != "POST":
            raise _Refusal(405, "POST records", {"allow": "POST"})
        body = await read_request(receive, self._max_body)
        if body is None:
            raise _Refusal(413, f"the body is over {self._max_body} bytes", {"connection": "close"})
        account, posted = await asyncio.get_running_loop().run_in_executor(self._pool, self._read, scope, body)
        await self._write(account, posted, f"{scope['path']} from {_address(scope)}")
        self._metrics.count_intake(self._dialect.SOURCE, len(posted.events), len(posted.rejected), self._clock())
        log.info(
            "intake",
            source=self._dialect.SOURCE,
            account=account,
            accepted=len(posted.events),
            rejected=len(posted.rejected),
            milliseconds=round((time.perf_counter() - started) * 1000, 2),
        )
        rejected = [{"position": line.line, "reason": line.reason} for line in posted.rejected]
        return _answer(422 if rejected else 200, {"accepted": len(posted.events), "rejected": rejected})

    def _read(self, scope: Scope, body: bytes) -> tuple[int, Posted]:
        """The account that sends, and what it sends; nothing of a body is read before its sender is known."""
        headers = Headers(scope=scope)
        account = self._account(token_of(headers, scope["query_string"]), _address(scope))
        try:
            return account, read_body(self._dialect, self._decoded(headers, body), headers.get("content-type", ""))
        except RecordFault as fault:
            raise _Refusal(400, fault.reason) from None

    def _account(self, token: str | None, address: str) -> int:
        if token is None:
            raise _Refusal(401, "an access token is needed, as HTTP basic or bearer or access_token", ASK)
        try:
            return access.sender(self._registry, token, address, int(self._clock())).id
        except CallerFault as fault:
            refused = fault.mnemonic in REFUSED
            raise _Refusal(403 if refused else 401, message(fault), None if refused else ASK) from None

    def _decoded(self, headers: Headers, body: bytes) -> bytes:
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            return body
        if encoding != "gzip":
            raise _Refusal(415, f"the content encoding {encoding!r} is not read; gzip is")
        unpacker = isal_zlib.decompressobj(wbits=_GZIP_WINDOW)
        try:
            content = unpacker.decompress(body, self._max_body + 1)
        except isal_zlib.error:  # type: ignore[misc]  # the stubs do not say that it is an exception
            raise _Refusal(400, "the body is not gzip") from None
        if len(content) > self._max_body:
            raise _Refusal(413, f"the body is over {self._max_body} bytes")
        if not unpacker.eof:
            raise _Refusal(400, "the gzip body is cut off")
        return bytes(content)

    async def _write(self, account: int, posted: Posted, origin: str) -> None:
        rejected = [(origin, line) for line in posted.rejected]
        try:
            done = self._commits.deliver(Delivery(account, self._dialect, posted.events, rejected))
            await asyncio.wrap_future(done)
        except Overloaded:
            raise _Refusal(503, "too much is waiting to be written; come again", {"retry-after": "1"}) from None
        except EngineFault:
            log.exception("the engine failed", source=self._dialect.SOURCE)
            raise _Refusal(503, "the records could not be stored; send them again", {"retry-after": "5"}) from None
        except Exception:
            log.exception("an intake failed", source=self._dialect.SOURCE)
            raise _Refusal(500, "the records could not be taken; the log says why") from None


def _answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content) + b"\n", status, headers, "application/json")


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def token_of(headers: Headers, query: bytes) -> str | None:
    """The access token: a bearer's, the password of HTTP basic, or the query's `access_token`."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        return password or name
    found = parse_qs(query.decode("latin-1")).get("access_token")
    # mod_json_cdr appends "?uuid=..." to whatever its URL is.
    return found[0].partition("?")[0] if found else None
