"""The rows of derived sessions: found again, given ids, written as new versions; derives nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from ringledger.calls.inquiries import ContactCall, Following
from ringledger.calls.session import CallSession
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.legs import LegsOf, write_legs
from ringledger.store.schema import columns

_SECOND: Final = 1_000_000
_DAY: Final = 86_400
_LAST_MOMENT: Final = 2**32 - 1
_FIRST_START: Final = 1_000_000_000
"""In 2001: what would be an earlier start is an id that was counted."""
_HASH_BITS: Final = 21
_TABLE: Final = CALLS_REPORT.table
_COLUMNS: Final = tuple(columns(CALLS_REPORT))

_IDENTITY: Final = ("id", "start_time", "finish_time", "communication_id", "communication_type")

DERIVED_COLUMNS: Final = tuple(name for name in _COLUMNS if name in CallSession.__struct_fields__)
"""What a call says of itself, written anew with each derivation."""

KEPT_COLUMNS: Final = tuple(name for name in _COLUMNS if name not in {*_IDENTITY, *DERIVED_COLUMNS})
"""What others say of a call (tags, sales, ratings, recordings), carried over from the stored row."""

_WRITTEN: Final = ("account", *_COLUMNS, "call_key", "fingerprint", "version", "is_deleted")

_PERIOD: Final = """account = {account:UInt32}
    AND start_time >= toDateTime({first:UInt32}, 'UTC') AND start_time <= toDateTime({last:UInt32}, 'UTC')"""

_ROW: Final = """id, toUnixTimestamp(start_time) AS start, isNotNull(finish_time)::Bool AS finished, call_key,
    fingerprint, version, contact_phone_number AS contact"""

_STORED: Final = f"""
SELECT {_ROW}
FROM {_TABLE} FINAL WHERE {_PERIOD} AND call_key IN {{keys:Array(String)}}
ORDER BY start, id"""

_TAKEN: Final = f"""
SELECT {_ROW}
FROM {_TABLE} FINAL WHERE account = {{account:UInt32}} AND id IN {{ids:Array(Int64)}}"""

_ANY_TAKEN: Final = f"""SELECT 1 AS taken FROM {_TABLE}
WHERE account = {{account:UInt32}} AND id IN {{ids:Array(Int64)}} LIMIT 1"""
"""Costs a fraction of what it costs to tell which of the rows are the newest."""

_KEPT: Final = f"""
SELECT id, {", ".join(KEPT_COLUMNS)} FROM {_TABLE} FINAL WHERE {_PERIOD} AND id IN {{ids:Array(Int64)}}"""

_OF_CALLS: Final = f"""
SELECT call_key, min(id) AS id FROM {_TABLE} FINAL
WHERE {_PERIOD} AND call_key IN {{keys:Array(String)}} GROUP BY call_key"""

_ENCODER: Final = msgspec.json.Encoder()
_NOTHING: Final = Following()


class StoredSession(msgspec.Struct, frozen=True):
    """What is needed of a row to decide whether it changes; `start` in seconds."""

    id: int
    start: int
    finished: bool
    call_key: str
    fingerprint: int
    version: int
    contact: str | None


class Ended(msgspec.Struct, frozen=True):
    """A session that has ended, `start` in seconds; `is_new` tells whether its row did not know so before."""

    id: int
    start: int
    is_new: bool


class _Change(msgspec.Struct):
    session: CallSession
    call_key: str
    fingerprint: int
    old: StoredSession | None
    id: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What a derivation is about to change, and rows that will be sessions no more.

    `ended` are all of its sessions that have ended, changed or not.
    """

    changes: tuple[_Change, ...]
    removed: tuple[StoredSession, ...]
    ended: tuple[Ended, ...]

    @property
    def coming(self) -> list[ContactCall]:
        """The calls of contacts among the sessions to be written."""
        return [
            _coming(change.id, change.session, change.session.contact_phone_number)
            for change in self.changes
            if change.session.contact_phone_number
        ]

    @property
    def replaced(self) -> list[int]:
        """The ids of the stored sessions that get a new version or go."""
        return [change.id for change in self.changes if change.old] + [old.id for old in self.removed]

    @property
    def old_contacts(self) -> set[str]:
        """The contacts that these calls had so far."""
        rows = [*self.removed, *(change.old for change in self.changes if change.old)]
        return {row.contact for row in rows if row.contact}


_STORED_ROWS: Final = msgspec.json.Decoder(list[StoredSession])
_KEPT_ROWS: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


def first_id(start: int, call_key: str) -> int:
    """The id that a session starting in this second gets if it is free: it grows with time and is below 2^53."""
    spread = int.from_bytes(blake2b(call_key.encode(), digest_size=4).digest()) >> (32 - _HASH_BITS)
    return (start << _HASH_BITS) | spread


