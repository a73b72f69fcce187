"""Up to which moment a node has derived the events that it acknowledged, so that a new start knows what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Final

import msgspec

from ringledger.store.engine import Engine, Statement
from ringledger.store.events import moment

_MARGIN: Final = 60_000_000
"""Microseconds by which a node's clock may have been set back."""

_UNTIL: Final = """SELECT count() AS known, toUnixTimestamp64Micro(max(derived_until)) AS until
FROM intake_progress WHERE node = {node:String}"""

_SINCE: Final = """SELECT DISTINCT account, source, call_key FROM call_events
WHERE received_time >= fromUnixTimestamp64Micro({since:Int64}) AND source IN {sources:Array(String)}
ORDER BY account, source, call_key"""


def derived_until(engine: Engine, node: str) -> int | None:
    """The moment in microseconds, None for a node that is new. Raises EngineFault."""
    row = engine.rows(Statement(_UNTIL, {"node": node}))[0]
    return row["until"] if row["known"] else None


def note_derived(engine: Engine, node: str, until: int) -> None:
    """Notes that the sessions of everything that came in before the moment are up to date. Raises EngineFault."""
    row = msgspec.json.encode({"node": node, "derived_until": moment(until)})
    engine.insert("intake_progress", ("node", "derived_until"), row)


def received_since(engine: Engine, since: int, sources: Collection[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Account, source and first keys of the events that these sources brought since a moment. Raises EngineFault."""
    rows = engine.rows(Statement(_SINCE, {"since": max(0, since - _MARGIN), "sources": sorted(sources)}))
    for (account, source), found in groupby(rows, key=lambda row: (row["account"], row["source"])):
        yield account, source, [row["call_key"] for row in found]
