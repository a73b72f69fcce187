"""The entries of accounts' directories: made, changed and taken away by the rules of their kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, func, insert, select, update

from ringledger.calls.inquiries import REPEAT_DAYS, TARGET_TALK, SiteRules
from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.bindings import BINDINGS, release
from ringledger.registry.changed_names import note_name
from ringledger.registry.directory_turn import changing
from ringledger.registry.entities import ENTITIES, TABLES, Entity, Reference
from ringledger.registry.tables import LONGEST_NAME, TAGS

SALE: Final = "Sale"
"""The name of the tag of sales."""

_LARGEST_ID: Final = 2**31

Details = dict[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """An entry of the directory with the parameters that were given of it."""

    id: int
    name: str
    details: Details
    is_system: bool = False
    numbers: tuple[str, ...] = ()


class Entries:
    """The entries of a registry's accounts; `clock` gives Unix seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def all(self, account: int, kind: str) -> list[Entry]:
        """The account's entries of the kind, oldest first."""
        table = TABLES[kind]
        with self._engine.connect() as connection:
            return [_entry(ENTITIES[kind], row) for row in connection.execute(_living(table, account))]

    def find(self, account: int, kind: str, entry_id: float | Decimal, field: str = "id") -> Entry:
        """The entry with that id. Raises CallerFault naming the field where the account has none."""
        with self._engine.connect() as connection:
            return _entry(ENTITIES[kind], _found(connection, account, TABLES[kind], entry_id, field))

    def create(self, account: Account, kind: str, params: Mapping[str, Any]) -> int:
        """Makes an entry and returns its id. Raises CallerFault naming the parameter that does not fit."""
        entity = ENTITIES[kind]
        given = _plain(params)
        with changing(self._engine, account.id) as connection:
            count = _living(entity.table, account.id).with_only_columns(func.count()).order_by(None)
            if connection.execute(count).scalar_one() >= entity.most:
                raise CallerFault("data_limit_exceeded", params={"limit": entity.most})
            _check_references(connection, account.id, entity, given)
            name = _name(entity, given, given)
            _check_unique(connection, account.id, entity, name, None)
            row: dict[str, object] = {"account_id": account.id, entity.name.name: name}
            if kind == "employees":
                row |= {"numbers": [], "channels": []}
            made = int(connection.execute(insert(entity.table).values(row).returning(entity.table.c.id)).scalar_one())
            _settle(connection, account, entity, made, given | {"created": int(self._clock())}, given)
            return made

    def update(self, account: Account, kind: str, params: Mapping[str, Any]) -> None:
        """Changes the entry that `id` names. Raises CallerFault naming the parameter that does not fit."""
        entity = ENTITIES[kind]
        given = _plain(params)
        entry_id = given.pop("id")
        with changing(self._engine, account.id) as connection:
            old = _entry(entity, _found(connection, account.id, entity.table, entry_id, "id"))
            if old.is_system:
                raise CallerFault("forbidden", "id", entry_id)
            _check_references(connection, account.id, entity, given)
            details = old.details | given
            if any(part in given for part in entity.named_by):
                name = _name(entity, details, given)
                _check_unique(connection, account.id, entity, name, old.id)
                _rename(connection, account.id, entity, old, name)
            _settle(connection, account, entity, old.id, details, given)

    def delete(self, account: Account, kind: str, entry_id: float | Decimal, field: str = "id") -> None:
        """Takes an entry away. Raises CallerFault where there is none, and where others cannot do without it."""
        self.delete_all(account, kind, {field: entry_id})

    def delete_all(self, account: Account, kind: str, chosen: Mapping[str, float | Decimal]) -> None:
        """Takes away the entries whose ids the fields name, all or none. Raises CallerFault like `delete`."""
        entity = ENTITIES[kind]
        with changing(self._engine, account.id) as connection:
            for field, entry_id in chosen.items():
                entry = _entry(entity, _found(connection, account.id, entity.table, entry_id, field))
                if entry.is_system:
                    raise CallerFault("forbidden", field, entry_id)
                _let_go(connection, account.id, kind, entry.id, field)
                release(connection, account.id, kind, entry.id)
                # The row stays, so that its id is never given again; its name is free.
                gone = {"is_deleted": True, entity.name.name: f"\x01{entry.id}"}
                connection.execute(update(entity.table).where(entity.table.c.id == entry.id).values(gone))
                if kind == "tags":
                    note_name(connection, account.id, kind, entry.id, None)

    def site_rules(self, account: int) -> dict[int, SiteRules]:
        """By site what makes its target calls and repeated ones, where it says so."""
        return {
            site.id: SiteRules(
                site.details.get("target_call_min_duration", TARGET_TALK),
                site.details.get("second_communication_period", REPEAT_DAYS),
            )
            for site in self.all(account, "sites")
            if {"target_call_min_duration", "second_communication_period"} & site.details.keys()
        }

    def sale_tag(self, account: int) -> Entry:
        """The account's tag of sales, made when it is first asked for."""
        query = _living(TAGS, account).where(TAGS.c.is_system)
        with self._engine.connect() as connection:
            found = connection.execute(query).first()
        if found is None:
            with changing(self._engine, account) as connection:
                found = connection.execute(query).first()
                if found is None:
                    taken = select(TAGS.c.id).where(TAGS.c.account_id == account, TAGS.c.name == SALE)
                    name = SALE if connection.execute(taken).first() is None else f"{SALE} (system)"
                    values = {"account_id": account, "name": name, "is_system": True}
                    found = connection.execute(insert(TAGS).values(values).returning(TAGS)).one()
        return _entry(ENTITIES["tags"], found)


