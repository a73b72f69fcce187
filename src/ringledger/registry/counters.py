"""Counters with a limit in windows of time, exact for all who share the registry; knows nothing of what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, text, update

from ringledger.registry.hot import HotConnection
from ringledger.registry.tables import COUNTERS

# The same in SQLite and PostgreSQL: it adds or does nothing, and tells which by a row or none.
_ADD: Final = text("""
INSERT INTO counters (name, number, ends, spent) VALUES (:name, :number, :ends, :amount)
ON CONFLICT (name, number) DO UPDATE SET spent = counters.spent + excluded.spent
WHERE counters.spent + excluded.spent <= :most
RETURNING spent""")


# Built once: writing a statement costs more than running it.
_SPENT: Final = text("SELECT spent FROM counters WHERE name = :name AND number = :number")


class Window(msgspec.Struct, frozen=True):
    """A stretch of time in which something may happen `most` times; it is the `number`-th of its name.

    `ends` is in Unix seconds.
    """

    name: str
    number: int
    ends: int
    most: int


class Counters:
    """The counters of a registry."""

    def __init__(self, hot: HotConnection) -> None:
        self._hot = hot

    def spent(self, windows: Sequence[Window]) -> list[int]:
        """How much was counted in each of the windows so far."""
        if not windows:
            return []
        with self._hot.transaction() as connection:
            return [self._spent(connection, window) for window in windows]

    def add(self, windows: Sequence[Window], amount: int) -> list[int] | None:
        """Counts in all the windows, or, where one would go beyond its limit, in none.

        Returns what is counted in each of them then, or None where nothing was.
        """
        found: list[int] = []
        with self._hot.transaction() as connection:
            for window in windows:
                spent = self._add(connection, window, amount)
                if spent is None:
                    connection.rollback()
                    return None
                found.append(spent)
        return found

    def take_back(self, windows: Sequence[Window], amount: int) -> None:
        """Undoes an `add`."""
        with self._hot.transaction() as connection:
            for window in windows:
                connection.execute(update(COUNTERS).where(_is(window)).values(spent=COUNTERS.c.spent - amount))

    def forget(self, now: int) -> None:
        """Forgets windows that ended an hour ago. `now` is in Unix seconds."""
        with self._hot.transaction() as connection:
            connection.execute(delete(COUNTERS).where(COUNTERS.c.ends < now - 3600))

    @staticmethod
    def _spent(connection: Connection, window: Window) -> int:
        return connection.execute(_SPENT, {"name": window.name, "number": window.number}).scalar() or 0

    @staticmethod
    def _add(connection: Connection, window: Window, amount: int) -> int | None:
        if amount > window.most:
            return None
        values = {"name": window.name, "number": window.number, "ends": window.ends}
        row = connection.execute(_ADD, values | {"amount": amount, "most": window.most}).first()
        return None if row is None else int(row.spent)


def _is(window: Window) -> ColumnElement[bool]:
    return (COUNTERS.c.name == window.name) & (COUNTERS.c.number == window.number)
