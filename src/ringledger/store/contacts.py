"""Whose contact a session and its legs are of, on rows that are there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringledger.calls.session import Contact
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen, update_rows

_ID: Final = "nullIf(transform(contact_phone_number, {numbers:Array(String)}, {ids:Array(Int64)}, toInt64(0)), 0)"
_NAME: Final = "nullIf(transform(contact_phone_number, {numbers:Array(String)}, {names:Array(String)}, ''), '')"
_CHOSEN: Final = f"""contact_phone_number IN {{numbers:Array(String)}}
    AND (contact_id IS DISTINCT FROM {_ID} OR contact_full_name IS DISTINCT FROM {_NAME})"""


def apply_contacts(engine: Engine, account: int, contacts: Mapping[str, Contact | None]) -> None:
    """Makes the calls with these numbers those of these contacts, or with None of nobody. Raises EngineFault.

    The caller has the account's turn. Safe to repeat.
    """
    numbers = sorted(contacts)
    values: dict[str, object] = {
        "numbers": numbers,
        "ids": [contact.id if (contact := contacts[number]) else 0 for number in numbers],
        "names": [contact.full_name if (contact := contacts[number]) else "" for number in numbers],
    }
    new = {"contact_id": _ID, "contact_full_name": _NAME}
    for table in (CALLS_REPORT.table, LEGS_REPORT.table):
        update_rows(engine, Chosen(account, Statement(_CHOSEN, values)), new, table)


def tell_calls(engine: Engine, registry: Registry, account: int) -> None:
    """Tells the account's calls whose their numbers are, as far as they do not know yet. Raises EngineFault.

    The registry remembers what they do not know, so what a failure leaves undone is done the next time.
    """
    with registry.turns.of(account):
        untold = registry.contacts.untold(account)
        if untold:
            apply_contacts(engine, account, untold)
            registry.contacts.told(account, untold)
