"""How far each account's growing files have been read; reads no file."""

from __future__ import annotations

import msgspec
from sqlalchemy import Engine, delete, insert, select

from ringledger.registry.tables import FOLLOWED_FILES


class Position(msgspec.Struct, frozen=True):
    """A place in a file, known again by the digest of its first bytes whatever it is called by then."""

    offset: int = 0
    head_length: int = 0
    head_digest: str = ""


class FollowedFiles:
    """The positions of a registry's accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def position(self, account: int, path: str) -> Position:
        """How far the file of that path has been read; its beginning where that is not known."""
        table = FOLLOWED_FILES
        chosen = select(table).where(table.c.account_id == account, table.c.path == path)
        with self._engine.connect() as connection:
            row = connection.execute(chosen).first()
        return Position() if row is None else Position(row.offset, row.head_length, row.head_digest)

    def save(self, account: int, path: str, position: Position) -> None:
        """Remembers how far the file has been read; when it returns that is on disk."""
        table = FOLLOWED_FILES
        row = {"account_id": account, "path": path} | msgspec.structs.asdict(position)
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.account_id == account, table.c.path == path))
            connection.execute(insert(table).values(row))
