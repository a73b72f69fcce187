"""Which recordings the legs of a session name, on rows that are there already; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows
from ringledger.store.sessions import start_in

_TABLE: Final = LEGS_REPORT.table
_DAY: Final = 86_400
_LONGEST: Final = 7 * _DAY
"""Seconds; the legs of a session start within so many of its id's moment, which is its first known start."""

_LEGS: Final = f"""
SELECT id, leg_key, party, toUnixTimestamp(start_time) AS start, call_records FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND call_session_id = {{session:Int64}}
    AND start_time >= toDateTime({{first:UInt32}}, 'UTC') AND start_time <= toDateTime({{last:UInt32}}, 'UTC')
ORDER BY start_time, id"""

_NAMED: Final = "call_session_id IN {sessions:Array(Int64)} AND notEmpty(call_records)"


class RecordedLeg(msgspec.Struct, frozen=True):
    """A leg's row; `start` in Unix seconds."""

    id: int
    leg_key: str
    party: str
    start: int
    call_records: tuple[str, ...]


_ROWS: Final = msgspec.json.Decoder(list[RecordedLeg])


def legs_of(engine: Engine, account: int, session: int) -> list[RecordedLeg]:
    """The legs of a session in the order of their starts. Raises EngineFault."""
    first, last = _period([session])
    values = {"account": account, "session": session, "first": first, "last": last}
    return _ROWS.decode(engine.read(Statement(_LEGS, values)) or b"[]")


def name_in_leg(engine: Engine, account: int, leg: RecordedLeg, records: Collection[str]) -> None:
    """Names recordings in a leg, each once. Raises EngineFault; the caller has the account's turn."""
    if set(records) <= set(leg.call_records):
        return
    values = {"leg": leg.id, "records": list(dict.fromkeys((*leg.call_records, *records)))}
    chosen = Chosen(account, Statement("id = {leg:Int64}", values), leg.start, leg.start)
    update_rows(engine, chosen, {"call_records": "{records:Array(String)}"}, _TABLE)


def forget_in_legs(engine: Engine, account: int, sessions: Sequence[int], digests: Collection[str]) -> None:
    """Takes recordings out of the legs of sessions. Raises EngineFault; the caller has the account's turn."""
    if not sessions or not digests:
        return
    values = {"sessions": list(sessions), "digests": sorted(digests)}
    chosen = Chosen(account, Statement(_NAMED, values), *_period(sessions))
    left = "arrayFilter(record -> NOT has({digests:Array(String)}, substring(record, 1, 64)), call_records)"
    update_rows(engine, chosen, {"call_records": left}, _TABLE)


def _period(sessions: Sequence[int]) -> tuple[int, int]:
    starts = [start_in(session) for session in sessions]
    known = [start for start in starts if start is not None]
    if len(known) < len(starts):
        return 0, EVER
    return max(0, min(known) - _DAY), min(max(known) + _LONGEST, EVER)
