"""The customer accounts of partners and their users: shown, made and changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.faults import CallerFault
from ringledger.registry.accounts import ACTIVE, Account
from ringledger.registry.tables import ACCESS_TOKENS, ACCOUNTS, CUSTOMERS, SITES, TARIFF_PLANS, USERS
from ringledger.registry.users import Users

ARCHIVED: Final = "archive"

_KEPT: Final = tuple(column for column in CUSTOMERS.c if column.name != "account_id")
_KEPT_NAMES: Final = frozenset(column.name for column in _KEPT)
_LARGEST_ID: Final = 2**31

T = TypeVar("T")


class Customers:
    """The customers of a registry's partners."""

    def __init__(self, engine: Engine, users: Users) -> None:
        self._engine = engine
        self._users = users

    def rows(self, partner: int) -> list[dict[str, object]]:
        """A row a customer account of the partner with that id; archived ones are left out."""
        plan = (TARIFF_PLANS.c.account_id == partner) & (TARIFF_PLANS.c.plan_id == CUSTOMERS.c.tariff_plan_id)
        query = (
            select(ACCOUNTS, TARIFF_PLANS.c.name.label("tariff_plan_name"), *_KEPT)
            .outerjoin(CUSTOMERS, CUSTOMERS.c.account_id == ACCOUNTS.c.id)
            .outerjoin(TARIFF_PLANS, plan)
            .where(ACCOUNTS.c.parent_id == partner, ACCOUNTS.c.status != ARCHIVED)
            .order_by(ACCOUNTS.c.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            sites = _sites(connection, partner)
        return [
            {
                "id": row.id,
                "name": row.name,
                "creation_date_time": row.created,
                "status": row.status,
                "status_change_date_time": row.status_changed,
                "sites": sites.get(row.id, []),
                "tariff_plan_name": row.tariff_plan_name,
                **{column.name: getattr(row, column.name) for column in _KEPT},
            }
            for row in found
        ]

    def users(self, partner: int) -> list[dict[str, object]]:
        """A row a user of the partner's customers."""
        query = (
            select(USERS, ACCOUNTS.c.timezone)
            .join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id)
            .where(ACCOUNTS.c.parent_id == partner, ACCOUNTS.c.status != ARCHIVED, USERS.c.is_deleted.is_(False))
            .order_by(USERS.c.id)
        )
        names = ("id", "login", "name", "description", "timezone")
        with self._engine.connect() as connection:
            return [
                {name: getattr(row, name) for name in names} | {"customer_id": row.account_id}
                for row in connection.execute(query)
            ]

    def create(self, partner: Account, given: Mapping[str, Any], now: int) -> int:
        """Makes a customer and its first user, an administrator; returns the account's id.

        Time zone, country and whitelist are the partner's, so that it can act for the customer at once. Raises
        CallerFault for a name or an email in use, and nothing is made then.
        """
        account = {
            "name": given["name"],
            "timezone": partner.timezone,
            "country": partner.stated_country,
            "whitelist": list(partner.whitelist),
            "created": now,
            "status": ACTIVE,
            "is_partner": False,
            "parent_id": partner.id,
        }
        user = {"login": given["email"], "name": given["name"], "password_hash": self._users.hashed(given["password"])}
        kept = {name: value for name, value in given.items() if name in _KEPT_NAMES}

        def make() -> int:
            with self._engine.begin() as connection:
                _refuse_taken(connection, given)
                made = connection.execute(insert(ACCOUNTS).values(account).returning(ACCOUNTS.c.id)).scalar_one()
                connection.execute(insert(USERS).values(account_id=made, **user))
                connection.execute(insert(CUSTOMERS).values(account_id=made, **kept))
            return int(made)

        return _looking_again(make)

    def update(self, partner: Account, customer: float, given: Mapping[str, Any]) -> None:
        """Changes what is given; email and password are those of the customer's first user, whose sessions end.

        Raises CallerFault for an account that is no customer of the partner, a name or an email in use, and a customer
        without a user whose email or password could change; nothing is changed then.
        """
        kept = {name: value for name, value in given.items() if name in _KEPT_NAMES}
        password = self._users.hashed(given["password"]) if "password" in given else None
        login = {"login": given.get("email"), "password_hash": password}

        def change() -> None:
            with self._engine.begin() as connection:
                account = _customer(connection, partner, customer, "id")
                own = select(USERS.c.id).where(USERS.c.account_id == account, USERS.c.is_deleted.is_(False))
                user = connection.execute(own.order_by(USERS.c.id)).scalar()
                _refuse_taken(connection, given, account, user)
                if "name" in given:
                    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account).values(name=given["name"]))
                if kept:
                    _keep(connection, account, kept)
                _change_user(connection, user, {name: value for name, value in login.items() if value is not None})

        _looking_again(change)

    def set_status(self, partner: Account, customer: float, status: str, now: int) -> None:
        """Sets the status of a customer. Raises CallerFault for an account that is none of the partner's."""
        with self._engine.begin() as connection:
            account = _customer(connection, partner, customer, "customer_id")
            values = {"status": status, "status_changed": now}
            connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.id == account, ACCOUNTS.c.status != status).values(values)
            )


