"""Nobody sees what is another's: every get method, asked by every kind of caller in the name of every kind of user.

What each may see is said here by a few rules of its own, and every stored text names its account. A get method that
joins the catalogue is asked too; where it shows nothing of a seeded account, its table must be seeded below.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, insert, select

from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.registry.tables import (
    CONTACT_NUMBERS,
    CONTACTS,
    EMPLOYEES,
    METADATA,
    SAVED_VIEWS,
    TAG_RULES,
    VIRTUAL_NUMBERS,
)
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

NOW: Final = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
PERIOD: Final = {"date_from": "2026-04-01 00:00:00", "date_till": "2026-05-02 00:00:00"}
PARENTS: Final = {"hub": None, "alpha": "hub", "beta": "hub", "rival": None, "gamma": "rival", "stranger": None}
"""The accounts: two partners with customers, and one on its own."""

WHOLE, CONFINED, MASKED = View(), View(Scope(employee_ids=(1,))), View(is_masked=True)
RIGHTS: Final = {
    "admin": (Role.ADMINISTRATOR, WHOLE),
    "reader": (Role.READER, WHOLE),
    "confined": (Role.READER, CONFINED),
    "masked": (Role.ADMINISTRATOR, MASKED),
}
GETS: Final = [method for method in METHODS.values() if method.report is not None]
ODD_IDS: Final = (0, -1, 1.5, 999_999, 2**53, 1e300)
NO_MARK: Final = {"get.statuses"}  # the same for every account


class Person(NamedTuple):
    """Who asks, or in whose name: a user, or an account's own token where there are no rights."""

    account: str
    rights: str | None
    id: int | None
    token: str


def mark(account: str, inside: str = "") -> str:
    return f"mark-{account}{inside}"


def address(account: str) -> str:
    return f"198.51.100.{100 + list(PARENTS).index(account)}"


def number(account: str) -> str:
    return f"4479460{list(PARENTS).index(account):03d}99"


@pytest.fixture(scope="module")
def world(shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, list[Person]]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('leaks')}/registry.db"
    registry = Registry.open(url)
    database = create_engine(url)
    for table in (
        "call_sessions",
        "call_events",
        *{method.report.table for method in GETS if method.report and method.report.table},
    ):
        shared_engine.run(Statement(f"TRUNCATE TABLE {table}"))
    people: list[Person] = []
    for account, parent in PARENTS.items():
        partner = account in PARENTS.values()
        allow = ("127.0.0.0/8", address(account))
        above = mark(parent) if parent else None
        found = registry.accounts.create(mark(account), partner=partner, parent=above, allow=allow)
        people += list(_people(registry, account))
        _seed_registry(database, account, found.id)
        _seed_views(database, account, found.id, [person.id for person in people if person.account == account])
        _seed_events(shared_engine, account, found.id)
        for report in _stored():
            _seed_store(shared_engine, report, account, found.id)
    database.dispose()
    yield Service(shared_engine, registry, lambda: NOW), people
    registry.close()


def _stored() -> Iterable[Report]:
    """A report of each table of the call store: of several the one with the most fields."""
    reports = [method.report for method in GETS if method.report is not None and method.report.table]
    return {report.table: report for report in sorted(reports, key=lambda report: len(report.fields))}.values()


def _people(registry: Registry, account: str) -> Iterator[Person]:
    name = mark(account)
    yield Person(account, None, None, registry.tokens.create(name, name=name))
    for rights, (role, view) in RIGHTS.items():
        if rights == "admin" or account in {"hub", "alpha"}:
            user = registry.users.create(name, f"{rights}-{name}", "password1", name, role, view)
            yield Person(account, rights, user.id, registry.tokens.create(name, user.login, name=name))
            if account == "alpha" and rights == "admin":
                yield Person(account, rights, user.id, registry.tokens.open_session(user, NOW).token)
                ends = datetime.fromtimestamp(NOW + 60, UTC)
                yield Person(account, rights, user.id, registry.tokens.create(name, user.login, ends, name))


