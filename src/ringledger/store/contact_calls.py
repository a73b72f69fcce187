"""The stored calls of contacts: read for what follows for them and for new ones, and updated where it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from ringledger.calls.inquiries import ContactCall, Following, SiteRules, follow
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows

_SLICE: Final = 5_000
_WAITED: Final = "lost_call_processing_duration"

_CALLS: Final = f"""
SELECT id, toUnixTimestamp(start_time) AS start, ifNull(toUnixTimestamp(finish_time), 0) AS finish,
    ifNull(direction, '') AS direction, assumeNotNull(contact_phone_number) AS contact, ifNull(site_id, 0) AS site,
    ifNull(talk_duration, 0) AS talk, ifNull(is_lost, false) AS lost,
    if(is_lost = false AND isNotNull(wait_duration), start + assumeNotNull(wait_duration), 0) AS talked,
    attributes, {_WAITED} AS waited, (call_key != '')::Bool AS is_derived
FROM {CALLS_REPORT.table} FINAL
WHERE account = {{account:UInt32}} AND contact_phone_number IN {{contacts:Array(String)}}"""

_ATTRIBUTES: Final = """CAST(arrayFilter(one -> one != '', splitByChar(',',
    transform(id, {ids:Array(Int64)}, {texts:Array(String)}, ''))), 'Array(LowCardinality(String))')"""
_WAIT: Final = "nullIf(transform(id, {ids:Array(Int64)}, {waits:Array(Int64)}, toInt64(-1)), -1)"


class _Stored(ContactCall, frozen=True):
    """A row, with what was found to follow for it the last time; only one derived from events may be changed."""

    attributes: tuple[str, ...]
    waited: int | None
    is_derived: bool


class Followings(msgspec.Struct, frozen=True):
    """What follows for calls that are about to be written, by id, and for stored ones where that changed."""

    coming: dict[int, Following]
    changed: list[tuple[ContactCall, Following]]


_ROWS: Final = msgspec.json.Decoder(list[_Stored])


def followings(
    engine: Engine,
    account: int,
    contacts: Iterable[str],
    sites: Mapping[int, SiteRules],
    coming: Sequence[ContactCall] = (),
    replaced: Collection[int] = (),
) -> Followings:
    """What follows for the derived calls of these contacts, stored ones and those that are about to be written.

    The ids of rows that will be replaced or removed are `replaced`. Any call counts in the order of a contact's calls
    and as a conversation, uploaded ones too; only those derived from events change. Raises EngineFault.
    """
    by_contact: dict[str, list[ContactCall]] = defaultdict(list)
    for call in (*coming, *_stored(engine, account, sorted(set(contacts)), frozenset(replaced))):
        by_contact[call.contact].append(call)
    found = Followings({}, [])
    for calls in by_contact.values():
        for call, following in follow(calls, sites):
            if not isinstance(call, _Stored):
                found.coming[call.id] = following
            elif call.is_derived and (call.attributes, call.waited) != (following.attributes, following.waited):
                found.changed.append((call, following))
    return found


def update_followings(engine: Engine, account: int, found: Followings) -> int:
    """Updates the stored calls that are to change; returns how many they are. Raises EngineFault.

    The caller has had the account's turn since they were found. Safe to repeat.
    """
    if not found.changed:
        return 0
    starts = [call.start for call, _ in found.changed]
    values: dict[str, object] = {
        "ids": [call.id for call, _ in found.changed],
        "texts": [",".join(following.attributes) for _, following in found.changed],
        "waits": [-1 if following.waited is None else following.waited for _, following in found.changed],
    }
    chosen = Chosen(account, Statement("id IN {ids:Array(Int64)}", values), min(starts), max(starts))
    update_rows(engine, chosen, {"attributes": _ATTRIBUTES, _WAITED: _WAIT}, starts=starts)
    return len(found.changed)


def _stored(engine: Engine, account: int, contacts: Sequence[str], replaced: Collection[int]) -> list[_Stored]:
    found: list[_Stored] = []
    for start in range(0, len(contacts), _SLICE):
        values = {"account": account, "contacts": contacts[start : start + _SLICE]}
        rows = _ROWS.decode(engine.read(Statement(_CALLS, values)) or b"[]")
        found += (row for row in rows if row.id not in replaced)
    return found
