"""The accounts: made, found, disabled; knows no users or tokens."""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from ringledger.calls.phone_numbers import is_country
from ringledger.faults import OperatorFault
from ringledger.registry.countries import country_of
from ringledger.registry.tables import ACCOUNTS
from ringledger.registry.whitelist import checked

ACTIVE: Final = "active"
LOCKED: Final = "manual_lock"


class Account(msgspec.Struct, frozen=True):
    """An account; `id` is the API's app_id, `whitelist` the networks that may call (empty: loopback only).

    `status` is one of the protocol's; only an "active" account may be used. `stated_country` is what someone set.
    """

    id: int
    name: str
    timezone: str
    status: str
    is_partner: bool
    parent_id: int | None
    whitelist: tuple[str, ...]
    day_limit: int | None
    minute_limit: int | None
    stated_country: str | None

    @property
    def country(self) -> str | None:
        """The ISO 3166 code of the country whose dialling habits its numbers follow: as stated, or the time zone's."""
        return self.stated_country or country_of(self.timezone)

    @property
    def is_active(self) -> bool:
        """Whether it may be used."""
        return self.status == ACTIVE


class Accounts:
    """The accounts of a registry; `clock` gives Unix seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def create(
        self,
        name: str,
        *,
        timezone: str = "UTC",
        partner: bool = False,
        parent: str | None = None,
        allow: Iterable[str] = (),
        day_limit: int | None = None,
        minute_limit: int | None = None,
        country: str | None = None,
    ) -> Account:
        """Makes an account under a partner's, or on its own. Raises OperatorFault for what is not acceptable."""
        _check_name(name)
        _check_timezone(timezone)
        _check_limits(day_limit, minute_limit)
        _check_country(country)
        row = {
            "name": name,
            "timezone": timezone,
            "created": int(self._clock()),
            "status": ACTIVE,
            "is_partner": partner,
            "parent_id": self._partner(parent),
            "whitelist": list(checked(allow)),
            "day_limit": day_limit,
            "minute_limit": minute_limit,
            "country": country,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(ACCOUNTS).values(row))
        except IntegrityError:
            raise OperatorFault(f"there is an account named {name!r} already; choose another name") from None
        return self.by_name(name)

    def by_name(self, name: str) -> Account:
        """The account of that name. Raises OperatorFault where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).first()
        if row is None:
            raise OperatorFault(f"there is no account named {name!r}; make it with: ringledger account create NAME")
        return account_of(row)

    def by_id(self, account_id: int) -> Account:
        """The account of that id, which must be there."""
        with self._engine.connect() as connection:
            return account_of(connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.id == account_id)).one())

    def all(self) -> list[Account]:
        """Every account, oldest first."""
        with self._engine.connect() as connection:
            return [account_of(row) for row in connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.id))]

    def set_active(self, name: str, *, active: bool) -> None:
        """Disables or enables an account at once. Raises OperatorFault where there is none of that name."""
        account = self.by_name(name)
        if account.is_active == active:
            return
        values = {"status": ACTIVE if active else LOCKED, "status_changed": int(self._clock())}
        with self._engine.begin() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account.id).values(values))

    def change(
        self,
        name: str,
        *,
        allow: Iterable[str] | None = None,
        day_limit: int | None = None,
        minute_limit: int | None = None,
    ) -> Account:
        """Replaces the whitelist and the limits that are given, a limit of 0 by none. Raises OperatorFault."""
        account = self.by_name(name)
        values: dict[str, object] = {} if allow is None else {"whitelist": list(checked(allow))}
        for column, limit in (("day_limit", day_limit), ("minute_limit", minute_limit)):
            if limit is not None:
                _check_limits(limit or None)
                values[column] = limit or None
        if values:
            with self._engine.begin() as connection:
                connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account.id).values(values))
        return self.by_name(name)

    def set_whitelist(self, account_id: int, networks: Iterable[str]) -> None:
        """Replaces the whitelist of the account of that id, which must be there, by checked networks."""
        with self._engine.begin() as connection:
            values = {"whitelist": list(networks)}
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(values))

    def set_country(self, name: str, country: str | None) -> Account:
        """Sets the country of an account, None for that of its time zone. Raises OperatorFault."""
        _check_country(country)
        account = self.by_name(name)
        with self._engine.begin() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account.id).values(country=country))
        return self.by_name(name)

    def _partner(self, name: str | None) -> int | None:
        if name is None:
            return None
        partner = self.by_name(name)
        if not partner.is_partner:
            raise OperatorFault(f"the account {name!r} is no partner; make it with --partner")
        return partner.id


def account_of(row: Row[Any]) -> Account:
    """The account of a row that has the columns of the accounts table."""
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Account(
        id=found[ACCOUNTS.c.id],
        name=found[ACCOUNTS.c.name],
        timezone=found[ACCOUNTS.c.timezone],
        status=found[ACCOUNTS.c.status],
        is_partner=found[ACCOUNTS.c.is_partner],
        parent_id=found[ACCOUNTS.c.parent_id],
        whitelist=tuple(found[ACCOUNTS.c.whitelist]),
        day_limit=found[ACCOUNTS.c.day_limit],
        minute_limit=found[ACCOUNTS.c.minute_limit],
        stated_country=found[ACCOUNTS.c.country],
    )


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise OperatorFault("an account's name has 1 to 100 printable characters and no blanks at its ends")


def _check_timezone(timezone: str) -> None:
    if timezone not in zoneinfo.available_timezones():
        raise OperatorFault(f"{timezone!r} is no IANA time zone; try one like Europe/London")


def _check_limits(*limits: int | None) -> None:
    if any(limit is not None and limit < 1 for limit in limits):
        raise OperatorFault("a limit is at least 1 point; leave it out for none")


def _check_country(country: str | None) -> None:
    if country is not None and not is_country(country):
        raise OperatorFault(f"{country!r} is no ISO 3166 code of a country; try one like GB")
