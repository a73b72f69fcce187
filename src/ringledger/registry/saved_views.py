"""The views of calls that people save under a name; knows nothing of what a view shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.faults import CallerFault
from ringledger.registry.tables import SAVED_VIEWS, USERS

MOST_VIEWS: Final = 1000
"""Views of one owner."""
_LARGEST_ID: Final = 2**31

Given = Mapping[str, Any]


class SavedViews:
    """The saved views of a registry's accounts. An owner is a user, or None for the account itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def rows(self, account: int, user: int | None, *, sees_shared: bool) -> list[dict[str, object]]:
        """The owner's views and, for who sees them, those that others of the account share, by name."""
        mine = _owned(account, user)
        seen = or_(mine, SAVED_VIEWS.c.is_shared) if sees_shared else mine
        query = (
            select(SAVED_VIEWS, USERS.c.name.label("user_name"), mine.label("is_own"))
            .join(USERS, USERS.c.id == SAVED_VIEWS.c.user_id, isouter=True)
            .where(SAVED_VIEWS.c.account_id == account, seen)
            .order_by(SAVED_VIEWS.c.name, SAVED_VIEWS.c.id)
        )
        shown = ("id", "name", "query", "is_shared", "is_own", "user_name")
        with self._engine.connect() as connection:
            rows = [{name: row[name] for name in shown} for row in connection.execute(query).mappings()]
        return [row | {"is_own": bool(row["is_own"])} for row in rows]

    def create(self, account: int, user: int | None, given: Given) -> int:
        """Saves a view; its id. Raises CallerFault for a name that the owner has already, and for too many views."""
        owner = {"account_id": account, "user_id": user, "is_shared": False}
        count = select(func.count()).select_from(SAVED_VIEWS).where(_owned(account, user))
        with _one_name(given), self._engine.begin() as connection:
            _check_name(connection, account, user, given, None)
            if connection.execute(count).scalar_one() >= MOST_VIEWS:
                raise CallerFault("data_limit_exceeded", params={"limit": MOST_VIEWS})
            made = connection.execute(insert(SAVED_VIEWS).values(owner | dict(given)).returning(SAVED_VIEWS.c.id))
            return int(made.scalar_one())

    def update(self, account: int, user: int | None, view: float | Decimal, given: Given) -> None:
        """Changes what is given of a view. Raises CallerFault where the owner has no such view or two of one name."""
        with _one_name(given), self._engine.begin() as connection:
            found = _found(connection, account, user, view)
            _check_name(connection, account, user, given, found)
            if given:
                connection.execute(update(SAVED_VIEWS).where(SAVED_VIEWS.c.id == found).values(dict(given)))

    def delete(self, account: int, user: int | None, view: float | Decimal) -> None:
        """Takes a view away. Raises CallerFault where the owner has no such view."""
        with self._engine.begin() as connection:
            found = _found(connection, account, user, view)
            connection.execute(delete(SAVED_VIEWS).where(SAVED_VIEWS.c.id == found))


def _owned(account: int, user: int | None) -> ColumnElement[bool]:
    return (SAVED_VIEWS.c.account_id == account) & (SAVED_VIEWS.c.user_id.is_not_distinct_from(user))


def _found(connection: Connection, account: int, user: int | None, view: float | Decimal) -> int:
    query = select(SAVED_VIEWS.c.id).where(_owned(account, user), SAVED_VIEWS.c.id == int(view))
    found = connection.execute(query).scalar() if 0 < view < _LARGEST_ID else None
    if found is None:
        raise CallerFault("entity_not_found", "id", view)
    return int(found)


def _check_name(connection: Connection, account: int, user: int | None, given: Given, own: int | None) -> None:
    query = select(SAVED_VIEWS.c.id).where(_owned(account, user), SAVED_VIEWS.c.name == given.get("name"))
    found = connection.execute(query).scalar()
    if found is not None and found != own:
        raise CallerFault("duplicate_entity", "name", given["name"])


@contextmanager
def _one_name(given: Given) -> Iterator[None]:
    """Tells in the caller's words that another request was faster with the same name."""
    try:
        yield
    except IntegrityError:
        raise CallerFault("duplicate_entity", "name", given.get("name")) from None
