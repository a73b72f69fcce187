"""The dialect of uploaded calls: a JSON object a line, each a call as a whole; the newest upload of a call counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from ringledger.calls.directory import Directory
from ringledger.calls.events import RecordedEvent, RejectedLine, digest
from ringledger.calls.session import CallSession
from ringledger.calls.uploaded_calls import UploadedCall, derive_uploaded

SOURCE: Final = "upload"

_SECOND: Final = 1_000_000
_DECODER: Final = msgspec.json.Decoder(UploadedCall)


def read(lines: Iterable[bytes]) -> Iterator[RecordedEvent | RejectedLine]:
    """The calls of the lines."""
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").strip()
        try:
            call = _DECODER.decode(text)
        except msgspec.DecodeError as error:
            yield RejectedLine(number, str(error), text)
        else:
            yield RecordedEvent(SOURCE, (call.ext_id,), digest(text), call.start * _SECOND, text)


def sessions(
    events: Sequence[RecordedEvent],
    directory: Directory,
    *,
    silent: bool = False,  # noqa: ARG001 - an uploaded call is over
) -> Sequence[CallSession]:
    """The session of one call."""
    calls = [_DECODER.decode(event.payload) for event in events]
    return [derive_uploaded(max(calls, key=lambda call: call.uploaded), directory)] if calls else []
