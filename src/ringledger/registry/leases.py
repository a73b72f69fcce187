"""Leases: of all the servers that share a registry, one at a time does some work; knows nothing of the work."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, delete, text

from ringledger.registry.tables import LEASES

# The same in SQLite and PostgreSQL: it takes or prolongs, and gives a row, or does nothing, and gives none.
_TAKE: Final = text("""
INSERT INTO leases (name, holder, expires) VALUES (:name, :holder, :expires)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires
WHERE leases.holder = excluded.holder OR leases.expires <= :now
RETURNING holder""")


class Leases:
    """The leases of a registry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hold(self, name: str, holder: str, now: int, seconds: int) -> bool:
        """Takes a lease that nobody has, or prolongs one's own; whether the holder has it until `now` + `seconds`."""
        values = {"name": name, "holder": holder, "now": now, "expires": now + seconds}
        with self._engine.begin() as connection:
            return connection.execute(_TAKE, values).first() is not None

    def release(self, name: str, holder: str) -> None:
        """Gives a lease back, so that another need not wait for its end."""
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        with self._engine.begin() as connection:
            connection.execute(delete(LEASES).where(mine))
