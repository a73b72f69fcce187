"""Entries of the directory by id or by name: found, and employees and tags made where they are new."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, Table, insert, select
from sqlalchemy.exc import IntegrityError

from ringledger.registry.tables import CAMPAIGNS, EMPLOYEES, SITES, TAGS


class Entry(msgspec.Struct, frozen=True):
    """An entry of an account's directory."""

    id: int
    name: str


class Names:
    """The names of a registry's accounts; may be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._making = threading.Lock()

    def sites(self, account: int, ids: Iterable[int]) -> dict[int, str]:
        """Names of those of the account's sites, by id."""
        return self._of_ids(SITES, "name", account, ids)

    def campaigns(self, account: int, ids: Iterable[int]) -> dict[int, str]:
        """Names of those of the account's campaigns, by id."""
        return self._of_ids(CAMPAIGNS, "name", account, ids)

    def employees(self, account: int, ids: Iterable[int]) -> dict[int, str]:
        """Names of those of the account's employees, by id."""
        return self._of_ids(EMPLOYEES, "full_name", account, ids)

    def tags(self, account: int, ids: Iterable[int]) -> dict[int, str]:
        """Names of those of the account's tags, by id."""
        return self._of_ids(TAGS, "name", account, ids)

    def employee_of_user(self, account: int, login: str) -> Entry | None:
        """The employee whose operator has a user's login, the first one where several have."""
        query = select(EMPLOYEES.c.id, EMPLOYEES.c.full_name).where(
            EMPLOYEES.c.account_id == account,
            EMPLOYEES.c.is_deleted.is_(False),
            EMPLOYEES.c.details["operator", "operator_login"].as_string() == login,
        )
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(EMPLOYEES.c.id).limit(1)).first()
        return Entry(row.id, row.full_name) if row else None

    def employee(self, account: int, name: str) -> Entry:
        """The employee of that name, without regard to case; made, without a number, where there is none."""
        wanted = " ".join(name.split())
        with self._making, self._engine.begin() as connection:
            query = select(EMPLOYEES.c.id, EMPLOYEES.c.full_name).where(
                EMPLOYEES.c.account_id == account, EMPLOYEES.c.is_deleted.is_(False)
            )
            for row in connection.execute(query.order_by(EMPLOYEES.c.id)):
                if " ".join(row.full_name.split()).casefold() == wanted.casefold():
                    return Entry(row.id, row.full_name)
            return _made(connection, EMPLOYEES, account, full_name=wanted, numbers=[], channels=[])

    def tag(self, account: int, name: str) -> Entry:
        """The tag of that name; made where there is none."""
        wanted = name.strip()
        found = self._tag(account, wanted)
        if found is None:
            try:
                with self._engine.begin() as connection:
                    return _made(connection, TAGS, account, name=wanted)
            except IntegrityError:  # another thread or server was faster
                found = self._tag(account, wanted)
        if found is None:
            raise LookupError("a tag that is there is not found")
        return found

    def _tag(self, account: int, name: str) -> Entry | None:
        query = select(TAGS.c.id, TAGS.c.name).where(TAGS.c.account_id == account, TAGS.c.name == name)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return Entry(row.id, row.name) if row else None

    def _of_ids(self, table: Table, name: str, account: int, ids: Iterable[int]) -> dict[int, str]:
        wanted = set(ids)
        if not wanted:
            return {}
        query = select(table.c.id, table.c[name]).where(
            table.c.account_id == account, table.c.id.in_(wanted), table.c.is_deleted.is_(False)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _made(connection: Connection, table: Table, account: int, **values: object) -> Entry:
    statement = insert(table).values(account_id=account, **values).returning(table.c.id)
    return Entry(connection.execute(statement).scalar_one(), str(next(iter(values.values()))))
