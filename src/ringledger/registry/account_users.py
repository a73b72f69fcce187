"""The users of one account as its administrators manage them: shown, made, changed, blocked and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from msgspec import structs
from sqlalchemy import Connection, Engine, Row, Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.calls.phone_numbers import e164
from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.directory_turn import changing
from ringledger.registry.rights import WHOLE, Role, Scope, View
from ringledger.registry.tables import ACCESS_TOKENS, EMPLOYEES, SAVED_VIEWS, SITES, USERS
from ringledger.registry.users import User, Users, rights_columns, user_of

MOST_USERS: Final = 10_000
_LARGEST_ID: Final = 2**31

Given = Mapping[str, Any]


class AccountUsers:
    """The users of a registry's accounts. What is changed holds from the next request on."""

    def __init__(self, engine: Engine, users: Users) -> None:
        self._engine = engine
        self._users = users

    def rows(self, account: int) -> list[dict[str, object]]:
        """A row a user of the account, oldest first."""
        with self._engine.connect() as connection:
            users = [user_of(row) for row in connection.execute(_living(account).order_by(USERS.c.id))]
            scopes = [user.view.scope or Scope() for user in users]
            employees = _names(connection, EMPLOYEES, account, (one for scope in scopes for one in scope.employee_ids))
            sites = _names(connection, SITES, account, (one for scope in scopes for one in scope.site_ids))
        return [
            {
                "id": user.id,
                "login": user.login,
                "name": user.name,
                "role": user.role.value,
                "is_blocked": user.is_blocked,
                "is_masked": user.view.is_masked,
                "is_confined": user.view.scope is not None,
                "employees": [
                    {"employee_id": one, "employee_full_name": employees.get(one)} for one in scope.employee_ids
                ],
                "virtual_numbers": scope.virtual_numbers,
                "sites": [{"site_id": one, "site_domain_name": sites.get(one)} for one in scope.site_ids],
            }
            for user, scope in zip(users, scopes, strict=True)
        ]

    def create(self, account: Account, given: Given) -> int:
        """Makes a user and returns its id. Raises CallerFault naming the parameter that does not fit."""
        _check_texts(given)
        row = {"account_id": account.id, "login": given["login"], "name": given.get("name") or given["login"]}
        row["password_hash"] = self._users.hashed(given["password"])
        with _one_login(given), changing(self._engine, account.id) as connection:
            if connection.execute(_living(account.id).with_only_columns(func.count())).scalar_one() >= MOST_USERS:
                raise CallerFault("data_limit_exceeded", params={"limit": MOST_USERS})
            rights = _rights(connection, account, None, given)
            return int(connection.execute(insert(USERS).values(row | rights).returning(USERS.c.id)).scalar_one())

    def update(self, account: Account, user_id: float | Decimal, given: Given) -> None:
        """Changes what is given; a new password, and being blocked, end the user's sessions.

        Raises CallerFault naming the parameter that does not fit, and the one that would leave the account without an
        administrator; nothing is changed then.
        """
        _check_texts(given)
        values = {name: given[name] for name in ("login", "name", "is_blocked") if name in given}
        if "password" in given:
            values["password_hash"] = self._users.hashed(given["password"])
        with _one_login(given), changing(self._engine, account.id) as connection:
            user = user_of(_found(connection, account.id, user_id))
            with _keeping_an_administrator(connection, account.id, _disempowering(given), given):
                values |= _rights(connection, account, user, given)
                connection.execute(update(USERS).where(USERS.c.id == user.id).values(values))
            if "password" in given or given.get("is_blocked"):
                mine = (ACCESS_TOKENS.c.user_id == user.id) & ACCESS_TOKENS.c.is_session
                connection.execute(delete(ACCESS_TOKENS).where(mine))

    def delete(self, account: Account, user_id: float | Decimal) -> None:
        """Takes a user away with its tokens and saved views.

        Raises CallerFault for no user, and for the last administrator.
        """
        with changing(self._engine, account.id) as connection:
            user = _found(connection, account.id, user_id).id
            with _keeping_an_administrator(connection, account.id, "id", {"id": user_id}):
                # The row stays, so that its id is never given again; its login is free.
                gone = {"is_deleted": True, "is_blocked": True, "login": f"\x01{user}", "password_hash": ""}
                connection.execute(update(USERS).where(USERS.c.id == user).values(gone))
            for table in (ACCESS_TOKENS, SAVED_VIEWS):
                connection.execute(delete(table).where(table.c.user_id == user))


