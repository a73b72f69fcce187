"""Who may rewrite an account's calls: one at a time, in this process and in all that share the registry."""

from __future__ import annotations

import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine, create_engine, text

_CLASS: Final = 7_231_995
"""Tells these locks of PostgreSQL apart from others."""


class Turns:
    """The turns of one registry; a process that ends, however it ends, gives its turns back."""

    def __init__(self, engine: Engine) -> None:
        # A pool of its own: who has a turn asks the registry too, and must not wait for those who wait for turns.
        self._engine = create_engine(engine.url, hide_parameters=True, pool_pre_ping=True, max_overflow=-1)
        self._locks: dict[int, threading.Lock] = defaultdict(threading.Lock)
        self._file: int | None = None
        if engine.dialect.name == "sqlite":
            self._file = os.open(f"{engine.url.database}.turns", os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def of(self, account: int) -> Iterator[None]:
        """Waits for the account's turn and keeps it until the end; not to be taken twice by one thread."""
        with self._locks[account], self._among_processes(account):
            yield

    @contextmanager
    def _among_processes(self, account: int) -> Iterator[None]:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, account)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, account)
            return
        key = {"class": _CLASS, "account": account}
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:class, :account)"), key)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:class, :account)"), key)

    def close(self) -> None:
        """Lets file and connections go."""
        self._engine.dispose()
        if self._file is not None:
            os.close(self._file)
            self._file = None
