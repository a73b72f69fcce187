"""What kind of inquiry each call was, by the contact's other calls; the rules are in docs/attributes.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from ringledger.calls.codes import Attribute, Direction
from ringledger.calls.inquiries import QUALITY, REPEAT_DAYS, TARGET_TALK, SiteRules
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows

_SLICE: Final = 5_000
_TABLE: Final = CALLS_REPORT.table

_CALLS: Final = f"""
SELECT id, start_time, call_key, attributes, direction, assumeNotNull(contact_phone_number) AS contact,
    ifNull(site_id, 0) AS site, ifNull(talk_duration, 0) AS talk, ifNull(is_lost, false) AS lost,
    transform(ifNull(site_id, 0), {{sites:Array(Int64)}}, {{talks:Array(Int64)}}, toInt64({TARGET_TALK})) AS least,
    transform(ifNull(site_id, 0), {{sites:Array(Int64)}}, {{days:Array(Int64)}}, toInt64({REPEAT_DAYS})) AS period,
    talk >= least AND NOT lost AS target
FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND contact_phone_number IN {{contacts:Array(String)}}
    AND isNotNull(finish_time) AND isNotNull(direction)"""

_ORDERED: Final = f"""
SELECT *, row_number() OVER (PARTITION BY contact, direction ORDER BY start_time, id) AS place,
    row_number() OVER (PARTITION BY contact, direction, site ORDER BY start_time, id) AS place_on_site,
    max(if(target, toInt64(toUnixTimestamp(start_time)), toInt64(-1))) OVER (
        PARTITION BY contact, direction, site ORDER BY start_time, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS target_before
FROM ({_CALLS})"""

_RULES: Final = {
    Attribute.FIRST: "site != 0 AND place_on_site = 1",
    Attribute.THROUGH: "site != 0 AND place_on_site = 1 AND place > 1",
    Attribute.PRIMARY: "place = 1",
    Attribute.SECONDARY: "place > 1",
    Attribute.LOST: "lost",
    Attribute.TARGET: "target",
    Attribute.OFF_TARGET: "NOT target",
    Attribute.QUALITY: f"target AND talk >= least * {QUALITY}",
    Attribute.REST: (
        "target AND place_on_site > 1 AND target_before >= 0 "
        "AND toUnixTimestamp(start_time) - target_before <= period * 86400"
    ),
}
"""By attribute when an incoming call has it; an outgoing one is lost or nothing."""

_LISTED: Final = ", ".join(f"if({rule}, '{attribute.value}', '')" for attribute, rule in _RULES.items())

_CHANGED: Final = f"""
SELECT id, toUnixTimestamp(start_time) AS start, arrayStringConcat(found, ',') AS attributes_text
FROM (
    SELECT id, start_time, call_key, attributes, arrayFilter(one -> one != '',
        if(direction = '{Direction.IN.value}', [{_LISTED}], [if(lost, '{Attribute.LOST.value}', '')])) AS found
    FROM ({_ORDERED})
)
WHERE call_key != '' AND found != CAST(attributes, 'Array(String)')"""

_CHOSEN: Final = "id IN {ids:Array(Int64)}"
_VALUE: Final = """CAST(arrayFilter(one -> one != '', splitByChar(',',
    transform(id, {ids:Array(Int64)}, {texts:Array(String)}, ''))), 'Array(LowCardinality(String))')"""


class _Row(msgspec.Struct, frozen=True):
    id: int
    start: int
    attributes_text: str


_ROWS: Final = msgspec.json.Decoder(list[_Row])


def fill_attributes(engine: Engine, account: int, contacts: Iterable[str], sites: Mapping[int, SiteRules]) -> int:
    """Brings the derived sessions with these contacts up to date; returns how many rows changed.

    Any session counts in the order of a contact's calls, uploaded ones too; only those derived from events are written.
    The caller has the account's turn. Safe to repeat. Raises EngineFault.
    """
    names = sorted(set(contacts))
    rules: dict[str, object] = {
        "account": account,
        "sites": list(sites),
        "talks": [rule.target_talk for rule in sites.values()],
        "days": [rule.repeat_days for rule in sites.values()],
    }
    filled = 0
    for start in range(0, len(names), _SLICE):
        some = Statement(_CHANGED, rules | {"contacts": names[start : start + _SLICE]})
        changed = _ROWS.decode(engine.read(some) or b"[]")
        if changed:
            _write(engine, account, changed)
        filled += len(changed)
    return filled


def _write(engine: Engine, account: int, changed: list[_Row]) -> None:
    starts = [row.start for row in changed]
    values: dict[str, object] = {
        "ids": [row.id for row in changed],
        "texts": [row.attributes_text for row in changed],
    }
    chosen = Chosen(account, Statement(_CHOSEN, values), min(starts), max(starts))
    update_rows(engine, chosen, {"attributes": _VALUE}, starts=starts)