def _seed_registry(database: Database, account: str, account_id: int) -> None:
    """A row named by its account in every table of things that an account names."""
    with database.begin() as connection:
        for table in METADATA.sorted_tables:
            if table is not TAG_RULES and "details" in table.c:
                values = {"full_name" if table is EMPLOYEES else "name": mark(account), "account_id": account_id}
                lists: dict[str, list[str]] = {name: [] for name in ("numbers", "channels") if name in table.c}
                connection.execute(insert(table).values(values | lists))
        connection.execute(insert(VIRTUAL_NUMBERS).values(account_id=account_id, number=mark(account)))
        contact = connection.execute(select(CONTACTS.c.id).where(CONTACTS.c.account_id == account_id)).scalar_one()
        known = {"account_id": account_id, "number": number(account), "contact_id": contact, "is_applied": True}
        connection.execute(insert(CONTACT_NUMBERS).values(known))
        rule = {"tag_id": account_id, "filter": {}}
        connection.execute(insert(TAG_RULES).values(account_id=account_id, name=mark(account), details=rule))


def _seed_views(database: Database, account: str, account_id: int, users: Iterable[int | None]) -> None:
    """A view of each of them that others see too; of who sees a part of the calls nobody else does."""
    with database.begin() as connection:
        for user in {*users}:
            values = {"account_id": account_id, "user_id": user, "name": mark(account), "query": "", "is_shared": True}
            connection.execute(insert(SAVED_VIEWS).values(values))


def _seed_store(engine: Engine, report: Report, account: str, account_id: int) -> None:
    """Two rows of a report's table: of a session that confined users see, and of one that they do not."""
    rows = []
    for at, inside in enumerate(("-in", "-out"), 1):
        row: dict[str, Any] = {field.name: _value(field, account, inside, at) for field in report.fields}
        row |= {report.moment: NOW - 86_400, "account": account_id, report.key: row[report.key]}
        if report.finish:
            row[report.finish] = NOW - 86_000
        if report.session:
            row[report.session] = account_id * 10 + at
        if report.table == "call_sessions":
            row["employees"] = [{"employee_id": at}]
        rows.append(row)
    encoded = msgspec.json.Encoder().encode_lines(rows)
    engine.insert(report.table, tuple(rows[0]), encoded)


def _seed_events(engine: Engine, account: str, account_id: int) -> None:
    """An event whose source is named by its account."""
    row = {"account": account_id, "source": mark(account), "event_time": NOW - 60, "received_time": NOW - 60}
    engine.insert("call_events", tuple(row), msgspec.json.encode(row))


def _value(field: Field, account: str, inside: str, at: int) -> object:
    if field.contact_number:
        return number(account)
    match field.kind:
        case Kind.STRING:
            return mark(account, inside)
        case Kind.NUMBER | Kind.DECIMAL:
            return at
        case Kind.ARRAY:
            return []
        case Kind.OBJECT:
            return {member.name: _value(member, account, inside, at) for member in field.members}
        case _:
            return None


