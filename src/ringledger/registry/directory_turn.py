"""A transaction that changes an account's directory while no other does; knows no entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, update

from ringledger.registry.tables import ACCOUNTS


@contextmanager
def changing(engine: Engine, account: int) -> Iterator[Connection]:
    """The transaction; others wait for the account's row, which it writes as it is."""
    with engine.begin() as connection:
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(name=ACCOUNTS.c.name))
        yield connection
