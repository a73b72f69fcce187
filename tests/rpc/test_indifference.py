"""What a user may not see changes nothing that the user is told: not a row, total, group, order, page or file.

The same questions are put to two stores that differ only in what is hidden; the answers must be the same,
byte for byte.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from tests.rpc.conftest import NOW, Ask, fault

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind, Report
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.operators import Operator
from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.reporting.exports import Format
from ringledger.rpc.exports import Exports
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

PERIOD: Final = {"date_from": "2026-04-01 00:00:00", "date_till": "2026-05-02 00:00:00"}
GETS: Final = [method for method in METHODS.values() if method.report is not None]
STORED: Final = {report.table: report for report in (CALLS_REPORT, LEGS_REPORT, UPLOADED_CALLS)}
Seed = Callable[[Engine, Registry], None]
Question = tuple[str, dict[str, Any]]

LAST: Final = "4321"
HERE: Final = [f"4479460{hidden}{LAST}" for hidden in ("111", "222", "333")]
THERE: Final = [f"4479460{hidden}{LAST}" for hidden in ("333", "111", "222")]


def numbered(numbers: list[str]) -> Seed:
    """Calls, legs, uploads and contacts with these numbers."""

    def seed(engine: Engine, registry: Registry) -> None:
        for at, number in enumerate(numbers, 1):
            _insert(engine, at, number)
            given = {"last_name": f"Contact {at}", "phone_numbers": [number]}
            registry.entries.create(registry.accounts.by_name("acme"), "contacts", given)

    return seed


def scoped(hidden: range) -> Seed:
    """Ten sessions that are seen, and others that are not, among them."""

    def seed(engine: Engine, _: Registry) -> None:
        for at in range(1, 11):
            _insert(engine, at * 10, None, employees=[{"employee_id": 1}], is_lost=at % 2 == 0)
        for at in hidden:
            _insert(engine, at * 10 + 5, None, employees=[{"employee_id": 2}], is_lost=True)

    return seed


def _insert(engine: Engine, at: int, number: str | None, **columns: object) -> None:
    """A row of every stored report, of session `at` and of that contact."""
    for report in STORED.values():
        names = {field.name for field in report.fields}
        row: dict[str, object] = {field.name: number for field in report.fields if field.contact_number}
        row |= {"account": 1, report.moment: NOW - 86_400 + at, report.session: at, report.key: _key(report, at)}
        row |= {report.finish: NOW - 86_000} if report.finish else {}
        row |= {name: column for name, column in columns.items() if name in names}
        engine.insert(report.table, tuple(row), msgspec.json.encode(row | {"version": 1}))


def _key(report: Report, at: int) -> object:
    field = report.field(report.key)
    return at if field is not None and field.kind is Kind.NUMBER else str(at)


def questions(method: Method, fields: list[Field], guesses: list[str]) -> Iterator[Question]:
    """The page, and the page filtered and sorted in every way by each of the fields."""
    assert method.report is not None
    takes = {parameter.name for parameter in method.parameters}
    period = PERIOD if "date_from" in takes else {}
    ongoing = {"include_ongoing_calls": True} if "include_ongoing_calls" in takes else {}
    yield method.name, {**period, **ongoing}
    yield method.name, {**period, "limit": 2, "offset": 1}
    for field in fields:
        own = (
            {"dimensions": [field.name], "measures": ["calls_count", "contacts_count"]} if "dimensions" in takes else {}
        )
        if own:
            yield method.name, {**period, **own}
        if field.sortable:
            for order in ("asc", "desc"):
                yield method.name, {**period, **own, "sort": [{"field": field.name, "order": order}]}
        for condition in _conditions(field, guesses) if field.filterable else ():
            yield method.name, {**period, **own, "filter": condition}


def _conditions(field: Field, guesses: list[str]) -> Iterator[dict[str, Any]]:
    if field.kind is Kind.ARRAY:
        for guess in guesses:
            for query in (f'# = "{guess}"', f'#:(@# > 0) and # = "{guess}"', f'$ = ["{guess}"]'):
                yield {"field": field.name, "operator": Operator.JSQUERY, "value": query}
        return
    for guess in guesses:
        yield from (
            {"field": field.name, "operator": "=", "value": guess},
            {"field": field.name, "operator": "!=", "value": guess},
            {"field": field.name, "operator": "like", "value": f"{guess[:9]}%"},
            {"field": field.name, "operator": "regexp", "value": f"^{guess}$|^{guess[:8]}"},
            {"field": field.name, "operator": "in", "value": [guess]},
        )


class Asked:
    """The answers that a user gets over a store that was seeded in a way."""

    def __init__(self, engine: Engine, folder: Path, seed: Seed, role: Role, view: View) -> None:
        for table in STORED:
            engine.run(Statement(f"TRUNCATE TABLE {table}"))
        folder.mkdir(parents=True)
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.registry.accounts.create("acme")
        self.registry.users.create("acme", "bob", "password1", role=role, view=view)
        seed(engine, self.registry)
        self.token = self.registry.tokens.create("acme", "bob")
        self.service = Service(engine, self.registry, lambda: NOW)

    def answers(self, asked: list[Question]) -> dict[str, bytes]:
        return {
            json.dumps(question): b"".join(self.service.answer(self._body(*question), "127.0.0.1").parts)
            for question in asked
        }

    def files(self, asked: list[Question]) -> dict[str, bytes]:
        return {f"{kind} {question}": self._file(self._body(*question), kind) for question in asked for kind in Format}

    def close(self) -> None:
        self.registry.close()

    def _body(self, method: str, params: dict[str, Any]) -> bytes:
        params = {"access_token": self.token, **params}
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()

    def _file(self, body: bytes, kind: Format) -> bytes:
        outcome, pieces = Exports(self.service).open(body, "127.0.0.1", "", None, kind, "")
        assert pieces is not None, outcome.parts
        content = b"".join(pieces)
        if kind is not Format.XLSX:
            return content
        package = zipfile.ZipFile(io.BytesIO(content))
        return b"".join(package.read(name) for name in package.namelist())


def _differences(
    engine: Engine, folder: Path, seeds: tuple[Seed, Seed], asked: list[Question], role: Role, view: View
) -> list[str]:
    """The questions that are answered differently over the two stores."""
    told: list[dict[str, bytes]] = []
    for place, seed in enumerate(seeds):
        user = Asked(engine, folder / str(place), seed, role, view)
        reports = [question for question in asked if question[0] == "get.calls_report" and "offset" not in question[1]]
        told.append(user.answers(asked) | user.files(reports[:4]))
        user.close()
    here, there = told
    assert any(b'"data":[\n{' in answer for answer in here.values())
    return [question for question, answer in here.items() if there[question] != answer]


def _of_numbers() -> list[Question]:
    asked: list[Question] = []
    for method in GETS:
        assert method.report is not None
        fields = [field for field in method.report.fields if field.contact_number]
        if fields and method.for_masked and not method.for_administrators:
            asked += questions(method, fields, [HERE[0], "*" * 10 + LAST])
    return asked


def test_the_hidden_digits_of_a_number_change_nothing_that_a_masked_user_is_told(
    engine: Engine, tmp_path: Path
) -> None:
    asked, seeds = _of_numbers(), (numbered(HERE), numbered(THERE))
    assert {method for method, _ in asked} >= {
        "get.calls_report", "get.calls_summary", "get.call_legs_report", "get.uploaded_calls", "get.contacts"
    }  # fmt: skip
    masked = _differences(engine, tmp_path / "masked", seeds, asked, Role.ADMINISTRATOR, View(is_masked=True))
    assert masked == []
    whole = _differences(engine, tmp_path / "whole", seeds, asked, Role.ADMINISTRATOR, View())
    assert len(whole) > len(asked) / 2


@pytest.mark.parametrize(
    "method", [method for method in METHODS.values() if not method.for_masked], ids=lambda method: method.name
)
def test_what_would_tell_or_confirm_a_number_is_refused_to_a_masked_user(
    ask: Ask, registry: Registry, method: Method
) -> None:
    registry.accounts.create("acme")
    registry.users.create("acme", "bob", "password1", view=View(is_masked=True))
    registry.users.create("acme", "eve", "password1")
    assert fault(ask(method.name, registry.tokens.create("acme", "bob")))[0] == "forbidden"
    assert fault(ask(method.name, registry.tokens.create("acme"), user_id=1))[0] == "forbidden"
    reply = ask(method.name, registry.tokens.create("acme", "eve"))
    assert "result" in reply or fault(reply)[0] == "required_parameter_missed"


def test_rows_out_of_scope_change_nothing_that_a_confined_user_is_told(engine: Engine, tmp_path: Path) -> None:
    asked: list[Question] = []
    for method in GETS:
        is_of_calls = method.report is not None and (
            method.report.table in STORED or method.name == "get.calls_summary"
        )
        if method.for_confined and method.report is not None and is_of_calls:
            fields = [field for field in method.report.fields if field.name in {"is_lost", "id", "call_session_id"}]
            asked += [one for one in questions(method, fields, []) if "filter" not in one[1]]
            lost = {"field": "is_lost", "operator": "=", "value": True}
            asked += [(method.name, {**PERIOD, "filter": lost})] if method.report.field("is_lost") else []
    assert {method for method, _ in asked} >= {"get.calls_report", "get.calls_summary", "get.call_legs_report"}
    seeds, confined = (scoped(range(0)), scoped(range(1, 12))), View(Scope(employee_ids=(1,)))
    assert _differences(engine, tmp_path / "confined", seeds, asked, Role.READER, confined) == []
    assert len(_differences(engine, tmp_path / "whole", seeds, asked, Role.READER, View())) > len(asked) / 2