def _living(account: int) -> Any:  # noqa: ANN401 - a select of the table's columns
    return select(USERS).where(USERS.c.account_id == account, USERS.c.is_deleted.is_(False))


def _found(connection: Connection, account: int, user_id: float | Decimal) -> Row[Any]:
    row = None
    if 0 < user_id < _LARGEST_ID:
        row = connection.execute(_living(account).where(USERS.c.id == int(user_id))).first()
    if row is None:
        raise CallerFault("entity_not_found", "id", user_id)
    return row


def _check_texts(given: Given) -> None:
    """Refuses what does not print. Raises CallerFault."""
    for name in ("login", "name"):
        text = given.get(name, "")
        if not text.isprintable() or text != text.strip():
            raise CallerFault("invalid_parameter_value", name, text)


@contextmanager
def _one_login(given: Given) -> Iterator[None]:
    """A login is given once among the users of all accounts."""
    try:
        yield
    except IntegrityError:
        raise CallerFault("already_in_use", "login", given.get("login")) from None


def _rights(connection: Connection, account: Account, user: User | None, given: Given) -> dict[str, object]:
    old = WHOLE if user is None else user.view
    role = Role(given["role"]) if "role" in given else Role.ADMINISTRATOR if user is None else user.role
    view = View(_scope(connection, account, old.scope, given), given.get("is_masked", old.is_masked))
    return rights_columns(role, view)


def _scope(connection: Connection, account: Account, old: Scope | None, given: Given) -> Scope | None:
    """What the user is confined to from now on. Only `is_confined` says that it no longer is: a list that becomes empty
    shows nothing rather than everything.
    """
    before = old or Scope()
    lists: dict[str, tuple[Any, ...]] = {}
    for name, table, known in (("employee_ids", EMPLOYEES, before.employee_ids), ("site_ids", SITES, before.site_ids)):
        if name in given:
            lists[name] = _ids(connection, table, account.id, name, given[name], known)
    if "virtual_numbers" in given:
        lists["virtual_numbers"] = _numbers(account, given["virtual_numbers"])
    if given.get("is_confined") is False:
        if any(lists.values()):
            raise CallerFault("invalid_parameters_combination", "is_confined", False)  # noqa: FBT003 - what was sent
        return None
    if old is not None or given.get("is_confined") or any(lists.values()):
        return structs.replace(before, **lists)
    return None


def _ids(
    connection: Connection, table: Table, account: int, name: str, items: Sequence[float], before: Iterable[int]
) -> tuple[int, ...]:
    """The ids, each once. What the user is confined to already may be gone from the directory."""
    known = _names(connection, table, account, (int(item) for item in items)).keys() | set(before)
    for at, item in enumerate(items):
        if item not in known:
            raise CallerFault("entity_not_found", f"{name}.{at}", item)
    return tuple(dict.fromkeys(int(item) for item in items))


def _numbers(account: Account, items: Sequence[str]) -> tuple[str, ...]:
    found = [e164(item, account.country) for item in items]
    for at, number in enumerate(found):
        if not (number.isascii() and number.isdigit()):
            raise CallerFault("invalid_parameter_value", f"virtual_numbers.{at}", items[at])
    return tuple(dict.fromkeys(found))


def _names(connection: Connection, table: Table, account: int, ids: Iterable[int]) -> dict[int, str]:
    wanted = {one for one in ids if 0 < one < _LARGEST_ID}
    name = table.c.full_name if table is EMPLOYEES else table.c.name
    query = select(table.c.id, name).where(
        table.c.account_id == account, table.c.id.in_(wanted), table.c.is_deleted.is_(False)
    )
    return {row[0]: row[1] for row in connection.execute(query)} if wanted else {}


@contextmanager
def _keeping_an_administrator(connection: Connection, account: int, field: str, given: Given) -> Iterator[None]:
    """An account that has users who may manage it keeps one. Raises CallerFault naming the field."""
    had_one = _has_administrator(connection, account)
    yield
    if had_one and not _has_administrator(connection, account):
        raise CallerFault("dependency_error", field, given.get(field))


def _has_administrator(connection: Connection, account: int) -> bool:
    return any(user_of(row).may_manage for row in connection.execute(_living(account)))


def _disempowering(given: Given) -> str:
    """The parameter that takes an administrator's power."""
    if given.get("role", Role.ADMINISTRATOR) != Role.ADMINISTRATOR:
        return "role"
    others = ("is_blocked", "is_masked", "is_confined", *Scope.__struct_fields__)
    return next((name for name in others if given.get(name)), "id")
