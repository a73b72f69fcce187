"""Tags and sales on the rows of sessions: set and taken away; knows no rule of who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_counted, update_rows
from ringledger.store.schema import column_type
from ringledger.store.sessions import start_in

_TABLE: Final = CALLS_REPORT.table
_TAGS_TYPE: Final = next(column_type(field) for field in CALLS_REPORT.fields if field.name == "tags")

_FOUND: Final = f"""SELECT id, toUnixTimestamp(start_time) AS start, tags FROM {_TABLE} FINAL
WHERE account = {{account:UInt32}}"""
_BY_ID: Final = f"{_FOUND} AND id = {{id:Int64}} AND communication_id = id"
_AT_START: Final = f"{_BY_ID} AND start_time = toDateTime({{start:UInt32}}, 'UTC')"
_BY_COMMUNICATION: Final = f"{_FOUND} AND communication_id = {{id:Int64}} ORDER BY start_time, id LIMIT 1"
_BY_EXT_ID: Final = f"{_FOUND} AND ext_id = {{id:String}} ORDER BY start_time, id LIMIT 1"

_GIVEN: Final = "JSONExtract({tags:String}, {tags_type:String})"
_HAS: Final = "arrayExists(one -> one.tag_id = {tag:Int64}, tags)"
_OTHERS: Final = "arrayFilter(one -> ifNull(one.tag_id, 0) != {tag:Int64}, tags)"


class Tag(msgspec.Struct, frozen=True, rename=lambda name: f"tag_{name}"):
    """A tag as a row has it: `type` is "auto" or "manual", `change_time` Unix seconds or what the engine told."""

    id: int | None
    name: str | None
    type: str | None
    change_time: int | str | None
    user_id: int | None = None
    user_login: str | None = None
    employee_id: int | None = None
    employee_full_name: str | None = None


class TaggedCall(msgspec.Struct, frozen=True):
    """A session: where its row is and what tags it has; `start` in Unix seconds."""

    id: int
    start: int
    tags: tuple[Tag, ...]


_CALLS: Final = msgspec.json.Decoder(list[TaggedCall])


def find(
    engine: Engine, account: int, *, communication: int | None = None, ext_id: str | None = None
) -> TaggedCall | None:
    """The session of a communication, or the first with that external id; None where there is none.

    Who changes what it has of tags holds the account's turn from before this. Raises EngineFault.
    """
    if ext_id is not None:
        return _found(engine, _BY_EXT_ID, {"account": account, "id": ext_id})
    values: dict[str, object] = {"account": account, "id": communication or 0}
    # A call that Ringledger derived is its own communication, and mostly began in the second that its id tells.
    start = start_in(communication or 0)
    at_start = None if start is None else _found(engine, _AT_START, {**values, "start": start})
    return at_start or _found(engine, _BY_ID, values) or _found(engine, _BY_COMMUNICATION, values)


def set_tag(engine: Engine, account: int, call: TaggedCall, tag: Tag) -> None:
    """Sets a tag on one session, unless it has it; the caller has the account's turn. Raises EngineFault."""
    if all(one.id != tag.id for one in call.tags):
        _write(engine, account, call, (*call.tags, tag))


def set_tag_on(engine: Engine, chosen: Chosen, tag: Tag) -> int:
    """Sets a tag on all chosen sessions that do not have it; returns on how many. Raises EngineFault.

    The caller has the account's turn.
    """
    condition = chosen.condition
    untagged = Statement(f"({condition.sql}) AND NOT {_HAS}", {**condition.values, "tag": tag.id, **_given([tag])})
    return update_counted(
        engine, structs.replace(chosen, condition=untagged), {"tags": f"arrayConcat({_OTHERS}, {_GIVEN})"}
    )


def unset_tag(engine: Engine, account: int, call: TaggedCall, tag_id: int, *, is_sale: bool) -> None:
    """Takes a tag from one session, with the tag of sales the sale too. Raises EngineFault.

    The caller has the account's turn.
    """
    left = _without(call, tag_id)
    if len(left) < len(call.tags):
        sale = {"sale_date": "NULL", "sale_cost": "NULL"} if is_sale else {}
        _write(engine, account, call, left, sale)


def set_sale(engine: Engine, account: int, call: TaggedCall, tag: Tag, date: int, cost: float) -> None:
    """Notes a sale on one session and sets the tag of sales; `date` is in Unix seconds. Raises EngineFault.

    The caller has the account's turn.
    """
    sale = {"sale_date": "toDateTime({date:UInt32}, 'UTC')", "sale_cost": "{cost:Float64}"}
    _write(engine, account, call, (*_without(call, tag.id), tag), sale, {"date": date, "cost": cost})


def _without(call: TaggedCall, tag_id: int | None) -> tuple[Tag, ...]:
    return tuple(one for one in call.tags if one.id != tag_id)


def _found(engine: Engine, query: str, values: Mapping[str, object]) -> TaggedCall | None:
    calls = _CALLS.decode(engine.read(Statement(query, values)) or b"[]")
    return calls[0] if calls else None


def _given(tags: Sequence[Tag]) -> dict[str, object]:
    return {"tags": msgspec.json.encode(tags).decode(), "tags_type": _TAGS_TYPE}


def _write(
    engine: Engine,
    account: int,
    call: TaggedCall,
    tags: Sequence[Tag],
    sale: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
) -> None:
    """Gives the session these tags, and columns of a sale, SQL with its values.

    The tags are a value and not worked out by the engine, which takes twice as long to read and change them.
    """
    one = Statement("id = {id:Int64}", {"id": call.id, **_given(tags), **(values or {})})
    update_rows(engine, Chosen(account, one, call.start, call.start), {"tags": _GIVEN, **(sale or {})})