def _customer(connection: Connection, partner: Account, customer: float, path: str) -> int:
    query = select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == int(customer), ACCOUNTS.c.parent_id == partner.id)
    if not 0 < customer < _LARGEST_ID or connection.execute(query).first() is None:
        raise CallerFault("entity_not_found", path, customer)
    return int(customer)


def _refuse_taken(
    connection: Connection, given: Mapping[str, Any], account: int | None = None, user: int | None = None
) -> None:
    """Refuses a name that another account has and an email that another user logs in with.

    Both are looked for in one statement: two would see another node's customer in the second alone.
    """
    name, email = given.get("name"), given.get("email")
    named = exists().where(ACCOUNTS.c.name == name, ACCOUNTS.c.id != (account or 0))
    logged_in = exists().where(USERS.c.login == email, USERS.c.id != (user or 0))
    is_named, is_logged_in = connection.execute(select(named, logged_in)).one()
    if is_named:
        raise CallerFault("duplicate_entity", "name", name)
    if is_logged_in:
        raise CallerFault("already_in_use", "email", email)


def _looking_again(work: Callable[[], T]) -> T:
    """What another node took after it was looked for is found, and told exactly, by looking again."""
    try:
        return work()
    except IntegrityError:
        return work()


def _keep(connection: Connection, account: int, kept: Mapping[str, Any]) -> None:
    if connection.execute(update(CUSTOMERS).where(CUSTOMERS.c.account_id == account).values(kept)).rowcount == 0:
        nothing: dict[str, Any] = {column.name: [] for column in _KEPT if column.name.endswith("_emails")}
        connection.execute(insert(CUSTOMERS).values(account_id=account, **(nothing | dict(kept))))


def _change_user(connection: Connection, user: int | None, values: Mapping[str, Any]) -> None:
    if not values:
        return
    if user is None:
        raise CallerFault("dependency_error", "email" if "login" in values else "password")
    connection.execute(update(USERS).where(USERS.c.id == user).values(values))
    connection.execute(delete(ACCESS_TOKENS).where(ACCESS_TOKENS.c.user_id == user, ACCESS_TOKENS.c.is_session))


def _sites(connection: Connection, partner: int) -> dict[int, list[dict[str, object]]]:
    query = select(SITES).join(ACCOUNTS, ACCOUNTS.c.id == SITES.c.account_id).where(ACCOUNTS.c.parent_id == partner)
    found: dict[int, list[dict[str, object]]] = {}
    for row in connection.execute(query.order_by(SITES.c.id)):
        found.setdefault(row.account_id, []).append({"site_id": row.id, "site_domain_name": row.name})
    return found
