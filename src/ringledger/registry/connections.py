"""What is known of the connections by which switches are followed; connects to none."""

from __future__ import annotations

from typing import Final

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from ringledger.registry.tables import INTAKE_CONNECTIONS

TOLD_EVERY: Final = 30
"""Seconds after which whoever follows a switch says again that it still does."""
_BELIEVED: Final = 4 * TOLD_EVERY
"""Seconds for which that is believed: a server that was killed says nothing more."""
_REMEMBERED: Final = 7 * 86_400
"""Seconds after which a connection that nobody speaks of is one that is no longer wanted."""
_LONGEST_ERROR: Final = 500


class Connection(msgspec.Struct, frozen=True):
    """A connection of an account: `kind` is "ami" or "file", `source` the events that it brings.

    It has been as it is `since` then, in Unix seconds; `error` says why it is lost, as far as that is known.
    """

    name: str
    source: str
    kind: str
    is_connected: bool
    since: int
    error: str | None = None


class Connections:
    """The connections of a registry's accounts, the same on every node that shares it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tell(self, account: int, connection: Connection) -> None:
        """Says how a connection is now, which is `since`; one that is as it was keeps its own since."""
        table, now = INTAKE_CONNECTIONS, connection.since
        mine = (table.c.account_id == account) & (table.c.name == connection.name)
        error = None if connection.error is None else connection.error[:_LONGEST_ERROR]
        values: dict[str, object] = msgspec.structs.asdict(connection) | {"told": now, "error": error}
        with self._engine.begin() as database:
            known = database.execute(select(table).where(mine)).first()
            if known is not None and known.is_connected == connection.is_connected and known.told >= now - _BELIEVED:
                del values["since"]
            if known is None:
                database.execute(insert(table).values(account_id=account, **values))
            else:
                database.execute(update(table).where(mine).values(values))

    def forget(self, account: int, name: str) -> None:
        """Says that a connection is no longer wanted."""
        table = INTAKE_CONNECTIONS
        with self._engine.begin() as database:
            database.execute(delete(table).where(table.c.account_id == account, table.c.name == name))

    def of(self, account: int, now: int) -> list[Connection]:
        """The account's connections, by name. One that nobody has spoken of for minutes is lost."""
        table = INTAKE_CONNECTIONS
        recent = select(table).where(table.c.account_id == account, table.c.told > now - _REMEMBERED)
        with self._engine.connect() as database:
            rows = database.execute(recent.order_by(table.c.name)).all()
        known = [(row, row.told >= now - _BELIEVED) for row in rows]
        return [
            Connection(
                name=row.name,
                source=row.source,
                kind=row.kind,
                is_connected=row.is_connected and is_believed,
                since=row.since if is_believed else row.told,
                error=row.error if is_believed else "nobody follows it any more",
            )
            for row, is_believed in known
        ]
