"""The users of accounts and their passwords, which are kept as argon2id hashes only."""

from __future__ import annotations

from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from ringledger.faults import OperatorFault
from ringledger.registry.accounts import Accounts
from ringledger.registry.tables import USERS

SHORTEST_PASSWORD: Final = 8


class User(msgspec.Struct, frozen=True):
    """A user of an account."""

    id: int
    account_id: int
    login: str
    name: str


class Users:
    """The users of a registry."""

    def __init__(self, engine: Engine, accounts: Accounts) -> None:
        self._engine = engine
        self._accounts = accounts
        self._hasher = PasswordHasher()
        self._nobody = ""

    def create(self, account_name: str, login: str, password: str, name: str = "") -> User:
        """Makes a user. Raises OperatorFault for a login in use or a password under eight characters."""
        account = self._accounts.by_name(account_name)
        if not 1 <= len(login) <= 100 or not login.isprintable():
            raise OperatorFault("a login has 1 to 100 printable characters")
        if len(password) < SHORTEST_PASSWORD:
            raise OperatorFault(f"a password has at least {SHORTEST_PASSWORD} characters; give it on standard input")
        row = {"account_id": account.id, "login": login, "name": name, "password_hash": self._hasher.hash(password)}
        try:
            with self._engine.begin() as connection:
                found = connection.execute(insert(USERS).values(row).returning(USERS.c.id)).scalar_one()
        except IntegrityError:
            raise OperatorFault(f"there is a user with the login {login!r} already; choose another login") from None
        return User(found, account.id, login, name)

    def verify(self, login: str, password: str) -> User | None:
        """The user whom login and password belong to; an unknown login takes as long as a wrong password."""
        wanted = login.encode("utf-8", "replace").decode()
        with self._engine.connect() as connection:
            row = connection.execute(select(USERS).where(USERS.c.login == wanted)).first()
        try:
            self._hasher.verify(row.password_hash if row is not None else self._hash_of_nobody(), password)
        except VerificationError:
            return None
        return None if row is None else User(row.id, row.account_id, row.login, row.name)

    def _hash_of_nobody(self) -> str:
        self._nobody = self._nobody or self._hasher.hash("no user has this password")
        return self._nobody