def _asked(service: Service, method: Method, person: Person, **params: Any) -> dict[str, Any]:
    period = {name: value for name, value in PERIOD.items() if any(p.name == name for p in method.parameters)}
    params = {"access_token": person.token, **period, **params}
    body = {"jsonrpc": "2.0", "id": 1, "method": method.name, "params": params}
    reply: dict[str, Any] = json.loads(b"".join(service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
    return reply


def _account_asked(method: Method, caller: Person, named: Person | None) -> str | None:
    """Whose data a caller asks for in a user's name; None where it may not."""
    if not method.of_customers:
        return caller.account
    if named is None:
        return None if caller.account in PARENTS.values() else caller.account
    if named.account == caller.account:
        return caller.account if caller.id in {None, named.id} else None
    return named.account if PARENTS[named.account] == caller.account and caller.rights != "confined" else None


def _may(method: Method, caller: Person, rights: set[str]) -> bool:
    """Whether a method is open to these rights."""
    if method.for_partners and caller.account not in PARENTS.values():
        return False
    if method.for_administrators and rights - {"admin"}:
        return False
    if not method.for_masked and "masked" in rights:
        return False
    return method.for_confined or "confined" not in rights


def _check(method: Method, caller: Person, named: Person | None, reply: dict[str, Any]) -> None:
    account = _account_asked(method, caller, named)
    rights = {person.rights for person in (caller, named) if person is not None and person.rights is not None}
    if account is None or not _may(method, caller, rights):
        assert reply["error"]["data"]["mnemonic"] in {"forbidden", "required_parameter_missed"}, reply
        return
    seen = {account} if not method.for_partners else {name for name, parent in PARENTS.items() if parent == account}
    text = json.dumps(reply["result"])
    for other in PARENTS.keys() - seen:
        assert mark(other) not in text, (caller, named)
        assert number(other) not in text
        assert address(other) not in text
    rows = reply["result"]["data"]
    assert rows
    assert len(rows) == reply["result"]["metadata"]["total_items"]
    if method.name not in NO_MARK | {"get.calls_summary"}:
        assert all(mark(name) in text or address(name) in text for name in seen), (caller, named)
    if "confined" in rights:
        assert "-out" not in text
    if "masked" in rights:
        assert number(account) not in text


def _filters(report: Report) -> list[dict[str, Any]]:
    """None, and one that every row matches."""
    field = next((field for field in report.fields if field.filterable), None)
    if field is None:
        return [{}]
    null: dict[str, Any] = {"field": field.name, "operator": "=", "value": None}
    every = {"condition": "or", "filters": [null, {**null, "operator": "!="}]}
    return [{}, {"filter": every, "limit": 10_000}]


@pytest.mark.parametrize("method", GETS, ids=lambda method: method.name)
def test_nobody_sees_what_is_another_s(world: tuple[Service, list[Person]], method: Method) -> None:
    service, people = world
    users = list({person.id: person for person in people if person.id is not None}.values())
    assert method.report is not None
    for caller in people:
        for named in (None, *users) if method.of_customers else (None,):
            in_name = {} if named is None else {"user_id": named.id}
            for filters in _filters(method.report) if "filter" in {p.name for p in method.parameters} else [{}]:
                reply = _asked(service, method, caller, **in_name, **filters)
                _check(method, caller, named, reply)
                if "error" in reply:
                    break


@pytest.mark.parametrize("method", [method for method in GETS if method.of_customers], ids=lambda method: method.name)
def test_an_id_that_is_nobody_s_is_forbidden(world: tuple[Service, list[Person]], method: Method) -> None:
    service, people = world
    for caller in people:
        for odd in ODD_IDS:
            assert _asked(service, method, caller, user_id=odd)["error"]["data"]["mnemonic"] == "forbidden"
        for other in ("1", True, [1], {"id": 1}):
            mnemonic = _asked(service, method, caller, user_id=other)["error"]["data"]["mnemonic"]
            assert mnemonic in {"data_type_error", "forbidden"}


def test_the_numbers_of_the_address_book_are_masked_too(world: tuple[Service, list[Person]]) -> None:
    service, people = world
    whole = number("alpha")
    masked = "*" * (len(whole) - 4) + whole[-4:]
    query = {"field": "phone_numbers", "operator": "jsquery", "value": f'# = "{whole}"'}
    for person in people:
        if person.account == "alpha" and person.rights in {"admin", "masked"}:
            found = _asked(service, METHODS["get.contacts"], person, filter=query)["result"]["metadata"]["total_items"]
            assert found == (0 if person.rights == "masked" else 1)
            [row] = _asked(service, METHODS["get.contacts"], person)["result"]["data"]
            assert row["phone_numbers"] == [masked if person.rights == "masked" else whole]


NUMBERED: Final = [
    (method, field)
    for method in GETS
    if method.report is not None and method.report.table and not method.for_administrators
    for field in method.report.fields
    if field.contact_number and field.filterable
]


@pytest.mark.parametrize(("method", "field"), NUMBERED, ids=lambda one: one.name)
def test_a_masked_number_is_not_found_by_guessing_it(
    world: tuple[Service, list[Person]], method: Method, field: Field
) -> None:
    service, people = world
    known = number("alpha")
    guesses = {"=": known, "!=": "*******9" + known[-4:], "like": known[:7] + "%", "regexp": "^44", "in": [known]}
    for person in people:
        if person.account != "alpha" or person.rights not in {"admin", "masked"}:
            continue
        for operator, value in guesses.items():
            reply = _asked(service, method, person, filter={"field": field.name, "operator": operator, "value": value})
            found = reply["result"]["metadata"]["total_items"]
            if operator != "!=":
                assert found == (0 if person.rights == "masked" else 2)
