"""The customer accounts of partners and their users, as the get methods show them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine, select

from ringledger.registry.tables import ACCOUNTS, CUSTOMERS, SITES, USERS

ARCHIVED: Final = "archive"

_KEPT: Final = tuple(column for column in CUSTOMERS.c if column.name != "account_id")


class Customers:
    """The customers of a registry's partners."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, partner: int) -> list[dict[str, object]]:
        """A row a customer account of the partner with that id; archived ones are left out."""
        query = (
            select(ACCOUNTS, *_KEPT)
            .outerjoin(CUSTOMERS, CUSTOMERS.c.account_id == ACCOUNTS.c.id)
            .where(ACCOUNTS.c.parent_id == partner, ACCOUNTS.c.status != ARCHIVED)
            .order_by(ACCOUNTS.c.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            sites = self._sites(partner)
        return [
            {
                "id": row.id,
                "name": row.name,
                "creation_date_time": row.created,
                "status": row.status,
                "status_change_date_time": row.status_changed,
                "sites": sites.get(row.id, []),
                **{column.name: getattr(row, column.name) for column in _KEPT},
            }
            for row in found
        ]

    def users(self, partner: int) -> list[dict[str, object]]:
        """A row a user of the partner's customers."""
        query = (
            select(USERS)
            .join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id)
            .where(ACCOUNTS.c.parent_id == partner, ACCOUNTS.c.status != ARCHIVED)
            .order_by(USERS.c.id)
        )
        names = ("id", "login", "name", "description")
        with self._engine.connect() as connection:
            return [
                {name: getattr(row, name) for name in names} | {"customer_id": row.account_id}
                for row in connection.execute(query)
            ]

    def _sites(self, partner: int) -> dict[int, list[dict[str, object]]]:
        query = select(SITES).join(ACCOUNTS, ACCOUNTS.c.id == SITES.c.account_id).where(ACCOUNTS.c.parent_id == partner)
        found: dict[int, list[dict[str, object]]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(SITES.c.id)):
                found.setdefault(row.account_id, []).append({"site_id": row.id, "site_domain_name": row.name})
        return found
