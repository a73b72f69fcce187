"""When and how much each source brought of late, and what of it was refused; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.store.engine import Engine, Statement

_EVENTS: Final = """SELECT source, toUnixTimestamp(min(received_time)) AS first_time,
    toUnixTimestamp(max(received_time)) AS last_time,
    uniqExactIf(cityHash64(call_key, event_id), received_time >= toDateTime({since:UInt32}, 'UTC')) AS events
FROM call_events WHERE account = {account:UInt32} GROUP BY source"""

_REJECTED: Final = """SELECT source, countIf(received_time >= toDateTime({since:UInt32}, 'UTC')) AS rejected,
    argMax(reason, received_time) AS error, toUnixTimestamp(max(received_time)) AS error_time
FROM rejected_records FINAL WHERE account = {account:UInt32} GROUP BY source"""

_UPLOADS: Final = f"""SELECT countIf(status IN {{waiting:Array(String)}}) AS waiting,
    countIf(status = {{failed:String}} AND upload_time >= toDateTime({{since:UInt32}}, 'UTC')) AS rejected,
    argMaxIf(error_code, upload_time, status = {{failed:String}}) AS error,
    toUnixTimestamp(maxIf(upload_time, status = {{failed:String}})) AS error_time
FROM {UPLOADED_CALLS.table} FINAL WHERE account = {{account:UInt32}}"""

_ACTIVE_MINUTES: Final = """SELECT uniqExact(toStartOfMinute(received_time)) AS minutes FROM call_events
WHERE account = {account:UInt32} AND source = {source:String}
    AND received_time >= toDateTime({begin:UInt32}, 'UTC') AND received_time <= toDateTime({end:UInt32}, 'UTC')"""


class Arrivals(msgspec.Struct, frozen=True):
    """When a source's first and last events came in, in Unix seconds, and how many came lately."""

    source: str
    first_time: int
    last_time: int
    events: int


class Refusals(msgspec.Struct, frozen=True):
    """How many records of a source were refused lately, and why and when (Unix seconds) the last one ever was."""

    source: str
    rejected: int
    error: str | None = None
    error_time: int = 0


class Uploads(msgspec.Struct, frozen=True):
    """The same of uploaded calls, and how many of them are not yet worked on."""

    waiting: int
    refusals: Refusals


def arrivals(engine: Engine, account: int, since: int) -> list[Arrivals]:
    """What came from each source, counted since a moment in Unix seconds. Raises EngineFault."""
    rows = engine.rows(Statement(_EVENTS, {"account": account, "since": max(0, since)}))
    return [msgspec.convert(row, Arrivals) for row in rows]


def refusals(engine: Engine, account: int, since: int) -> list[Refusals]:
    """What was refused of each source, counted since a moment in Unix seconds. Raises EngineFault."""
    rows = engine.rows(Statement(_REJECTED, {"account": account, "since": max(0, since)}))
    return [msgspec.convert(row, Refusals) for row in rows]


def uploads(engine: Engine, account: int, since: int, states: Mapping[str, object], source: str) -> Uploads:
    """What became of uploads; `states` say which are `waiting` and which one is `failed`. Raises EngineFault."""
    values = {"account": account, "since": max(0, since), **states}
    [row] = engine.rows(Statement(_UPLOADS, values))
    return Uploads(row["waiting"], Refusals(source, row["rejected"], row["error"], row["error_time"]))


def active_minutes(engine: Engine, account: int, source: str, begin: int, end: int) -> int:
    """In how many minutes of a period, in Unix seconds, something came from the source. Raises EngineFault."""
    values = {"account": account, "source": source, "begin": max(0, begin), "end": max(0, end)}
    minutes: int = engine.rows(Statement(_ACTIVE_MINUTES, values))[0]["minutes"]
    return minutes
