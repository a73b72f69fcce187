"""Who is who at an account's switch: employees, external lines and virtual numbers, read from a file and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select, update

from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.faults import OperatorFault
from ringledger.registry.accounts import Accounts
from ringledger.registry.changed_names import note_name
from ringledger.registry.directory_lists import (
    MediaFileEntry,
    ScenarioEntry,
    ScheduleEntry,
    SegmentEntry,
    id_of,
    take_lists,
)
from ringledger.registry.directory_turn import changing
from ringledger.registry.tables import (
    CAMPAIGNS,
    EMPLOYEES,
    EXTERNALS,
    GROUP_EMPLOYEES,
    SCENARIOS,
    SITES,
    VIRTUAL_NUMBERS,
)


class EmployeeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An employee of a directory file: phone numbers and extensions, and prefixes of channel names."""

    full_name: str
    numbers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class ExternalEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outside line; a trunk has no number, its party is the caller or the dialled number."""

    number: str | None = None
    channels: tuple[str, ...] = ()


class VirtualNumberEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of the account, with the names of what it belongs to."""

    number: str
    scenario: str | None = None
    site: str | None = None
    campaign: str | None = None


class DirectoryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a directory file."""

    employees: tuple[EmployeeEntry, ...] = ()
    external: tuple[ExternalEntry, ...] = ()
    virtual_numbers: tuple[VirtualNumberEntry, ...] = ()
    scenarios: tuple[ScenarioEntry, ...] = ()
    segments: tuple[SegmentEntry, ...] = ()
    schedules: tuple[ScheduleEntry, ...] = ()
    media_files: tuple[MediaFileEntry, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> DirectoryFile:
        """The file of these bytes. Raises OperatorFault that names what is wrong in it."""
        try:
            found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise OperatorFault(f"the directory file does not fit: {error}") from None
        _refuse_twice("employees", [number for entry in found.employees for number in entry.numbers])
        _refuse_twice("virtual_numbers", [entry.number for entry in found.virtual_numbers])
        for where in _LISTS:
            _refuse_twice(where, [entry.name for entry in getattr(found, where)])
        _refuse_twice("channels", [*_channels(found.employees), *_channels(found.external)])
        for at, entry in enumerate(found.employees):
            if not all(number.strip() for number in entry.numbers):
                raise OperatorFault(f"the directory file does not fit: employees[{at}].numbers has an empty one")
            if not entry.full_name.strip():
                raise OperatorFault(f"the directory file does not fit: employees[{at}].full_name is empty")
        return found


_LISTS: Final = ("scenarios", "segments", "schedules", "media_files")
_NAMED: Final = (("scenario", SCENARIOS), ("site", SITES), ("campaign", CAMPAIGNS))


class Directories:
    """The directories of a registry's accounts."""

    def __init__(self, engine: Engine, accounts: Accounts) -> None:
        self._engine = engine
        self._accounts = accounts

    def import_file(self, account_name: str, content: DirectoryFile) -> dict[str, int]:
        """Takes over what the file says, whole or not at all; returns how many entries it has of each kind.

        Employees (known again by a number) and virtual numbers are added or brought up to date, those that the file
        does not name stay, as old calls name them. The outside lines become those of the file.
        """
        account = self._accounts.by_name(account_name).id
        with changing(self._engine, account) as connection:
            _take_employees(connection, account, content.employees)
            _take_externals(connection, account, content.external)
            for entry in content.virtual_numbers:
                _take_virtual_number(connection, account, entry)
            take_lists(connection, account, [getattr(content, where) for where in _LISTS])
        counts = {
            "employees": len(content.employees),
            "external": len(content.external),
            "virtual_numbers": len(content.virtual_numbers),
        }
        for name, table in _NAMED:
            counts[table.name] = len({getattr(entry, name) for entry in content.virtual_numbers} - {None})
        return counts | {where: len(entries) for where in _LISTS if (entries := getattr(content, where))}

    def load(self, account: int) -> Directory:
        """The directory of the account with that id."""
        with self._engine.connect() as connection:
            return Directory(
                employees=tuple(
                    Employee(row.id, row.full_name, tuple(row.numbers), tuple(row.channels))
                    for row in _rows(connection, EMPLOYEES, account)
                ),
                externals=tuple(
                    External(row.number, tuple(row.channels)) for row in _rows(connection, EXTERNALS, account)
                ),
                virtual_numbers=_virtual_numbers(connection, account),
                country=self._accounts.by_id(account).country,
                groups=tuple((row.id, row.name) for row in _rows(connection, GROUP_EMPLOYEES, account)),
            )


def _channels(entries: Iterable[EmployeeEntry | ExternalEntry]) -> Iterable[str]:
    return (name for entry in entries for name in entry.channels)


