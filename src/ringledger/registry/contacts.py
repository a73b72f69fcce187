"""Whose numbers are whose in accounts' address books, and which calls have still to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Engine, delete, select, update

from ringledger.calls.session import Contact
from ringledger.registry.tables import CONTACT_NUMBERS, CONTACTS

_SLICE = 500
"""How many numbers a statement names at most."""


class Contacts:
    """The contacts of a registry's accounts by their numbers, E.164 digits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_kept(self, account: int) -> bool:
        """Whether the account has an address book at all."""
        query = select(CONTACT_NUMBERS.c.number).where(CONTACT_NUMBERS.c.account_id == account).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def by_number(self, account: int, numbers: Collection[str]) -> dict[str, Contact]:
        """Those of the numbers that are a contact's."""
        found: dict[str, Contact] = {}
        for some in _slices(sorted(numbers)):
            query = (
                select(CONTACT_NUMBERS.c.number, CONTACTS.c.id, CONTACTS.c.name)
                .join(CONTACTS, CONTACTS.c.id == CONTACT_NUMBERS.c.contact_id)
                .where(CONTACT_NUMBERS.c.account_id == account, CONTACT_NUMBERS.c.number.in_(some))
            )
            with self._engine.connect() as connection:
                found.update({row.number: Contact(row.id, row.name) for row in connection.execute(query)})
        return found

    def untold(self, account: int) -> dict[str, Contact | None]:
        """The numbers whose calls do not know yet whose they are; None is nobody's any more."""
        query = (
            select(CONTACT_NUMBERS.c.number, CONTACTS.c.id, CONTACTS.c.name)
            .outerjoin(CONTACTS, CONTACTS.c.id == CONTACT_NUMBERS.c.contact_id)
            .where(CONTACT_NUMBERS.c.account_id == account, CONTACT_NUMBERS.c.is_applied.is_(False))
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row.number: None if row.id is None else Contact(row.id, row.name) for row in rows}

    def accounts_with_untold(self) -> list[int]:
        """The accounts that have such numbers."""
        query = select(CONTACT_NUMBERS.c.account_id).where(CONTACT_NUMBERS.c.is_applied.is_(False)).distinct()
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def told(self, account: int, contacts: Mapping[str, Contact | None]) -> None:
        """Notes that the calls with these numbers know; numbers that became another's meanwhile stay untold."""
        same_account = CONTACT_NUMBERS.c.account_id == account
        with self._engine.begin() as connection:
            for number, contact in contacts.items():
                same = same_account & (CONTACT_NUMBERS.c.number == number)
                if contact is None:
                    gone = same & CONTACT_NUMBERS.c.contact_id.is_(None)
                    connection.execute(delete(CONTACT_NUMBERS).where(gone))
                    continue
                named = select(CONTACTS.c.id).where(CONTACTS.c.id == contact.id, CONTACTS.c.name == contact.full_name)
                same &= CONTACT_NUMBERS.c.contact_id.in_(named)
                connection.execute(update(CONTACT_NUMBERS).where(same).values(is_applied=True))


def _slices(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _SLICE):
        yield items[start : start + _SLICE]
