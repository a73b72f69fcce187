"""Whose contact a session and its legs are of, on rows that are there already; looks nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringledger.calls.session import Contact
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.store.engine import Engine, Statement
from ringledger.store.rewriting import Chosen, rewrite

_ID: Final = "nullIf(transform(c.contact_phone_number, {numbers:Array(String)}, {ids:Array(Int64)}, toInt64(0)), 0)"
_NAME: Final = "nullIf(transform(c.contact_phone_number, {numbers:Array(String)}, {names:Array(String)}, ''), '')"
_CHOSEN: Final = f"""c FINAL
    WHERE c.account = {{account:UInt32}} AND c.contact_phone_number IN {{numbers:Array(String)}}
    AND (c.contact_id IS DISTINCT FROM {_ID} OR c.contact_full_name IS DISTINCT FROM {_NAME})"""


def apply_contacts(engine: Engine, account: int, contacts: Mapping[str, Contact | None], version: int) -> None:
    """Makes the calls with these numbers those of these contacts, or with None of nobody. Raises EngineFault.

    The caller has the account's turn. Safe to repeat.
    """
    numbers = sorted(contacts)
    values: dict[str, object] = {
        "account": account,
        "numbers": numbers,
        "ids": [contact.id if (contact := contacts[number]) else 0 for number in numbers],
        "names": [contact.full_name if (contact := contacts[number]) else "" for number in numbers],
    }
    new = {"contact_id": _ID, "contact_full_name": _NAME}
    for table in (CALLS_REPORT.table, LEGS_REPORT.table):
        chosen = Chosen(account, Statement(f"FROM {table} AS {_CHOSEN}", values))
        rewrite(engine, chosen, new, version, table)
