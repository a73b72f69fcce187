"""The address that switches bring recordings to: who sends, the file, what the status says."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from ringledger.faults import CallerFault
from ringledger.http.intake import ASK, REFUSED, token_of
from ringledger.intake.audio import BadAudio
from ringledger.intake.call_recordings import CallRecordings, OfCall
from ringledger.intake.dialects import DIALECTS
from ringledger.registry.registry import Registry
from ringledger.rpc import access
from ringledger.rpc.errors import message

log = structlog.get_logger()

RECORDINGS_PATH: Final = "/intake/recordings/{source}/{call:path}"
_LONGEST_KEY: Final = 200


class RecordingsApi:
    """The endpoint of `RECORDINGS_PATH`. Every answer is a JSON object; 2xx says that the recording is on disk."""

    def __init__(
        self,
        recordings: CallRecordings,
        registry: Registry,
        pool: Executor,
        largest: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._recordings = recordings
        self._registry = registry
        self._pool = pool
        self._largest = largest
        self._clock = clock

    async def take(self, request: Request) -> Response:
        """Answers one request."""
        dialect, call = DIALECTS.get(request.path_params["source"]), request.path_params["call"]
        loop = asyncio.get_running_loop()
        try:
            account = await loop.run_in_executor(self._pool, self._account, request)
        except CallerFault as fault:
            refused = fault.mnemonic in REFUSED
            return _answer(403 if refused else 401, {"error": message(fault)}, None if refused else ASK)
        if dialect is None or not 1 <= len(call) <= _LONGEST_KEY:
            return _answer(
                404, {"error": f"the address is /intake/recordings/SOURCE/CALL; sources: {', '.join(DIALECTS)}"}
            )
        with tempfile.TemporaryDirectory(prefix="ringledger-") as folder:
            file = Path(folder, "recording")
            if not await self._received(request, file):
                return _answer(413, {"error": f"the recording is over {self._largest} bytes"})
            mail = request.query_params.get("voice_mail") in {"1", "true"}
            return await loop.run_in_executor(self._pool, self._take, account, dialect.SOURCE, call, file, mail)

    def _account(self, request: Request) -> int:
        token = token_of(request.headers, request.scope["query_string"])
        if token is None:
            raise CallerFault("required_parameter_missed", "access_token")
        address = request.client.host if request.client else ""
        return access.sender(self._registry, token, address, int(self._clock())).id

    async def _received(self, request: Request, file: Path) -> bool:
        size = 0
        with file.open("wb") as out:
            async for piece in request.stream():
                size += len(piece)
                if size > self._largest:
                    return False
                out.write(piece)
        return True

    def _take(self, account: int, source: str, call: str, file: Path, voice_mail: bool) -> Response:  # noqa: FBT001 - from an executor
        try:
            of_call = OfCall(source, call, voice_mail)
            kept, attached = self._recordings.take(account, of_call, file, int(self._clock()))
        except BadAudio as fault:
            return _answer(422, {"error": str(fault), "error_code": fault.code})
        except Exception:
            log.exception("a recording was not taken")
            return _answer(503, {"error": "the recording could not be stored; send it again"}, {"retry-after": "5"})
        log.info("recording_taken", account=account, source=source, call=call, attached=attached)
        return _answer(200 if attached else 202, {"mp3": kept.mp3, "wav": kept.wav, "attached": attached})


def _answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content) + b"\n", status, headers, "application/json")
