"""Tags and sales on the rows of sessions: set and taken away; knows no rule of who may."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_counted, update_rows
from ringledger.store.schema import column_type

_TABLE: Final = CALLS_REPORT.table
_TAGS: Final = next(field for field in CALLS_REPORT.fields if field.name == "tags")

_BY_ID: Final = f"""SELECT id, toUnixTimestamp(start_time) AS start FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND id = {{id:Int64}} AND communication_id = id"""
_BY_COMMUNICATION: Final = f"""SELECT id, toUnixTimestamp(start_time) AS start FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND communication_id = {{id:Int64}} ORDER BY start_time, id LIMIT 1"""
_BY_EXT_ID: Final = f"""SELECT id, toUnixTimestamp(start_time) AS start FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}} AND ext_id = {{id:String}} ORDER BY start_time, id LIMIT 1"""

_ONE: Final = "id = {id:Int64}"
_HAS: Final = "arrayExists(one -> one.tag_id = {tag:Int64}, tags)"
_OTHERS: Final = "arrayFilter(one -> ifNull(one.tag_id, 0) != {tag:Int64}, tags)"


class Tag(msgspec.Struct, frozen=True):
    """A tag as it is set: `type` is "auto" or "manual", `now` in Unix seconds."""

    id: int
    name: str
    type: str
    now: int
    user_id: int | None = None
    user_login: str | None = None


def _with(tag: Tag) -> tuple[str, dict[str, object]]:
    """SQL for a row's tags with this one, and the values that it binds."""
    values: dict[str, object] = {"tag": tag.id, "name": tag.name, "type": tag.type, "now": tag.now}
    values["tags_type"] = column_type(_TAGS)
    user = "NULL, NULL"
    if tag.user_id is not None:
        user = "{user:Int64}, {login:String}"
        values |= {"user": tag.user_id, "login": tag.user_login or ""}
    made = f"tuple({{name:String}}, {{tag:Int64}}, {{now:UInt32}}, {{type:String}}, {user}, NULL, NULL)"
    return f"arrayConcat({_OTHERS}, CAST([{made}], {{tags_type:String}}))", values


class Place(msgspec.Struct, frozen=True):
    """Where a session's row is; `start` in seconds."""

    id: int
    start: int


_PLACES: Final = msgspec.json.Decoder(list[Place])


def find(engine: Engine, account: int, *, communication: int | None = None, ext_id: str | None = None) -> Place | None:
    """The session of a communication, or the first with that external id; None where there is none."""
    if ext_id is not None:
        return _found(engine, _BY_EXT_ID, {"account": account, "id": ext_id})
    values: dict[str, object] = {"account": account, "id": communication or 0}
    # A call that Ringledger derived is its own communication, and found by its id at once.
    return _found(engine, _BY_ID, values) or _found(engine, _BY_COMMUNICATION, values)


def set_tag(engine: Engine, account: int, place: Place, tag: Tag) -> None:
    """Sets a tag on one session, unless it has it; the caller has the account's turn. Raises EngineFault."""
    tags, values = _with(tag)
    update_rows(engine, _one(account, place, f"AND NOT {_HAS}", values), {"tags": tags})


def set_tag_on(engine: Engine, chosen: Chosen, tag: Tag) -> int:
    """Sets a tag on all chosen sessions that do not have it; returns on how many. Raises EngineFault.

    The caller has the account's turn.
    """
    tags, values = _with(tag)
    condition = chosen.condition
    untagged = Statement(f"({condition.sql}) AND NOT {_HAS}", {**condition.values, **values})
    return update_counted(engine, structs.replace(chosen, condition=untagged), {"tags": tags})


def unset_tag(engine: Engine, account: int, place: Place, tag_id: int, *, is_sale: bool) -> None:
    """Takes a tag from one session, with the tag of sales the sale too. Raises EngineFault.

    The caller has the account's turn.
    """
    new = {"tags": _OTHERS} | ({"sale_date": "NULL", "sale_cost": "NULL"} if is_sale else {})
    update_rows(engine, _one(account, place, f"AND {_HAS}", {"tag": tag_id}), new)


def set_sale(engine: Engine, account: int, place: Place, tag: Tag, date: int, cost: float) -> None:
    """Notes a sale on one session and sets the tag of sales; `date` is in Unix seconds. Raises EngineFault.

    The caller has the account's turn.
    """
    tags, values = _with(tag)
    values |= {"date": date, "cost": cost}
    new = {"tags": tags, "sale_date": "toDateTime({date:UInt32}, 'UTC')", "sale_cost": "{cost:Float64}"}
    update_rows(engine, _one(account, place, "", values), new)


def _found(engine: Engine, query: str, values: dict[str, object]) -> Place | None:
    places = _PLACES.decode(engine.read(Statement(query, values)) or b"[]")
    return places[0] if places else None


def _one(account: int, place: Place, condition: str, values: dict[str, object]) -> Chosen:
    return Chosen(account, Statement(f"{_ONE} {condition}", {"id": place.id, **values}), place.start, place.start)