def start_in(session_id: int) -> int | None:
    """The second in which a session with this id began when it got the id, None for an id that came from elsewhere."""
    start = session_id >> _HASH_BITS
    return start if _FIRST_START <= start <= _LAST_MOMENT else None


def sessions_of_calls(
    engine: Engine, account: int, source: str, keys: Iterable[str], period: tuple[int, int] = (0, _LAST_MOMENT)
) -> dict[str, int]:
    """The ids of the sessions that a source's calls became, by the calls' keys.

    They started within `period`, first and last moment in Unix seconds. Raises EngineFault.
    """
    values: dict[str, object] = {"account": account, "first": period[0], "last": period[1]}
    values["keys"] = [f"{source}:{key}" for key in sorted(keys)]
    rows = engine.rows(Statement(_OF_CALLS, values))
    return {row["call_key"].removeprefix(f"{source}:"): row["id"] for row in rows}


class Sessions:
    """The sessions of one account that were derived from one source's events."""

    def __init__(self, engine: Engine, account: int, source: str) -> None:
        self._engine = engine
        self._account = account
        self._source = source

    def plan(
        self,
        sessions: Sequence[CallSession],
        calls: Mapping[str, str],
        known: Container[str],
        period: tuple[int, int],
    ) -> Plan:
        """What has to be written so that the stored rows of some calls are what was derived of them.

        `calls` gives each key of the calls the name of its call, `known` are the names of those that may have rows,
        `period` the first and last instant of their events. Raises EngineFault.
        """
        stored = self._stored([key for key, name in calls.items() if name in known], period, sessions)
        paired, removed = self._paired(sessions, calls, stored)
        changes = [one for one in paired if one.old is None or one.old.fingerprint != one.fingerprint]
        self._give_ids(changes)
        return Plan(tuple(changes), tuple(removed), _ended(paired))

    def write(self, plan: Plan, followings: Mapping[int, Following], version: int) -> None:
        """Carries out a plan; `followings` are of its sessions by id. Safe to repeat. Raises EngineFault."""
        legs = [LegsOf(one.id, one.session, one.old.start if one.old else None) for one in plan.changes]
        legs += [LegsOf(old.id, None, old.start) for old in plan.removed]
        write_legs(self._engine, self._account, legs, version)
        self._write_rows(plan, followings, version)

    def _stored(
        self, calls: Sequence[str], period: tuple[int, int], sessions: Sequence[CallSession]
    ) -> list[StoredSession]:
        if not calls:
            return []
        keys = [self._call_key(key) for key in calls]
        first = min(period[0], *(one.start for one in sessions)) if sessions else period[0]
        values = self._period(first // _SECOND - _DAY, period[1] // _SECOND + _DAY) | {"keys": keys}
        return _STORED_ROWS.decode(self._engine.read(Statement(_STORED, values)) or b"[]")

    def _paired(
        self, sessions: Sequence[CallSession], calls: Mapping[str, str], stored: Sequence[StoredSession]
    ) -> tuple[list[_Change], list[StoredSession]]:
        """Each session with its row: the one of its key, else one of its call that no other session has."""
        rows: dict[str, list[StoredSession]] = defaultdict(list)
        for row in stored:
            rows[row.call_key].append(row)
        changes = []
        for session in sorted(sessions, key=lambda one: one.start):
            key = self._call_key(session.key)
            fingerprint = _fingerprint(key, session)
            changes.append(_Change(session, key, fingerprint, _matching(rows.get(key), fingerprint)))
        left: dict[str, list[StoredSession]] = defaultdict(list)
        for key, rest in rows.items():
            left[calls[key.removeprefix(f"{self._source}:")]] += rest
        for change in changes:
            if change.old is None and (mine := left.get(calls.get(change.session.key, ""))):
                change.old = mine.pop(0)
        return changes, [row for rest in left.values() for row in rest]

    def _give_ids(self, changes: Iterable[_Change]) -> None:
        """Keeps the id that a call has; to others gives the first free one, found in as few statements as may be."""
        wanted: dict[int, _Change] = {}
        homeless = []
        for change in changes:
            if change.old is not None:
                change.id = change.old.id
            else:
                change.id = first_id(change.session.start // _SECOND, change.call_key)
                homeless.append(change)
        while homeless:
            rivals = []
            for change in homeless:
                while change.id in wanted:
                    change.id += 1
                wanted[change.id] = change
            ids = [change.id for change in homeless]
            for row in self._taken(ids):
                change = wanted[row.id]
                if row.call_key == "" and row.id == first_id(row.start, change.call_key):
                    change.old = row  # the call's own row, replaced by an uploaded one
                else:
                    rivals.append(change)
            for change in rivals:
                change.id += 1
            homeless = rivals

    def _taken(self, ids: list[int]) -> list[StoredSession]:
        values = {"account": self._account, "ids": ids}
        if not self._engine.rows(Statement(_ANY_TAKEN, values)):
            return []
        return _STORED_ROWS.decode(self._engine.read(Statement(_TAKEN, values)) or b"[]")

    def _write_rows(self, plan: Plan, followings: Mapping[int, Following], version: int) -> None:
        changes, removed = plan.changes, plan.removed
        kept = self._kept([one.old for one in changes if one.old is not None])
        rows: list[dict[str, object]] = [self._tombstone(old, version) for old in removed]
        for change in changes:
            session, old = change.session, change.old
            row: dict[str, object] = dict(kept.get(change.id, {}))
            row.update({name: getattr(session, name) for name in DERIVED_COLUMNS})
            if session.recordings:
                row["call_records"] = _joined(row.get("call_records"), session.recordings)
            if session.rating is not None:
                row["last_answered_employee_rating"] = session.rating
            following = followings.get(change.id, _NOTHING)
            row |= {
                "attributes": following.attributes,
                "lost_call_processing_duration": following.waited,
                "account": self._account,
                "id": change.id,
                "start_time": session.start // _SECOND,
                "finish_time": None if session.finish is None else session.finish // _SECOND,
                "communication_id": change.id,
                "communication_type": "call",
                "call_key": change.call_key,
                "fingerprint": change.fingerprint,
                "version": _after(old, version),
            }
            rows.append(row)
            if old is not None and old.start != row["start_time"]:
                rows.append(self._tombstone(old, version))
        if rows:
            starts = [int(str(row["start_time"])) for row in rows]
            replaces = any(old.finished for old in removed) or any(one.old and one.old.finished for one in changes)
            with self._engine.changes.writing(self._account, min(starts), max(starts), replaces=replaces):
                self._engine.insert(_TABLE, _WRITTEN, _ENCODER.encode_lines(rows))

    def _kept(self, rows: Sequence[StoredSession]) -> dict[int, dict[str, msgspec.Raw]]:
        if not rows:
            return {}
        values = self._period(min(row.start for row in rows), max(row.start for row in rows))
        found = _KEPT_ROWS.decode(
            self._engine.read(Statement(_KEPT, values | {"ids": [row.id for row in rows]})) or b"[]"
        )
        return {int(bytes(row["id"])): row for row in found}

    def _tombstone(self, old: StoredSession, version: int) -> dict[str, object]:
        return {
            "account": self._account,
            "id": old.id,
            "start_time": old.start,
            "version": _after(old, version),
            "is_deleted": 1,
        }

    def _period(self, first: int, last: int) -> dict[str, object]:
        return {"account": self._account, "first": max(0, first), "last": min(last, 2**32 - 1)}

    def _call_key(self, key: str) -> str:
        return f"{self._source}:{key}"


def _matching(rows: list[StoredSession] | None, fingerprint: int) -> StoredSession | None:
    """Takes from the rows of one key the one that says the same already, else the earliest."""
    if not rows:
        return None
    return rows.pop(next((at for at, row in enumerate(rows) if row.fingerprint == fingerprint), 0))


def _joined(kept: object, recordings: Iterable[str]) -> list[str]:
    """The recordings of the stored row and those that the switch tells of, each once."""
    before = msgspec.json.decode(kept, type=list[str]) if isinstance(kept, msgspec.Raw) else []
    return list(dict.fromkeys([*before, *recordings]))


def _ended(changes: Iterable[_Change]) -> tuple[Ended, ...]:
    return tuple(
        Ended(
            one.id or (one.old.id if one.old else 0),
            one.session.start // _SECOND,
            one.old is None or not one.old.finished,
        )
        for one in changes
        if one.session.finish is not None
    )


def _coming(id_: int, session: CallSession, contact: str) -> ContactCall:
    start, wait = session.start // _SECOND, session.wait_duration
    return ContactCall(
        id=id_,
        start=start,
        finish=0 if session.finish is None else session.finish // _SECOND,
        direction=session.direction.value if session.direction else "",
        contact=contact,
        site=session.site_id or 0,
        talk=session.talk_duration or 0,
        lost=session.is_lost is True,
        talked=start + wait if session.is_lost is False and wait is not None else 0,
    )


def _after(old: StoredSession | None, version: int) -> int:
    return version if old is None else max(version, old.version + 1)


def _fingerprint(call_key: str, session: CallSession) -> int:
    facts = [getattr(session, name) for name in DERIVED_COLUMNS]
    more = [session.recordings] if session.recordings else []
    content = _ENCODER.encode((call_key, session.start, session.finish, facts, session.legs, *more))
    return int.from_bytes(blake2b(content, digest_size=8).digest())