def _refuse_twice(where: str, values: Sequence[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise OperatorFault(f"the directory file does not fit: {where} has {value!r} twice")
        seen.add(value)


def _rows(connection: Connection, table: Table, account: int) -> Iterable[Row[Any]]:
    query = select(table).where(table.c.account_id == account).order_by(table.c.id)
    return connection.execute(query.where(table.c.is_deleted.is_(False)) if "is_deleted" in table.c else query)


def _take_employees(connection: Connection, account: int, entries: Iterable[EmployeeEntry]) -> None:
    stored = {row.id: row for row in _rows(connection, EMPLOYEES, account)}
    taken: set[int] = set()
    for entry in entries:
        known = _known(entry, stored, taken)
        values: dict[str, object] = {
            "full_name": entry.full_name,
            "numbers": list(entry.numbers),
            "channels": list(entry.channels),
        }
        if known is None:
            known = connection.execute(
                insert(EMPLOYEES).values(account_id=account, **values).returning(EMPLOYEES.c.id)
            ).scalar_one()
        else:
            _update_employee(connection, account, stored[known], values)
        taken.add(known)
    _release(connection, [row for row in stored.values() if row.id not in taken], entries)


def _update_employee(connection: Connection, account: int, old: Row[Any], values: dict[str, object]) -> None:
    if values["full_name"] != old.full_name:
        parts = {"last_name", "first_name", "patronymic"}
        values["details"] = {name: value for name, value in (old.details or {}).items() if name not in parts}
        note_name(connection, account, "employees", old.id, str(values["full_name"]))
    connection.execute(update(EMPLOYEES).where(EMPLOYEES.c.id == old.id).values(values))


def _known(entry: EmployeeEntry, stored: dict[int, Row[Any]], taken: set[int]) -> int | None:
    """The employee of the entry: one with a number of it, best of the same name; without numbers by the name."""
    free = [row for row in stored.values() if row.id not in taken]
    same = [row for row in free if set(row.numbers) & set(entry.numbers)]
    if not entry.numbers:
        same = [row for row in free if not row.numbers and row.full_name == entry.full_name]
    same.sort(key=lambda row: row.full_name != entry.full_name)
    return same[0].id if same else None


def _release(connection: Connection, others: Iterable[Row[Any]], entries: Iterable[EmployeeEntry]) -> None:
    """Takes from employees outside the file the numbers and channels that the file gives to others."""
    numbers = {number for entry in entries for number in entry.numbers}
    channels = {name for entry in entries for name in entry.channels}
    for row in others:
        kept = {
            "numbers": [number for number in row.numbers if number not in numbers],
            "channels": [name for name in row.channels if name not in channels],
        }
        if kept != {"numbers": list(row.numbers), "channels": list(row.channels)}:
            connection.execute(update(EMPLOYEES).where(EMPLOYEES.c.id == row.id).values(kept))


def _take_externals(connection: Connection, account: int, entries: Iterable[ExternalEntry]) -> None:
    connection.execute(delete(EXTERNALS).where(EXTERNALS.c.account_id == account))
    rows = [{"account_id": account, "number": entry.number, "channels": list(entry.channels)} for entry in entries]
    if rows:
        connection.execute(insert(EXTERNALS), rows)


def _take_virtual_number(connection: Connection, account: int, entry: VirtualNumberEntry) -> None:
    values = {f"{name}_id": _id_of(connection, table, account, getattr(entry, name)) for name, table in _NAMED}
    same = (VIRTUAL_NUMBERS.c.account_id == account) & (VIRTUAL_NUMBERS.c.number == entry.number)
    if connection.execute(update(VIRTUAL_NUMBERS).where(same).values(values)).rowcount == 0:
        connection.execute(insert(VIRTUAL_NUMBERS).values(account_id=account, number=entry.number, **values))


def _id_of(connection: Connection, table: Table, account: int, name: str | None) -> int | None:
    """The id of the scenario, site or campaign of that name, which is made where it is new."""
    return None if name is None else id_of(connection, table, account, name)


def _virtual_numbers(connection: Connection, account: int) -> tuple[VirtualNumber, ...]:
    query = (
        select(
            VIRTUAL_NUMBERS,
            SCENARIOS.c.name.label("scenario_name"),
            SITES.c.name.label("site_name"),
            CAMPAIGNS.c.name.label("campaign_name"),
        )
        .outerjoin(SCENARIOS, SCENARIOS.c.id == VIRTUAL_NUMBERS.c.scenario_id)
        .outerjoin(SITES, SITES.c.id == VIRTUAL_NUMBERS.c.site_id)
        .outerjoin(CAMPAIGNS, CAMPAIGNS.c.id == VIRTUAL_NUMBERS.c.campaign_id)
        .where(VIRTUAL_NUMBERS.c.account_id == account)
        .order_by(VIRTUAL_NUMBERS.c.id)
    )
    return tuple(
        VirtualNumber(
            number=row.number,
            scenario_id=row.scenario_id,
            scenario_name=row.scenario_name,
            site_id=row.site_id,
            site_domain_name=row.site_name,
            campaign_id=row.campaign_id,
            campaign_name=row.campaign_name,
        )
        for row in connection.execute(query)
    )
