"""The rows of uploaded calls: what was uploaded, what became of it, and what is still to be told of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.store.engine import Engine, Statement

_TABLE: Final = UPLOADED_CALLS.table
_MOMENTS: Final = ("upload_time", "start_time", "finish_time")


class Callback(msgspec.Struct, frozen=True):
    """Where statuses are told, and which."""

    url: str | None = None
    events: tuple[str, ...] = ()


class Tag(msgspec.Struct, frozen=True):
    """A tag by id, or by name."""

    tag_id: int | None
    tag_name: str | None


class Record(msgspec.Struct, frozen=True):
    """A recording: where it is fetched from, and who is heard on which channel."""

    employee_name: str | None
    employee_id: int | None
    employee_channel: str | None
    record_url: str


class Untold(msgspec.Struct, frozen=True):
    """A status that is still to be told: when it came about and when to try (next), in Unix seconds."""

    status: str
    time: int
    error_code: str | None
    call_session_id: int | None
    attempts: int
    due: int


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A row; moments in Unix seconds. `failures` counts the uploads of the call that ended as errors."""

    account: int
    ext_id: str
    ext_request_id: str
    upload_time: int
    direction: str
    calling_phone_number: str
    called_phone_number: str
    start_time: int
    finish_time: int
    is_lost: bool
    is_transfer: bool
    wait_duration: int | None
    talk_duration: int | None
    visitor_session_id: int | None
    campaign_id: int | None
    source_id: int | None
    site_id: int | None
    comment: str | None
    record_type: str | None
    status: str
    error_code: str | None = None
    call_session_id: int | None = None
    callback: Callback = Callback()
    tags: tuple[Tag, ...] = ()
    records: tuple[Record, ...] = ()
    user_id: int | None = None
    user_login: str | None = None
    failures: int = 0
    untold: tuple[Untold, ...] = ()
    version: int = 0


_COLUMNS: Final = Upload.__struct_fields__
_SELECTED: Final = ", ".join(
    f"toUnixTimestamp(u.{name}) AS {name}" if name in _MOMENTS else f"u.{name} AS {name}" for name in _COLUMNS
)

_OF_CALLS: Final = f"""SELECT {_SELECTED} FROM {_TABLE} AS u FINAL
WHERE u.account = {{account:UInt32}} AND u.ext_id IN {{ext_ids:Array(String)}}"""

_UNFINISHED: Final = f"""SELECT {_SELECTED} FROM {_TABLE} AS u FINAL
WHERE u.status IN {{statuses:Array(String)}} OR notEmpty(u.untold)
ORDER BY u.upload_time, u.account, u.ext_id"""

_ROWS: Final = msgspec.json.Decoder(list[Upload])
_ENCODER: Final = msgspec.json.Encoder()


def uploads_of(engine: Engine, account: int, ext_ids: Iterable[str]) -> dict[str, Upload]:
    """The account's uploads of these calls. Raises EngineFault."""
    values = {"account": account, "ext_ids": sorted(ext_ids)}
    return {row.ext_id: row for row in _ROWS.decode(engine.read(Statement(_OF_CALLS, values)) or b"[]")}


def unfinished_uploads(engine: Engine, statuses: Iterable[str]) -> list[Upload]:
    """Every account's uploads of these statuses and those with something untold, oldest first. Raises EngineFault."""
    return _ROWS.decode(engine.read(Statement(_UNFINISHED, {"statuses": list(statuses)})) or b"[]")


def write_uploads(engine: Engine, uploads: Sequence[Upload]) -> None:
    """Writes rows; when it returns they are on disk. Raises EngineFault."""
    if uploads:
        engine.insert(_TABLE, _COLUMNS, _ENCODER.encode_lines(uploads))
