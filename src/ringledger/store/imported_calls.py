"""What a session file brought, by its rows' versions: whose sessions, which numbers; changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement

_SLICE: Final = 20_000
_TABLE: Final = CALLS_REPORT.table

_BROUGHT: Final = "call_key = '' AND version > {since:UInt64}"
"""Rows of session files have no call's key."""

_ACCOUNTS: Final = f"""SELECT account, toUnixTimestamp(min(start_time)) AS first,
    toUnixTimestamp(max(start_time)) AS last
FROM {_TABLE} WHERE {_BROUGHT} GROUP BY account ORDER BY account"""

_NUMBERS: Final = f"""SELECT DISTINCT assumeNotNull(contact_phone_number) AS number FROM {_TABLE}
WHERE account = {{account:UInt32}} AND isNotNull(contact_phone_number) AND {_BROUGHT}"""

_DERIVED: Final = f"""SELECT DISTINCT assumeNotNull(contact_phone_number) AS number FROM {_TABLE}
WHERE account = {{account:UInt32}} AND call_key != '' AND contact_phone_number IN {{numbers:Array(String)}}"""

_ANY_DERIVED: Final = f"SELECT 1 AS found FROM {_TABLE} WHERE account = {{account:UInt32}} AND call_key != '' LIMIT 1"


def brought(engine: Engine, since: int) -> list[tuple[int, tuple[int, int]]]:
    """The accounts of which rows came from files after that version, and when the first and last of these sessions
    began, in Unix seconds. Raises EngineFault."""
    return [
        (row["account"], (row["first"], row["last"])) for row in engine.rows(Statement(_ACCOUNTS, {"since": since}))
    ]


def contacts_brought(engine: Engine, account: int, since: int) -> Iterator[list[str]]:
    """The contacts' numbers of those rows, each once, some at a time. Raises EngineFault."""
    left = b""
    numbers: list[str] = []
    for piece in engine.stream(Statement(_NUMBERS, {"account": account, "since": since}), "TSVRaw"):
        *lines, left = (left + piece).split(b"\n")
        numbers += [line.decode() for line in lines]
        while len(numbers) >= _SLICE:
            yield numbers[:_SLICE]
            del numbers[:_SLICE]
    if numbers:
        yield numbers


def has_derived(engine: Engine, account: int) -> bool:
    """Whether any of the account's sessions were derived from switch records. Raises EngineFault."""
    return bool(engine.rows(Statement(_ANY_DERIVED, {"account": account})))


def derived_among(engine: Engine, account: int, numbers: Collection[str]) -> list[str]:
    """Those of the contacts that have derived sessions. Raises EngineFault."""
    found = engine.rows(Statement(_DERIVED, {"account": account, "numbers": sorted(numbers)}))
    return [row["number"] for row in found]
