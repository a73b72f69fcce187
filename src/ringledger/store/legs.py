"""The rows of call legs, replaced with their session; derives nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from ringledger.calls.session import CallLeg, CallSession
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.schema import columns

_SECOND: Final = 1_000_000
_DAY: Final = 86_400
_HASH_BITS: Final = 21

_TABLE: Final = LEGS_REPORT.table

_MOMENTS: Final = {"start_time": "start", "connect_time": "answer", "finish_time": "end"}
_PERIODS: Final = ("conversations", "holds")
_HAPPENINGS: Final = ("transfers", "parks")
_DERIVED: Final = (
    *(name for name in columns(LEGS_REPORT) if name in CallLeg.__struct_fields__),
    *("leg_key", "channel", "party", "hangup_source"),
)
WRITTEN: Final = (
    "account", "call_session_id", "id", *_DERIVED, *_MOMENTS, *_PERIODS, *_HAPPENINGS, "version", "is_deleted"
)  # fmt: skip

_STORED: Final = f"""
SELECT call_session_id, id, leg_key, toUnixTimestamp(start_time) AS start, call_records, version
FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND start_time >= toDateTime({{first:UInt32}}, 'UTC')
    AND start_time <= toDateTime({{last:UInt32}}, 'UTC') AND call_session_id IN {{sessions:Array(Int64)}}"""

# The id of a leg begins with its start, so that only legs of the same second can have it.
_TAKEN: Final = f"""
SELECT id FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND start_time IN {{starts:Array(UInt32)}} AND id IN {{ids:Array(Int64)}}"""

_ENCODER: Final = msgspec.json.Encoder()


class LegsOf(msgspec.Struct, frozen=True):
    """The session that the legs of `id` are to be taken from, None for none; `old_start` is where its row was."""

    id: int
    session: CallSession | None
    old_start: int | None


class _StoredLeg(msgspec.Struct, frozen=True):
    """A leg's row; `start` in seconds. Its recordings stay when it is derived again."""

    call_session_id: int
    id: int
    leg_key: str
    start: int
    call_records: tuple[str, ...]
    version: int


_ROWS: Final = msgspec.json.Decoder(list[_StoredLeg])


class _Placed(msgspec.Struct):
    """A leg with its session's id and its stored row; `id` is 0 until it has one."""

    session: int
    leg: CallLeg
    old: _StoredLeg | None
    id: int = 0


def write_legs(engine: Engine, account: int, owners: Sequence[LegsOf], version: int) -> None:
    """Makes the stored legs of these sessions what the sessions say. Safe to repeat. Raises EngineFault."""
    stored = _stored(engine, account, owners)
    placed: list[_Placed] = []
    gone: list[_StoredLeg] = []
    for owner in owners:
        old = {row.leg_key: row for row in stored.get(owner.id, ())}
        for leg in owner.session.legs if owner.session else ():
            before = old.get(leg.leg_key)
            placed.append(_Placed(owner.id, leg, before, before.id if before else 0))
            if before is not None and before.start == leg.start // _SECOND:
                del old[leg.leg_key]
        gone += old.values()
    _give_ids(engine, account, placed)
    rows = [_row(account, one, version) for one in placed] + [_tombstone(account, row, version) for row in gone]
    if rows:
        engine.insert(_TABLE, WRITTEN, _ENCODER.encode_lines(rows))


def _give_ids(engine: Engine, account: int, placed: Sequence[_Placed]) -> None:
    """Gives those without an id the first free one, found in as few statements as may be."""
    used = {one.id for one in placed}
    homeless = [one for one in placed if one.id == 0]
    for one in homeless:
        one.id = _first_id(one.session, one.leg)
    while homeless:
        for one in homeless:
            while one.id in used:
                one.id += 1
            used.add(one.id)
        values = {
            "account": account,
            "starts": sorted({one.leg.start // _SECOND for one in homeless}),
            "ids": [one.id for one in homeless],
        }
        taken = {row["id"] for row in engine.rows(Statement(_TAKEN, values))}
        homeless = [one for one in homeless if one.id in taken]


def _stored(engine: Engine, account: int, owners: Sequence[LegsOf]) -> dict[int, list[_StoredLeg]]:
    known = [owner for owner in owners if owner.old_start is not None]
    if not known:
        return {}
    starts = [owner.old_start for owner in known if owner.old_start is not None]
    longest = max((_length(owner) for owner in known), default=_DAY)
    values = {
        "account": account,
        "first": max(0, min(starts) - _DAY),
        "last": min(max(starts) + longest, 2**32 - 1),
        "sessions": [owner.id for owner in known],
    }
    found: dict[int, list[_StoredLeg]] = defaultdict(list)
    for row in _ROWS.decode(engine.read(Statement(_STORED, values)) or b"[]"):
        found[row.call_session_id].append(row)
    return found


def _length(owner: LegsOf) -> int:
    """Seconds within which a session's legs start; a session taken away may have been as long as a week."""
    if owner.session is None:
        return 7 * _DAY
    last = max((leg.start for leg in owner.session.legs), default=owner.session.start)
    return (last - owner.session.start) // _SECOND + _DAY


def _first_id(session: int, leg: CallLeg) -> int:
    spread = int.from_bytes(blake2b(f"{session}:{leg.leg_key}".encode(), digest_size=4).digest()) >> (32 - _HASH_BITS)
    return (leg.start // _SECOND << _HASH_BITS) | spread


def _row(account: int, placed: _Placed, version: int) -> dict[str, object]:
    leg, old = placed.leg, placed.old
    row: dict[str, object] = {name: getattr(leg, name) for name in _DERIVED}
    for name, attribute in _MOMENTS.items():
        micros = getattr(leg, attribute)
        row[name] = None if micros is None else micros // _SECOND
    for name in _PERIODS:
        row[name] = [
            {"start_time": begin // _SECOND, "finish_time": end // _SECOND} for begin, end in getattr(leg, name)
        ]
    for name in _HAPPENINGS:
        row[name] = [{"event_time": time // _SECOND} for time in getattr(leg, name)]
    if old is not None:
        row["call_records"] = list(dict.fromkeys((*old.call_records, *leg.call_records)))
    after = version if old is None else max(version, old.version + 1)
    return row | {"account": account, "call_session_id": placed.session, "id": placed.id, "version": after}


def _tombstone(account: int, row: _StoredLeg, version: int) -> dict[str, object]:
    return {
        "account": account,
        "call_session_id": row.call_session_id,
        "id": row.id,
        "start_time": row.start,
        "version": max(version, row.version + 1),
        "is_deleted": 1,
    }
