"""Hands out what came in and could not be read or taken, with the reasons; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringledger.store.engine import Engine, Statement

_ROWS: Final = """SELECT source, toString(toDateTime(received_time, 'UTC')) AS received_time, origin, line, reason, text
FROM rejected_records FINAL WHERE account = {account:UInt32}
ORDER BY received_time, source, origin, line
SETTINGS output_format_json_array_of_rows = 0"""


def export_rejected(engine: Engine, account: int) -> Iterator[bytes]:
    """The account's rejected records as NDJSON, oldest first; times are UTC. Raises EngineFault."""
    return engine.stream(Statement(_ROWS, {"account": account}))
