"""Opens the registry's database and brings its schema up to date; knows no account."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from ringledger.faults import OperatorFault

NEWEST: Final = "0014"
"""The revision of migrations/versions that this program works with; a test keeps it true."""

_MIGRATION_LOCK: Final = 7_231_994


def connect(url: str) -> Engine:
    """The database of that SQLAlchemy URL at this program's schema.

    Raises OperatorFault where it cannot be reached or belongs to a newer program.
    """
    try:
        engine = create_engine(make_url(url), hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise OperatorFault(f"the registry's URL is not understood ({error}); set --registry") from None
    if engine.dialect.name == "sqlite":
        _keep_private(engine)
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        _migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        reason = str(error.orig).strip().splitlines()[0]
        raise OperatorFault(f"the registry at {engine.url!r} cannot be opened: {reason}") from None
    return engine


def _keep_private(engine: Engine) -> None:
    """The file holds hashes of passwords and tokens: nobody but its owner reads it."""
    path = Path(engine.url.database or "")
    if path.parent.is_dir() and path.name and not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout = 15000", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Turns write-ahead logging on; two processes that do so to a fresh file at once do not wait for each other."""
    for _ in range(100):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(0.1)
        else:
            return
    cursor.execute("PRAGMA journal_mode = WAL")


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        if _revision(connection) == NEWEST:
            return
    with engine.connect() as connection, _alone(connection):
        found = _revision(connection)
        if found == NEWEST:
            return
        if found is not None and found > NEWEST:
            raise OperatorFault(f"the registry has schema {found}, this program knows {NEWEST}; upgrade Ringledger")
        _upgrade(connection)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Holds off every other process that would migrate, until the transaction ends."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    yield
    connection.commit()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - a quarter of a second that only a migration pays
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
