"""What a posted body holds: records one by one, each read on its own; knows HTTP's encodings but no requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import RecordFault
from ringledger.intake.dialects import PostedDialect
from ringledger.intake.json_records import Numbered, objects, shown

_FIELD: Final = "cdr"
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Posted(msgspec.Struct, frozen=True):
    """The events of a body, and what could not be read with its place: the line, or the item of an array."""

    events: tuple[RecordedEvent, ...]
    rejected: tuple[RejectedLine, ...]


def read_body(dialect: PostedDialect, body: bytes, content_type: str = "") -> Posted:
    """The events of a JSON object, of several (NDJSON), of an array of them, or of a form's field `cdr`.

    What cannot be read costs itself only. Raises RecordFault for a body that is none of these.
    """
    events: list[RecordedEvent] = []
    rejected: list[RejectedLine] = []
    for place, record in _records(_content(body, content_type)):
        try:
            events.append(dialect.recorded(record))
        except RecordFault as fault:
            rejected.append(RejectedLine(place, fault.reason, shown(record)))
    if not events and not rejected:
        raise RecordFault("the body is empty")
    return Posted(tuple(events), tuple(rejected))


def _content(body: bytes, content_type: str) -> bytes:
    """The body out of the form that it may have been posted in.

    Clients such as curl call JSON a form too: what begins as JSON is JSON.
    """
    if body.lstrip()[:1] in {b"{", b"["} or not (body.startswith(b"cdr=") or "form-urlencoded" in content_type):
        return body
    if "base64" in content_type:
        return body.removeprefix(b"cdr=")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except (UnicodeDecodeError, ValueError) as error:
        raise RecordFault(f"the body is no form: {error}") from None
    if _FIELD not in fields:
        raise RecordFault(f"the form has no field {_FIELD!r}")
    return fields[_FIELD].encode("utf-8", "surrogateescape")


def _records(content: bytes) -> Iterator[Numbered]:
    if content.lstrip()[:1] != b"[":
        yield from objects(content.splitlines(keepends=True))
        return
    try:
        items = _LIST.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise RecordFault(f"the array is not JSON: {error}") from None
    for place, item in enumerate(items, 1):
        yield Numbered(place, bytes(item))
