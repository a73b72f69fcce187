"""The request log: rows wait in memory and are written in batches, and are read for the server's owner."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog

from ringledger.catalogue.api_requests import API_REQUESTS
from ringledger.faults import EngineFault
from ringledger.store.engine import Engine, Statement

log = structlog.get_logger()

MOST_WAITING: Final = 100_000
"""Rows that wait at the most; when the store fails for long, the oldest are given up."""

NOBODY: Final = 0
"""The account of requests that belong to none."""

_MOMENT: Final = API_REQUESTS.moment
_COLUMNS: Final = ("account", *(field.name for field in API_REQUESTS.fields))
_ENCODER: Final = msgspec.json.Encoder()
_OLD: Final = f"FROM {API_REQUESTS.table} WHERE {_MOMENT} < toDateTime({{before:UInt32}}, 'UTC')"


class RequestLog:
    """The log of an engine's requests; may be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._writing = threading.Lock()

    def add(self, row: Mapping[str, object]) -> None:
        """Takes a row with `account` and the report's fields; `flush` writes it."""
        self._waiting.append(_ENCODER.encode(row))

    def flush(self) -> None:
        """Writes the rows that wait. Those of a store that fails go on waiting. Raises EngineFault."""
        with self._writing:
            rows = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not rows:
                return
            try:
                self._engine.insert(API_REQUESTS.table, _COLUMNS, b"\n".join(rows))
            except EngineFault:
                kept = rows[len(rows) + len(self._waiting) - MOST_WAITING :] if rows else rows
                self._waiting.extendleft(reversed(kept))
                raise

    def newest(self, begin: int, till: int, limit: int, account: int | None = None) -> list[dict[str, Any]]:
        """The newest rows of a period, both ends included, the latest first: of one account, or of all.

        Moments are UTC in the form "YYYY-MM-DD hh:mm:ss". Raises EngineFault.
        """
        values: dict[str, object] = {"begin": begin, "till": till, "limit": limit}
        own = ""
        if account is not None:
            own, values["account"] = "AND account = {account:UInt32} ", account
        query = (
            f"SELECT {', '.join(_COLUMNS)} FROM {API_REQUESTS.table} WHERE {_MOMENT} >= toDateTime({{begin:UInt32}}, "
            f"'UTC') AND {_MOMENT} <= toDateTime({{till:UInt32}}, 'UTC') {own}"
            f"ORDER BY {_MOMENT} DESC, {API_REQUESTS.key} DESC LIMIT {{limit:UInt32}}"
        )
        return self._engine.rows(Statement(query, values))

    def forget(self, before: int) -> None:
        """Deletes the rows of requests before that moment, in Unix seconds. Raises EngineFault."""
        values = {"before": max(0, before)}
        if self._engine.rows(Statement(f"SELECT count() AS old {_OLD}", values))[0]["old"]:
            self._engine.run(Statement(f"DELETE {_OLD}", values))
