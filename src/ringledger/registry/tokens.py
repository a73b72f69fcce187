"""Access tokens: shown once, kept as hashes, found fast; decides nothing about who may do what."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from ringledger.faults import OperatorFault
from ringledger.registry.accounts import Account, Accounts, account_of
from ringledger.registry.hot import HotConnection
from ringledger.registry.tables import ACCESS_TOKENS, ACCOUNTS, USERS
from ringledger.registry.users import User, user_of

SESSION_SECONDS: Final = 3600
_REMEMBERED: Final = 86_400
"""Seconds after its end in which a session is still told to have expired."""

_FOUND = (
    select(ACCESS_TOKENS, ACCOUNTS, USERS)
    .join(ACCOUNTS, ACCOUNTS.c.id == ACCESS_TOKENS.c.account_id)
    .outerjoin(USERS, USERS.c.id == ACCESS_TOKENS.c.user_id)
    .where(ACCESS_TOKENS.c.hash == bindparam("hash"))
)


class Caller(msgspec.Struct, frozen=True):
    """Who a token stands for, an account or a user of it; `expires` is in Unix seconds."""

    token_id: int
    token_name: str | None
    account: Account
    user: User | None
    expires: int | None
    blocked: bool
    is_session: bool


class NewToken(msgspec.Struct, frozen=True):
    """A token that was just made; nobody can find out its text again."""

    id: int
    token: str


class Session(msgspec.Struct, frozen=True):
    """A session of a user who logged in; `expires` is in Unix seconds."""

    token: str
    expires: int


class TokenRow(msgspec.Struct, frozen=True):
    """A token as it is listed, without its secret; times are UTC."""

    id: int
    name: str | None
    account: str
    login: str | None
    created: str
    expires: str | None
    blocked: bool
    last_used: str | None


class Tokens:
    """The access tokens of a registry; `clock` gives Unix seconds."""

    def __init__(
        self, engine: Engine, hot: HotConnection, accounts: Accounts, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._clock = clock
        self._hot = hot
        self._used: dict[int, int] = {}
        self._lock = threading.Lock()

    def create(
        self, account_name: str, login: str | None = None, expires: datetime | None = None, name: str | None = None
    ) -> str:
        """Makes a token of 256 random bits; `expires` without a zone is UTC. Raises OperatorFault."""
        account = self._accounts.by_name(account_name)
        ends = None if expires is None else _seconds(expires)
        return self.make(account.id, self._user(account, login), name, ends, int(self._clock())).token

    def make(self, account: int, user: int | None, name: str | None, expires: int | None, now: int) -> NewToken:
        """Makes a token of an account, or of a user of it. Moments are in Unix seconds."""
        token = secrets.token_urlsafe(32)
        row = {
            "account_id": account,
            "user_id": user,
            "name": name,
            "hash": _hash(token),
            "created": now,
            "expires": expires,
            "blocked": False,
        }
        with self._engine.begin() as connection:
            made = connection.execute(insert(ACCESS_TOKENS).values(row).returning(ACCESS_TOKENS.c.id)).scalar_one()
        return NewToken(int(made), token)

    def change(self, account: int, token_id: int, values: Mapping[str, object]) -> bool:
        """Sets `name` or `blocked` of a token of the account; False where the account has no such token."""
        mine = (ACCESS_TOKENS.c.account_id == account) & (ACCESS_TOKENS.c.is_session.is_(False))
        known = select(ACCESS_TOKENS.c.id).where(ACCESS_TOKENS.c.id == token_id, mine)
        with self._engine.begin() as connection:
            if not 0 < token_id < 2**31 or connection.execute(known).first() is None:
                return False
            if values:
                connection.execute(update(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == token_id).values(values))
        return True

    def rows(self, account: int) -> Iterable[dict[str, object]]:
        """A row a token of the account, as get.access_tokens has it; sessions are none."""
        query = (
            select(ACCESS_TOKENS, USERS.c.login)
            .outerjoin(USERS, USERS.c.id == ACCESS_TOKENS.c.user_id)
            .where(ACCESS_TOKENS.c.account_id == account, ACCESS_TOKENS.c.is_session.is_(False))
            .order_by(ACCESS_TOKENS.c.id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return [
            {
                "id": row.id,
                "name": row.name,
                "user_id": row.user_id,
                "user_login": row.login,
                "creation_time": row.created,
                "expiration_time": row.expires,
                "is_blocked": row.blocked,
                "last_used_time": row.last_used,
            }
            for row in found
        ]

    def open_session(self, user: User, now: int) -> Session:
        """Begins a session of the user, and forgets those that ended a day ago."""
        token, expires = secrets.token_urlsafe(32), now + SESSION_SECONDS
        row = {
            "account_id": user.account_id,
            "user_id": user.id,
            "hash": _hash(token),
            "created": now,
            "expires": expires,
            "blocked": False,
            "is_session": True,
        }
        old = (ACCESS_TOKENS.c.expires < now - _REMEMBERED, ACCESS_TOKENS.c.user_id == user.id)
        with self._engine.begin() as connection:
            connection.execute(delete(ACCESS_TOKENS).where(ACCESS_TOKENS.c.is_session, *old))
            connection.execute(insert(ACCESS_TOKENS).values(row))
        return Session(token, expires)

    def end(self, token_id: int) -> None:
        """Forgets the token: from now on it is unknown."""
        with self._engine.begin() as connection:
            connection.execute(delete(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == token_id))

    def find(self, token: str) -> Caller | None:
        """The caller of a token, None for an unknown one; a blocked or expired one is found and says so."""
        digest = _hash(token)
        return self._hot.remembered(("token", digest), lambda connection: _read(connection, digest))

    def touch(self, token_id: int, now: int) -> None:
        """Remembers that the token was used; `flush` writes it down."""
        with self._lock:
            self._used[token_id] = now

    def flush(self) -> None:
        """Writes down when tokens were last used."""
        with self._lock:
            used, self._used = self._used, {}
        if not used:
            return
        statement = update(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == bindparam("token"))
        with self._hot.transaction() as connection:
            connection.execute(
                statement.values(last_used=bindparam("moment")),
                [{"token": token, "moment": moment} for token, moment in used.items()],
            )

    def list(self, account_name: str | None = None) -> list[TokenRow]:
        """The tokens of an account, or all of them, oldest first; sessions are none."""
        query = (
            select(ACCESS_TOKENS, ACCOUNTS.c.name.label("account"), USERS.c.login)
            .join(ACCOUNTS, ACCOUNTS.c.id == ACCESS_TOKENS.c.account_id)
            .outerjoin(USERS, USERS.c.id == ACCESS_TOKENS.c.user_id)
            .where(ACCESS_TOKENS.c.is_session.is_(False))
            .order_by(ACCESS_TOKENS.c.id)
        )
        if account_name is not None:
            query = query.where(ACCOUNTS.c.id == self._accounts.by_name(account_name).id)
        with self._engine.connect() as connection:
            return [
                TokenRow(
                    row.id,
                    row.name,
                    row.account,
                    row.login,
                    _text(row.created) or "",
                    _text(row.expires),
                    row.blocked,
                    _text(row.last_used),
                )
                for row in connection.execute(query)
            ]

    def block(self, token_id: int) -> None:
        """Blocks a token at once and for good. Raises OperatorFault where there is no such token."""
        statement = update(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == token_id).values(blocked=True)
        with self._engine.begin() as connection:
            if connection.execute(statement).rowcount == 0:
                raise OperatorFault(f"there is no token {token_id}; see: ringledger token list")

    def _user(self, account: Account, login: str | None) -> int | None:
        if login is None:
            return None
        query = select(USERS.c.id).where(USERS.c.login == login, USERS.c.account_id == account.id)
        with self._engine.connect() as connection:
            user = connection.execute(query).scalar()
        if user is None:
            raise OperatorFault(f"the account {account.name!r} has no user with the login {login!r}")
        return int(user)


def _read(connection: Connection, digest: str) -> Caller | None:
    row = connection.execute(_FOUND, {"hash": digest}).first()
    if row is None:
        return None
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Caller(
        token_id=found[ACCESS_TOKENS.c.id],
        token_name=found[ACCESS_TOKENS.c.name],
        account=account_of(row),
        user=None if found[USERS.c.id] is None else user_of(row),
        expires=found[ACCESS_TOKENS.c.expires],
        blocked=found[ACCESS_TOKENS.c.blocked],
        is_session=found[ACCESS_TOKENS.c.is_session],
    )


def _hash(token: str) -> str:
    # The token is random and long, so a plain digest cannot be guessed back.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _seconds(moment: datetime) -> int:
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _text(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
