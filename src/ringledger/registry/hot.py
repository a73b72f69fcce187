"""The connection for the statements of every request, and what is remembered between them; knows no table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar, cast

from sqlalchemy import Connection, Engine

from ringledger.at_once import held, takes_time
from ringledger.faults import OperatorFault

_MOST_REMEMBERED: Final = 10_000

T = TypeVar("T")


class HotConnection:
    """Runs what every request asks of the registry.

    On SQLite it is one connection. Its own commits do not tell it that the file has changed, so what it reads is
    remembered until somebody else changes anything; and they do not wait for the disk, so what they write may be lost
    by a power failure: points spent and last uses may, all else is written by other connections. On PostgreSQL each
    transaction takes a connection from the pool, and nothing is remembered: other nodes write too.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = engine.connect() if engine.dialect.name == "sqlite" else None
        if self._kept is not None:
            self._pragma(self._kept, "synchronous = NORMAL")
        self._lock = threading.Lock()
        self._version = -1
        self._remembered: dict[Hashable, object] = {}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end and rolled back by an exception."""
        takes_time()
        if self._kept is None:
            with self._engine.begin() as connection:
                yield connection
            return
        with self._lock, self._kept.begin():
            yield self._kept

    def remembered(self, key: Hashable, read: Callable[[Connection], T | None]) -> T | None:
        """What `read` finds; on SQLite it is asked only once until the registry changes.

        What is not found is not remembered: guesses must not push out what is in use.
        """
        if self._kept is None:
            takes_time()
            with self._engine.connect() as connection:
                return read(connection)
        with held(self._lock):
            version = self._pragma(self._kept, "data_version")
            if version != self._version or len(self._remembered) >= _MOST_REMEMBERED:
                self._version = version
                self._remembered.clear()
            if key in self._remembered:
                return cast("T", self._remembered[key])
            takes_time()
            with self._kept.begin():
                found = read(self._kept)
            if found is not None:
                self._remembered[key] = found
            return found

    def close(self) -> None:
        """Gives the connection back."""
        if self._kept is not None:
            self._kept.close()

    @staticmethod
    def _pragma(connection: Connection, text: str) -> int:
        # Past SQLAlchemy, whose transactions cost more than the question.
        driver = connection.connection.driver_connection
        if driver is None:
            raise OperatorFault("the registry is closed")
        row = driver.execute(f"PRAGMA {text}").fetchone()
        return int(row[0]) if row else 0
