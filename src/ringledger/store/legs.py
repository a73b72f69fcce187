"""The rows of call legs, replaced with their session; derives nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from ringledger.calls.session import CallLeg, CallSession
from ringledger.store.engine import Engine, Statement
from ringledger.store.events import moment

_SECOND: Final = 1_000_000
_DAY: Final = 86_400
_HASH_BITS: Final = 21

_MOMENTS: Final = {"start_time": "start", "connect_time": "answer", "finish_time": "end"}
_STATED: Final = (
    "leg_key", "channel", "direction", "party", "employee_id", "employee_full_name", "phone_number",
    "release_cause_code", "hangup_source", "is_transfered",
)  # fmt: skip
_WRITTEN: Final = (
    "account", "call_session_id", "id", *_STATED, *_MOMENTS, "conversations", "version", "is_deleted"
)  # fmt: skip

_STORED: Final = """
SELECT call_session_id, id, leg_key, toUnixTimestamp64Micro(start_time) AS start, version
FROM call_legs FINAL
WHERE account = {account:UInt32} AND start_time >= toDateTime({first:UInt32}, 'UTC')
    AND start_time <= toDateTime({last:UInt32}, 'UTC') AND call_session_id IN {sessions:Array(Int64)}"""

_ENCODER: Final = msgspec.json.Encoder()


class LegsOf(msgspec.Struct, frozen=True):
    """The session that the legs of `id` are to be taken from, None for none; `old_start` is where its row was."""

    id: int
    session: CallSession | None
    old_start: int | None


class _StoredLeg(msgspec.Struct, frozen=True):
    call_session_id: int
    id: int
    leg_key: str
    start: int
    version: int


_ROWS: Final = msgspec.json.Decoder(list[_StoredLeg])


def write_legs(engine: Engine, account: int, owners: Sequence[LegsOf], version: int) -> None:
    """Makes the stored legs of these sessions what the sessions say. Safe to repeat. Raises EngineFault."""
    stored = _stored(engine, account, owners)
    rows: list[dict[str, object]] = []
    for owner in owners:
        old = {row.leg_key: row for row in stored.get(owner.id, ())}
        used = {row.id for row in old.values()}
        for leg in owner.session.legs if owner.session else ():
            before = old.get(leg.leg_key)
            id_ = before.id if before else _free(_first_id(owner.id, leg), used)
            used.add(id_)
            after = version if before is None else max(version, before.version + 1)
            rows.append(_row(account, owner.id, id_, leg, after))
            if before is not None and before.start == leg.start:
                del old[leg.leg_key]
        rows += [_tombstone(account, row, version) for row in old.values()]
    if rows:
        engine.insert("call_legs", _WRITTEN, _ENCODER.encode_lines(rows))


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


def _free(wanted: int, used: set[int]) -> int:
    while wanted in used:
        wanted += 1
    return wanted


def _row(account: int, session: int, id_: int, leg: CallLeg, version: int) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(leg, name) for name in _STATED}
    for name, attribute in _MOMENTS.items():
        micros = getattr(leg, attribute)
        row[name] = None if micros is None else moment(micros)
    row["conversations"] = [{"begin": moment(begin), "end": moment(end)} for begin, end in leg.conversations]
    return row | {"account": account, "call_session_id": session, "id": id_, "version": version}


def _tombstone(account: int, row: _StoredLeg, version: int) -> dict[str, object]:
    return {
        "account": account,
        "call_session_id": row.call_session_id,
        "id": row.id,
        "start_time": moment(row.start),
        "version": max(version, row.version + 1),
        "is_deleted": 1,
    }
