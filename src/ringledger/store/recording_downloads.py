"""The rows of recordings that are to be fetched from addresses, or were: of which call, and how that went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from ringledger.store.engine import Engine, Statement


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A row; `since` and `due`, when to try (next), in Unix seconds. One that `is_open` is still to be fetched."""

    account: int
    source: str
    call_key: str
    url: str
    leg_key: str | None
    is_voice_mail: bool
    since: int
    is_open: bool = True
    attempts: int = 0
    due: int = 0
    error_code: str | None = None
    version: int = 0


_COLUMNS: Final = Download.__struct_fields__
_SELECTED: Final = ", ".join(_COLUMNS)

_OF_CALLS: Final = f"""SELECT {_SELECTED} FROM recording_downloads FINAL
WHERE account = {{account:UInt32}} AND source = {{source:String}} AND call_key IN {{calls:Array(String)}}"""

# Most rows are done: only those of which some version was open are looked at closer.
_OPEN: Final = f"""SELECT {_SELECTED} FROM recording_downloads FINAL
WHERE is_open AND (account, source, call_key, url) IN (
    SELECT account, source, call_key, url FROM recording_downloads WHERE is_open)
ORDER BY due, account, source, call_key"""

_ROWS: Final = msgspec.json.Decoder(list[Download])
_ENCODER: Final = msgspec.json.Encoder()


def downloads_of(engine: Engine, account: int, source: str, calls: Iterable[str]) -> list[Download]:
    """What is to be fetched, or was, of these calls of a source. Raises EngineFault."""
    values = {"account": account, "source": source, "calls": sorted(calls)}
    return _ROWS.decode(engine.read(Statement(_OF_CALLS, values)) or b"[]")


def open_downloads(engine: Engine) -> list[Download]:
    """What is still to be fetched of every account's calls, the most urgent first. Raises EngineFault."""
    return _ROWS.decode(engine.read(Statement(_OPEN)) or b"[]")


def write_downloads(engine: Engine, downloads: Sequence[Download]) -> None:
    """Writes rows; when it returns they are on disk. Raises EngineFault."""
    if downloads:
        engine.insert("recording_downloads", _COLUMNS, _ENCODER.encode_lines(downloads))