def _living(table: Table, account: int) -> Any:  # noqa: ANN401 - a select of whatever columns the table has
    query = select(table).where(table.c.account_id == account).order_by(table.c.id)
    return query.where(table.c.is_deleted.is_(False)) if "is_deleted" in table.c else query


def _entry(entity: Entity, row: Row[Any]) -> Entry:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Entry(
        id=found["id"],
        name=found[entity.name.name],
        details=dict(found["details"] or {}),
        is_system=bool(found.get("is_system", False)),
        numbers=tuple(found.get("numbers", ())),
    )


def _found(connection: Connection, account: int, table: Table, entry_id: float | Decimal, field: str) -> Row[Any]:
    known = 0 < entry_id < _LARGEST_ID and entry_id == int(entry_id)
    row: Row[Any] | None = None
    if known:
        row = connection.execute(_living(table, account).where(table.c.id == int(entry_id))).first()
    if row is None:
        raise CallerFault("entity_not_found", field, entry_id)
    return row


def _plain(params: Mapping[str, Any]) -> Details:
    """The parameters as JSON keeps them, without those that are null."""
    return {name: _plain_value(value) for name, value in params.items() if value is not None}


def _plain_value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    if isinstance(value, (float, Decimal)):
        return int(value) if value == int(value) else float(value)
    return value


def _name(entity: Entity, details: Details, given: Details) -> str:
    """The name that the parameters make up. Raises CallerFault for one that cannot be read."""
    for part in entity.named_by:
        if part in given and not given[part].isprintable():
            raise CallerFault("invalid_parameter_value", part, given[part])
    name = " ".join(words for part in entity.named_by if (words := details.get(part, "").strip()))
    if not name or len(name) > LONGEST_NAME:
        first = entity.named_by[0]
        raise CallerFault("invalid_parameter_value", first, details.get(first))
    return name


def _check_unique(connection: Connection, account: int, entity: Entity, name: str, own: int | None) -> None:
    if not entity.is_unique:
        return
    query = select(entity.table.c.id).where(entity.table.c.account_id == account, entity.name == name)
    found = connection.execute(query).scalar()
    if found is not None and found != own:
        raise CallerFault("duplicate_entity", entity.named_by[0], name)


def _rename(connection: Connection, account: int, entity: Entity, old: Entry, name: str) -> None:
    if name == old.name:
        return
    values = {entity.name.name: name}
    connection.execute(update(entity.table).where(entity.table.c.id == old.id).values(values))
    if entity.shows_in_calls:
        note_name(connection, account, entity.kind, old.id, name)


def _settle(
    connection: Connection, account: Account, entity: Entity, entry_id: int, details: Details, given: Details
) -> None:
    """Keeps the details, and what they mean for numbers and groups."""
    if entity.groups and "groups" in given:
        _join(connection, account.id, entity.groups, entry_id, given["groups"])
        details = {name: value for name, value in details.items() if name != "groups"}
    if entity.kind in BINDINGS:
        details = BINDINGS[entity.kind](connection, account, entry_id, details, given)
    connection.execute(update(entity.table).where(entity.table.c.id == entry_id).values(details=details))


def _join(connection: Connection, account: int, groups: str, member: int, chosen: Sequence[int]) -> None:
    """Makes the entry a member of these groups and of no others."""
    table = TABLES[groups]
    for row in connection.execute(_living(table, account)).all():
        details = dict(row.details or {})
        members = details.get("members", [])
        if (member in members) != (row.id in chosen):
            others = [one for one in members if one != member]
            details["members"] = [*others, member] if row.id in chosen else others
            connection.execute(update(table).where(table.c.id == row.id).values(details=details))


def _named_ids(value: Any, path: Sequence[str], at: str = "") -> Iterator[tuple[str, int]]:  # noqa: ANN401 - any JSON
    """Each id at the path with where it stands."""
    if not path:
        yield at, value
        return
    here, rest = path[0], path[1:]
    if here == "*":
        for index, item in enumerate(value):
            yield from _named_ids(item, rest, f"{at}.{index}")
    elif isinstance(value, dict) and here in value:
        yield from _named_ids(value[here], rest, f"{at}.{here}" if at else here)


def _check_references(connection: Connection, account: int, entity: Entity, given: Details) -> None:
    for reference in entity.references:
        for field, entry_id in _named_ids(given, reference.path.split(".")):
            _found(connection, account, TABLES[reference.kind], entry_id, field)


def _let_go(connection: Connection, account: int, kind: str, entry_id: int, field: str) -> None:
    """Makes the others do without the entry. Raises CallerFault where one cannot."""
    for entity in ENTITIES.values():
        references = [reference for reference in entity.references if reference.kind == kind]
        if not references:
            continue
        for row in connection.execute(_living(entity.table, account)).all():
            details = row.details or {}
            for reference in references:
                if entry_id in (one for _, one in _named_ids(details, reference.path.split("."))):
                    if not reference.forgets:
                        raise CallerFault("dependency_error", field, entry_id)
                    details = _without(details, reference, entry_id)
                    connection.execute(update(entity.table).where(entity.table.c.id == row.id).values(details=details))


def _without(details: Any, reference: Reference, entry_id: int) -> Any:  # noqa: ANN401 - any JSON value
    """The details without that id at the reference's path."""
    return _dropped(details, reference.path.split("."), entry_id)


def _dropped(value: Any, path: Sequence[str], entry_id: int) -> Any:  # noqa: ANN401 - any JSON value
    if path == ["*"]:
        return [item for item in value if item != entry_id]
    here, rest = path[0], path[1:]
    if not isinstance(value, dict) or here not in value:
        return value
    if rest:
        return value | {here: _dropped(value[here], rest, entry_id)}
    return {name: item for name, item in value.items() if name != here or item != entry_id}
