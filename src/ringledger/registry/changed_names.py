"""The names that changed since calls were stored: noted then, and laid over the calls when these are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from ringledger.registry.tables import CHANGED_NAMES

ChangedNames = Mapping[str, Mapping[int, str | None]]
"""By kind and id the name of today; None for what was taken away from all calls."""


def note_name(connection: Connection, account: int, kind: str, entity_id: int, name: str | None) -> None:
    """Notes that the entity is called otherwise now, or with None that it is gone."""
    table = CHANGED_NAMES.c
    same = (table.account_id == account) & (table.kind == kind) & (table.entity_id == entity_id)
    connection.execute(delete(CHANGED_NAMES).where(same))
    row = {"account_id": account, "kind": kind, "entity_id": entity_id, "name": name}
    connection.execute(insert(CHANGED_NAMES).values(row))


def changed_names(connection: Connection, account: int) -> ChangedNames:
    """The account's changed names."""
    found: dict[str, dict[int, str | None]] = defaultdict(dict)
    query = select(CHANGED_NAMES).where(CHANGED_NAMES.c.account_id == account)
    for row in connection.execute(query):
        found[row.kind][row.entity_id] = row.name
    return found
