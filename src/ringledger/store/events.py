"""The switches' events as they came, and the keys that tie them to calls; derives nothing from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.store.engine import Engine, Statement

_SECOND: Final = 1_000_000
_LIMIT: Final = 2**32
_SLICE: Final = 10_000
"""How many keys a statement names at most."""

_EVENT_COLUMNS: Final = (
    "account", "source", "call_key", "event_time", "event_id", "keys", "payload", "received_time"
)  # fmt: skip
_KEY_COLUMNS: Final = ("account", "source", "key", "linked_key")
_REJECTED_COLUMNS: Final = ("account", "source", "received_time", "origin", "line", "reason", "text")

_LINKED: Final = """SELECT DISTINCT key, linked_key FROM call_event_keys
WHERE account = {account:UInt32} AND source = {source:String} AND key IN {keys:Array(String)}"""

_OF_CALLS: Final = """SELECT source, keys, event_id, toUnixTimestamp64Micro(event_time) AS time, payload
FROM call_events
WHERE account = {account:UInt32} AND source = {source:String} AND call_key IN {keys:Array(String)}"""

_HEARD: Final = """SELECT call_key, toUnixTimestamp64Micro(max(received_time)) AS heard FROM call_events
WHERE account = {account:UInt32} AND source = {source:String} AND call_key IN {keys:Array(String)}
GROUP BY call_key"""

_SOURCES: Final = "SELECT DISTINCT source FROM call_events WHERE account = {account:UInt32} ORDER BY source"

_CALL_KEYS: Final = """SELECT call_key FROM call_events
WHERE account = {account:UInt32} AND source = {source:String} AND call_key > {after:String}
    AND event_time >= fromUnixTimestamp64Micro({begin:Int64}) AND event_time <= fromUnixTimestamp64Micro({end:Int64})
GROUP BY call_key ORDER BY call_key LIMIT {most:UInt32}
SETTINGS optimize_aggregation_in_order = 1"""

Link = tuple[str, str]

_ENCODER: Final = msgspec.json.Encoder()
_STORED: Final = msgspec.json.Decoder(list[RecordedEvent])
_LINK: Final = msgspec.json.Decoder(Link)


def moment(micros: int) -> msgspec.Raw:
    """An instant as the engine reads it from JSON: seconds since 1970 with six decimals."""
    seconds, rest = divmod(micros, _SECOND)
    return msgspec.Raw(b"%d.%06d" % (seconds, rest))


def links(events: Iterable[RecordedEvent]) -> set[Link]:
    """The pairs of keys that the events tie together, each in both directions."""
    found: set[Link] = set()
    for event in events:
        first = event.keys[0]
        for key in event.keys[1:]:
            if key != first:
                found.add((first, key))
                found.add((key, first))
    return found


class Events:
    """The events of one account from one source."""

    def __init__(self, engine: Engine, account: int, source: str) -> None:
        self._engine = engine
        self._account = account
        self._source = source

    def linked(self, keys: Iterable[str]) -> set[Link]:
        """Every stored pair of keys that hangs together with `keys`, over any number of steps."""
        found: set[Link] = set()
        seen = set(keys)
        fresh = sorted(seen)
        while fresh:
            pairs = self._pairs(fresh)
            found |= pairs
            fresh = sorted({linked for _, linked in pairs} - seen)
            seen.update(fresh)
        return found

    def of_calls(self, keys: Iterable[str]) -> list[RecordedEvent]:
        """The stored events whose first key is one of `keys`."""
        found: list[RecordedEvent] = []
        for slice_ in _slices(sorted(keys)):
            found += _STORED.decode(self._engine.read(Statement(_OF_CALLS, self._values(slice_))) or b"[]")
        # Of events that differ under one id the first to be seen counts: always the same one.
        found.sort(key=lambda event: (event.time, event.payload))
        return found

    def heard(self, keys: Iterable[str]) -> dict[str, int]:
        """When the last of the events with each of these first keys came in, in microseconds."""
        found: dict[str, int] = {}
        for slice_ in _slices(sorted(keys)):
            rows = self._engine.rows(Statement(_HEARD, self._values(slice_)))
            found.update((row["call_key"], row["heard"]) for row in rows)
        return found

    def append(self, events: Sequence[RecordedEvent], new_links: Iterable[Link], received: int) -> None:
        """Keeps events and links; when it returns they are on disk. Raises EngineFault.

        The links come first: links without events mean nothing, events without links would be torn apart.
        """
        base: dict[str, object] = {"account": self._account, "source": self._source}
        rows = [base | {"key": key, "linked_key": linked} for key, linked in sorted(new_links)]
        if rows:
            self._engine.insert("call_event_keys", _KEY_COLUMNS, _ENCODER.encode_lines(rows))
        base["received_time"] = moment(received)
        rows = [
            base
            | {
                "call_key": event.keys[0],
                "event_time": moment(event.time),
                "event_id": event.event_id,
                "keys": event.keys,
                "payload": _text(event.payload),
            }
            for event in events
        ]
        if rows:
            self._engine.insert("call_events", _EVENT_COLUMNS, _ENCODER.encode_lines(rows))

    def append_rejected(self, lines: Sequence[tuple[str, RejectedLine]], received: int) -> None:
        """Keeps the records that could not be read, with the name of their file. Raises EngineFault."""
        rows = [
            {
                "account": self._account,
                "source": self._source,
                "received_time": moment(received),
                "origin": origin,
                "line": line.line,
                "reason": line.reason,
                "text": _text(line.text),
            }
            for origin, line in lines
        ]
        if rows:
            self._engine.insert("rejected_records", _REJECTED_COLUMNS, _ENCODER.encode_lines(rows))

    def pages(self, begin: int | None, end: int | None, most: int) -> Iterator[list[str]]:
        """The first keys of the events from `begin` to `end` (both included), in order, at most `most` at a time."""
        values: dict[str, object] = {
            "account": self._account,
            "source": self._source,
            "begin": max(0, begin or 0),
            "end": _LIMIT * _SECOND if end is None else min(max(0, end), _LIMIT * _SECOND),
            "most": most,
        }
        after = ""
        while page := [row["call_key"] for row in self._engine.rows(Statement(_CALL_KEYS, values | {"after": after}))]:
            yield page
            after = page[-1]

    def _pairs(self, keys: list[str]) -> set[Link]:
        found: set[Link] = set()
        for slice_ in _slices(keys):
            rows = self._engine.read(Statement(_LINKED, self._values(slice_)), "JSONCompactEachRow")
            found.update(_LINK.decode_lines(rows))
        return found

    def _values(self, keys: list[str]) -> dict[str, object]:
        return {"account": self._account, "source": self._source, "keys": keys}


def _text(text: str) -> str:
    """The text as UTF-8 can carry it; bytes that were none become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def sources(engine: Engine, account: int) -> list[str]:
    """The sources from which the account has events."""
    return [row["source"] for row in engine.rows(Statement(_SOURCES, {"account": account}))]


def _slices(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _SLICE):
        yield items[start : start + _SLICE]
