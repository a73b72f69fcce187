"""The users of accounts, their rights, and their passwords, which are kept as argon2id hashes only."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, Executable, Row, bindparam, delete, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.faults import OperatorFault
from ringledger.registry.accounts import Account, Accounts, account_of
from ringledger.registry.hot import HotConnection
from ringledger.registry.rights import WHOLE, Role, Scope, View
from ringledger.registry.tables import ACCESS_TOKENS, ACCOUNTS, USERS

SHORTEST_PASSWORD: Final = 8

_MOST_HASHING: Final = 4
"""Passwords that are looked at at the same moment: each takes 64 MiB, and strangers may try as many as they like."""

_WITH_ACCOUNT: Final = (
    select(USERS, ACCOUNTS).join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id).where(USERS.c.is_deleted.is_(False))
)
_BY_LOGIN: Final = _WITH_ACCOUNT.where(USERS.c.login == bindparam("login"))
_BY_ID: Final = _WITH_ACCOUNT.where(USERS.c.id == bindparam("user"))


class User(msgspec.Struct, frozen=True):
    """A user of an account."""

    id: int
    account_id: int
    login: str
    name: str
    role: Role = Role.ADMINISTRATOR
    view: View = WHOLE
    is_blocked: bool = False

    @property
    def may_manage(self) -> bool:
        """Whether the user may manage the account: an administrator who sees all of it and is not blocked."""
        return self.role is Role.ADMINISTRATOR and self.view == WHOLE and not self.is_blocked


class Users:
    """The users of a registry."""

    def __init__(self, engine: Engine, hot: HotConnection, accounts: Accounts) -> None:
        self._engine = engine
        self._hot = hot
        self._accounts = accounts
        self._hasher = PasswordHasher()
        self._hashing = threading.BoundedSemaphore(_MOST_HASHING)
        self._nobody = ""

    def create(
        self,
        account_name: str,
        login: str,
        password: str,
        name: str = "",
        role: Role = Role.ADMINISTRATOR,
        view: View = WHOLE,
    ) -> User:
        """Makes a user. Raises OperatorFault for a login in use or a password under eight characters."""
        account = self._accounts.by_name(account_name)
        if not 1 <= len(login) <= 100 or not login.isprintable():
            raise OperatorFault("a login has 1 to 100 printable characters")
        row = {"account_id": account.id, "login": login, "name": name, "password_hash": self.hashed(password)}
        try:
            with self._engine.begin() as connection:
                statement = insert(USERS).values(row | rights_columns(role, view)).returning(USERS.c.id)
                found = connection.execute(statement).scalar_one()
        except IntegrityError:
            raise OperatorFault(f"there is a user with the login {login!r} already; choose another login") from None
        return User(found, account.id, login, name, role, view)

    def set_rights(self, login: str, role: Role, view: View) -> User:
        """Sets role and view of a user, at once. Raises OperatorFault where there is no such login."""
        self._change(login, rights_columns(role, view))
        return self._named(login)

    def set_password(self, login: str, password: str) -> None:
        """Sets the password of a user and ends its sessions. Raises OperatorFault."""
        hashed = self.hashed(password)
        user = self._named(login)
        mine = (ACCESS_TOKENS.c.user_id == user.id) & ACCESS_TOKENS.c.is_session
        self._change(login, {"password_hash": hashed}, delete(ACCESS_TOKENS).where(mine))

    def list(self, account_name: str | None = None) -> list[tuple[User, str]]:
        """The users of an account, or all of them, oldest first, each with the name of its account."""
        query = _WITH_ACCOUNT.order_by(USERS.c.id)
        if account_name is not None:
            query = query.where(ACCOUNTS.c.id == self._accounts.by_name(account_name).id)
        with self._engine.connect() as connection:
            return [(user_of(row), account_of(row).name) for row in connection.execute(query)]

    def hashed(self, password: str) -> str:
        """What is kept of a password. Raises OperatorFault for one under eight characters."""
        if len(password) < SHORTEST_PASSWORD:
            raise OperatorFault(f"a password has at least {SHORTEST_PASSWORD} characters; give it on standard input")
        with self._hashing:
            return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def verify(self, login: str, password: str) -> User | None:
        """The user whom login and password belong to; an unknown login takes as long as a wrong password."""
        row, nobody = self._row(login), self._hash_of_nobody()
        known = row.password_hash if row is not None else nobody
        try:
            with self._hashing:
                self._hasher.verify(known, password.encode("utf-8", "surrogatepass"))
        except VerificationError:
            return None
        return None if row is None else user_of(row)

    def with_account(self, user_id: float | Decimal) -> tuple[User, Account] | None:
        """The user with that id and the account that it is a user of, or None."""
        if not 0 < user_id < 2**31 or user_id != int(user_id):
            return None
        known = int(user_id)
        return self._hot.remembered(("user", known), lambda connection: _read(connection, known))

    def by_login(self, login: str) -> tuple[User, Account] | None:
        """The user with that login and the account that it is a user of, or None."""
        row = self._row(login)
        return None if row is None else (user_of(row), account_of(row))

    def _named(self, login: str) -> User:
        found = self.by_login(login)
        if found is None:
            raise OperatorFault(f"there is no user with the login {login!r}; see: ringledger user list")
        return found[0]

    def _change(self, login: str, values: Mapping[str, object], *others: Executable) -> None:
        user = self._named(login)
        with self._engine.begin() as connection:
            connection.execute(update(USERS).where(USERS.c.id == user.id).values(values))
            for statement in others:
                connection.execute(statement)

    def _row(self, login: str) -> Row[Any] | None:
        if not login.isprintable():  # no login is, and some of what is not has no place in a statement
            return None
        with self._engine.connect() as connection:
            return connection.execute(_BY_LOGIN, {"login": login}).first()

    def _hash_of_nobody(self) -> str:
        with self._hashing:
            self._nobody = self._nobody or self._hasher.hash("no user has this password")
        return self._nobody


def _read(connection: Connection, user_id: int) -> tuple[User, Account] | None:
    row = connection.execute(_BY_ID, {"user": user_id}).first()
    return None if row is None else (user_of(row), account_of(row))


def user_of(row: Row[Any]) -> User:
    """The user of a row that has the columns of the users table."""
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    kinds = (found[USERS.c.employee_ids], found[USERS.c.virtual_numbers], found[USERS.c.site_ids])
    scope = None if kinds == (None, None, None) else Scope(*(tuple(kind or ()) for kind in kinds))
    return User(
        id=found[USERS.c.id],
        account_id=found[USERS.c.account_id],
        login=found[USERS.c.login],
        name=found[USERS.c.name],
        role=Role(found[USERS.c.role]),
        view=View(scope, found[USERS.c.is_masked]),
        is_blocked=found[USERS.c.is_blocked],
    )


def rights_columns(role: Role, view: View) -> dict[str, object]:
    """The columns that keep role and view."""
    # A scope of nothing is kept as empty lists: it shows nothing, where null would show everything.
    scope = view.scope
    lists = {name: null() if scope is None else list(getattr(scope, name)) for name in Scope.__struct_fields__}
    return {"role": role.value, "is_masked": view.is_masked, **lists}
