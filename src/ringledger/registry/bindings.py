"""What entries of the directory mean for numbers: whose a number is, and which site and campaign its calls are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from ringledger.calls.phone_numbers import e164, plain_number
from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.tables import CONTACT_NUMBERS, EMPLOYEES, VIRTUAL_NUMBERS

Details = dict[str, Any]
Binding = Callable[[Connection, Account, int, Details, Details], Details]
"""Takes the account, the entry's id, its details and what was given; returns the details to keep."""


def _employee(connection: Connection, account: Account, entry_id: int, details: Details, given: Details) -> Details:
    """An employee's phones and extension are the numbers by which the switch's records name the employee."""
    row = connection.execute(select(EMPLOYEES).where(EMPLOYEES.c.id == entry_id)).one()
    others = _numbers_of_others(connection, account.id, entry_id)
    kept = details | _phones(given)
    if "operator" in kept:
        kept["operator"] = {name: value for name, value in kept["operator"].items() if name != "operator_password"}
    kept.pop("phone_numbers", None)
    extension = kept.get("extension", {}).get("extension_phone_number")
    before = (row.details or {}).get("extension", {}).get("extension_phone_number")
    if "phone_numbers" in given:
        numbers = list(kept["phones"])
    else:
        numbers = [number for number in row.numbers if number != before]
    for at, number in enumerate(numbers):
        if "phone_numbers" in given and plain_number(number) in others:
            raise CallerFault("already_in_use", f"phone_numbers.{at}.phone_number", number)
    if extension is not None and extension not in numbers and ("extension" in given or extension in row.numbers):
        if "extension" in given and plain_number(extension) in others:
            raise CallerFault("already_in_use", "extension.extension_phone_number", extension)
        numbers.append(extension)
    connection.execute(update(EMPLOYEES).where(EMPLOYEES.c.id == entry_id).values(numbers=numbers))
    return kept


def _phones(given: Details) -> Details:
    """The phones by number, with what was said of each."""
    if "phone_numbers" not in given:
        return {}
    phones: dict[str, Details] = {}
    for at, phone in enumerate(given["phone_numbers"]):
        number = phone["phone_number"].strip()
        if not number or not number.isprintable():
            raise CallerFault("invalid_parameter_value", f"phone_numbers.{at}.phone_number", phone["phone_number"])
        if number in phones:
            raise CallerFault("duplicate_entity", f"phone_numbers.{at}.phone_number", phone["phone_number"])
        phones[number] = {name: value for name, value in phone.items() if name not in {"phone_number", "phone_id"}}
    return {"phones": phones}


def _numbers_of_others(connection: Connection, account: int, entry_id: int) -> set[str]:
    query = select(EMPLOYEES.c.numbers).where(
        EMPLOYEES.c.account_id == account, EMPLOYEES.c.id != entry_id, EMPLOYEES.c.is_deleted.is_(False)
    )
    return {plain_number(number) for numbers in connection.execute(query).scalars() for number in numbers}


def _site(connection: Connection, account: Account, entry_id: int, details: Details, given: Details) -> Details:
    """Calls to a site's default number are the site's, and begin in its default scenario."""
    number = given.get("default_phone_number")
    if number is None:
        return details
    plain = plain_number(number)
    if not (plain.isascii() and plain.isdigit()):
        raise CallerFault("invalid_parameter_value", "default_phone_number", number)
    known = connection.execute(
        select(VIRTUAL_NUMBERS).where(VIRTUAL_NUMBERS.c.account_id == account.id, VIRTUAL_NUMBERS.c.number == plain)
    ).first()
    if known is not None and known.site_id not in {None, entry_id}:
        raise CallerFault("already_in_use", "default_phone_number", number)
    values: dict[str, object] = {"site_id": entry_id}
    if (scenario := details.get("default_scenario_id")) is not None:
        values["scenario_id"] = scenario
    if known is None:
        connection.execute(insert(VIRTUAL_NUMBERS).values(account_id=account.id, number=plain, **values))
    else:
        connection.execute(update(VIRTUAL_NUMBERS).where(VIRTUAL_NUMBERS.c.id == known.id).values(values))
    return details


def _campaign(connection: Connection, account: Account, entry_id: int, details: Details, given: Details) -> Details:
    """Calls to the numbers in a campaign's blocks are the campaign's."""
    if "site_blocks" not in given:
        return details
    own = VIRTUAL_NUMBERS.c.campaign_id == entry_id
    connection.execute(update(VIRTUAL_NUMBERS).where(own).values(campaign_id=None))
    for at, block in enumerate(given["site_blocks"]):
        same = (VIRTUAL_NUMBERS.c.account_id == account.id) & (VIRTUAL_NUMBERS.c.id == block["phone_number_id"])
        found = connection.execute(select(VIRTUAL_NUMBERS.c.campaign_id).where(same)).scalar_one()
        if found not in {None, entry_id}:
            raise CallerFault("already_in_use", f"site_blocks.{at}.phone_number_id", block["phone_number_id"])
        connection.execute(update(VIRTUAL_NUMBERS).where(same).values(campaign_id=entry_id))
    return details


def _contact(connection: Connection, account: Account, entry_id: int, details: Details, given: Details) -> Details:
    """Calls with a contact's numbers are the contact's, those that there are already too."""
    own = CONTACT_NUMBERS.c.contact_id == entry_id
    if "phone_numbers" not in given:
        connection.execute(update(CONTACT_NUMBERS).where(own).values(is_applied=False))
        return details
    connection.execute(update(CONTACT_NUMBERS).where(own).values(contact_id=None, is_applied=False))
    for at, written in enumerate(given["phone_numbers"]):
        number = e164(written, account.country)
        if not (number.isascii() and number.isdigit()):
            raise CallerFault("invalid_parameter_value", f"phone_numbers.{at}", written)
        same = (CONTACT_NUMBERS.c.account_id == account.id) & (CONTACT_NUMBERS.c.number == number)
        known = connection.execute(select(CONTACT_NUMBERS).where(same)).first()
        if known is not None and known.contact_id not in {None, entry_id}:
            raise CallerFault("already_in_use", f"phone_numbers.{at}", written)
        connection.execute(delete(CONTACT_NUMBERS).where(same))
        row = {"account_id": account.id, "number": number, "contact_id": entry_id, "is_applied": False}
        connection.execute(insert(CONTACT_NUMBERS).values(row))
    return details


BINDINGS: Final[dict[str, Binding]] = {
    "employees": _employee,
    "sites": _site,
    "campaigns": _campaign,
    "contacts": _contact,
}
"""By kind what its entries do to numbers."""


def release(connection: Connection, account: int, kind: str, entry_id: int) -> None:
    """Takes the numbers from an entry that goes. Raises CallerFault where that cannot be."""
    match kind:
        case "employees":
            gone: dict[str, list[str]] = {"numbers": [], "channels": []}
            connection.execute(update(EMPLOYEES).where(EMPLOYEES.c.id == entry_id).values(gone))
        case "campaigns" | "sites" | "scenarios":
            column = VIRTUAL_NUMBERS.c[f"{kind.removesuffix('s')}_id"]
            mine = (VIRTUAL_NUMBERS.c.account_id == account) & (column == entry_id)
            connection.execute(update(VIRTUAL_NUMBERS).where(mine).values({column.name: None}))
        case "contacts":
            own = CONTACT_NUMBERS.c.contact_id == entry_id
            connection.execute(update(CONTACT_NUMBERS).where(own).values(contact_id=None, is_applied=False))
