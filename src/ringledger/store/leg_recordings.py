"""Which recordings the legs of a session name, on rows that are there already; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine, Statement
from ringledger.store.legs import WRITTEN
from ringledger.store.row_updates import Chosen, update_rows
from ringledger.store.sessions import start_in

Row = Mapping[str, Any]
"""A leg's row."""

_TABLE: Final = LEGS_REPORT.table
_DAY: Final = 86_400
_LONGEST: Final = 7 * _DAY
"""Seconds; the legs of a session start within so many of its id's moment, which is its first known start."""

_COPIED: Final = tuple(name for name in WRITTEN if name != "is_deleted")

_LEGS: Final = f"""
SELECT {", ".join(_COPIED)} FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND call_session_id = {{session:Int64}}
    AND start_time >= toDateTime({{first:UInt32}}, 'UTC') AND start_time <= toDateTime({{last:UInt32}}, 'UTC')
ORDER BY start_time, id"""

_NAMED: Final = "call_session_id IN {sessions:Array(Int64)} AND notEmpty(call_records)"


_ENCODER: Final = msgspec.json.Encoder()


def legs_of(engine: Engine, account: int, session: int) -> Sequence[Row]:
    """The rows of a session's legs in the order of their starts. Raises EngineFault."""
    first, last = _period([session])
    return engine.rows(Statement(_LEGS, {"account": account, "session": session, "first": first, "last": last}))


def name_in_leg(engine: Engine, account: int, leg: Row, records: Iterable[str]) -> None:
    """Names recordings in a leg, each once, by a new version of its row. Raises EngineFault.

    The caller has the account's turn.
    """
    named = list(dict.fromkeys((*leg["call_records"], *records)))
    if named != leg["call_records"]:
        row = {**leg, "call_records": named, "version": leg["version"] + 1}
        with engine.changes.writing(account, *_period([leg["call_session_id"]])):
            engine.insert(_TABLE, _COPIED, _ENCODER.encode_lines([row]))


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
