"""Bad input to every method: the exact error, with the path and the value that was sent, and nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Report
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.parameters import Parameter
from ringledger.registry.registry import Registry
from ringledger.registry.tables import METADATA
from ringledger.rpc.errors import mnemonics
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

STORED: Final = ("call_sessions", "uploaded_calls")
RIGHT: Final[dict[str, Any]] = {
    "string": "Some text",
    "number": 1,
    "boolean": True,
    "iso8601": "2026-05-01 00:00:00",
    "array": [],
    "object": {},
}
WRONG: Final[dict[str, Any]] = {
    "string": 7,
    "enum": 7,
    "iso8601": 7,
    "number": "7",
    "boolean": "true",
    "array": {"a": 1},
    "object": [1],
}


class World:
    """A partner with a customer, and everything that is stored of them."""

    def __init__(self, engine: Engine, folder: str) -> None:
        url = f"sqlite:///{folder}/registry.db"
        self.registry = Registry.open(url)
        self.registry.accounts.create("hub", partner=True)
        self.registry.accounts.create("alpha", parent="hub")
        self.registry.users.create("alpha", "spare", "password1")  # whom requests may take away
        self.user = self.registry.users.create("alpha", "ann", "password1").id
        self._token = self.registry.tokens.create("hub")
        self._engine = engine
        self._service = Service(engine, self.registry)
        self._database = create_engine(url)

    def ask(self, method: Method, params: dict[str, Any]) -> dict[str, Any]:
        access: dict[str, Any] = {"access_token": self._token} if method.needs_token else {}
        access |= {"user_id": self.user} if method.of_customers else {}
        body = {"jsonrpc": "2.0", "id": 1, "method": method.name, "params": access | params}
        reply: dict[str, Any] = json.loads(b"".join(self._service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        return reply

    def content(self) -> list[object]:
        with self._database.connect() as connection:
            tables = [connection.execute(select(table)).all() for table in METADATA.sorted_tables]
        return [*tables, *(self._engine.read(Statement(f"SELECT * FROM {table}")) for table in STORED)]

    def close(self) -> None:
        self._database.dispose()
        self.registry.close()


@pytest.fixture(scope="module")
def world(shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(shared_engine, str(tmp_path_factory.mktemp("bad")))
    yield made
    made.close()


def right(parameter: Parameter) -> Any:
    """A value of the parameter's type, with what its members require."""
    if parameter.type == "enum":
        return parameter.values[0]
    if parameter.type == "object":
        return {member.name: right(member) for member in parameter.members if member.required}
    if parameter.type == "string" and parameter.least:
        return "x" * max(parameter.least, 5)
    return RIGHT[parameter.type]


def own(method: Method) -> list[Parameter]:
    return [parameter for parameter in method.parameters if parameter.name not in {"access_token", "user_id"}]


def good(method: Method) -> dict[str, Any]:
    """What the method requires."""
    return {parameter.name: right(parameter) for parameter in own(method) if parameter.required}


Faulty = tuple[dict[str, Any], str, str, Any]
"""Parameters with one fault, and the mnemonic, field and value of the answer."""


def faults(method: Method) -> Iterator[Faulty]:
    required = good(method)
    yield {**required, "no_such_parameter": 1}, "unexpected_parameters", "no_such_parameter", 1
    for parameter in own(method):
        for value, mnemonic in _wrong_values(parameter):
            yield {**required, parameter.name: value}, mnemonic, parameter.name, value
        for outer, mnemonic, path, value in _faults_inside(parameter):
            yield {**required, parameter.name: outer}, mnemonic, path, value
    if method.report is not None and "filter" in {parameter.name for parameter in own(method)}:
        for params, mnemonic, field, value in _faults_of_gets(method, method.report):
            yield {**required, **params}, mnemonic, field, value


def _faults_inside(parameter: Parameter) -> Iterator[tuple[Any, str, str, Any]]:
    """Values of the parameter with one fault in a member, however deep: value, and the answer's mnemonic and path."""
    is_array = parameter.type == "array"
    path = f"{parameter.name}.0" if is_array else parameter.name
    around: Callable[[Any], Any] = (lambda inner: [inner]) if is_array else (lambda inner: inner)
    if is_array and parameter.items and not parameter.members:
        wrong = WRONG[parameter.items]
        yield [wrong], "data_type_error", path, wrong
    if not parameter.members:
        return
    required = {member.name: right(member) for member in parameter.members if member.required}
    yield around({**required, "nope": 1}), "unexpected_parameters", f"{path}.nope", 1
    for member in parameter.members:
        for value, mnemonic in _wrong_values(member):
            yield around({**required, member.name: value}), mnemonic, f"{path}.{member.name}", value
        for inner, mnemonic, below, value in _faults_inside(member):
            yield around({**required, member.name: inner}), mnemonic, f"{path}.{below}", value


def _wrong_values(parameter: Parameter) -> Iterator[tuple[Any, str]]:
    if parameter.required:
        yield None, "required_parameter_missed"
    yield WRONG[parameter.type], "data_type_error"
    if parameter.type == "enum":
        yield "no such value", "invalid_parameter_value"
    if parameter.type == "iso8601":
        yield "2026-02-30 00:00:00", "invalid_parameter_value"
    if parameter.type == "number" and parameter.whole:
        yield 1.5, "invalid_parameter_value"
    if parameter.type == "string":
        yield "a\x00b" * 3, "invalid_parameter_value"


def _faults_of_gets(method: Method, report: Report) -> Iterator[Faulty]:
    """What the parameters of every get method may not be."""
    takes = {parameter.name for parameter in method.parameters}
    for name, bad in (("limit", (0, 10_001, -1)), ("offset", (-1, 100_001))):
        yield from (({name: value}, "invalid_parameter_value", name, value) for value in bad)
    if "date_from" in takes:
        first, last = "2026-05-02 00:00:00", "2026-05-01 00:00:00"
        yield {"date_from": first, "date_till": last}, "invalid_parameters_combination", "date_from", first
        late = "2026-08-02 00:00:01"
        yield {"date_from": first, "date_till": late}, "date_interval_limit_reached", "date_till", late
    if "fields" in takes:
        field = report.fields[0].name
        yield {"fields": [field, 7]}, "data_type_error", "fields.1", 7
        yield {"fields": ["nope"]}, "unexpected_parameters", "fields.0", "nope"
        yield {"fields": [field, field]}, "invalid_parameter_value", "fields.1", field
    if "dimensions" not in takes:
        yield from _faults_of_sorts(report)
    yield from _faults_of_filters(CALLS_REPORT if "dimensions" in takes else report)


def _faults_of_sorts(report: Report) -> Iterator[Faulty]:
    yield {"sort": [{"field": "nope"}]}, "unexpected_parameters", "sort.0.field", "nope"
    yield {"sort": [7]}, "data_type_error", "sort.0", 7
    yield {"sort": [{"order": "asc"}]}, "required_parameter_missed", "sort.0.field", None
    for field in report.fields:
        if not field.sortable:
            yield {"sort": [{"field": field.name}]}, "sort_prohibited", "sort.0.field", field.name
    if found := next((field.name for field in report.fields if field.sortable), None):
        up = {"field": found, "order": "up"}
        yield {"sort": [up]}, "invalid_parameter_value", "sort.0.order", "up"
        yield {"sort": [{"field": found}, {"field": found}]}, "invalid_parameter_value", "sort.1.field", found
        yield {"sort": [{"field": found, "by": 1}]}, "unexpected_parameters", "sort.0.by", 1


def _faults_of_filters(report: Report) -> Iterator[Faulty]:
    yield {"filter": _simple("nope")}, "unexpected_parameters", "filter.field", "nope"
    for field in report.fields:
        if not field.filterable:
            yield {"filter": _simple(field.name)}, "filter_prohibited", "filter.field", field.name
        else:
            nested = {"filters": [_simple(field.name), _simple(field.name, "~")], "condition": "or"}
            yield {"filter": nested}, "invalid_parameter_value", "filter.filters.1.operator", "~"
            yield {"filter": {"filters": [], "condition": "xor"}}, "invalid_parameter_value", "filter.condition", "xor"
            one = {**_simple(field.name), "filters": []}
            yield {"filter": one}, "invalid_parameters_combination", "filter", one


def _simple(field: str, operator: str = "=") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": None}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_a_fault_is_named_with_its_path_and_value_and_nothing_is_changed(world: World, method: Method) -> None:
    before = world.content()
    for params, mnemonic, field, value in faults(method):
        data = world.ask(method, params)["error"]["data"]
        assert (data["mnemonic"], data["field"], data.get("value")) == (mnemonic, field, value), params
    assert world.content() == before


_WORDS: Final = st.sampled_from(
    [
        "",
        "id",
        "name",
        "field",
        "=",
        "in",
        "jsquery",
        "# = 1",
        "2026-05-01 00:00:00",
        "9999-12-31 23:59:59",
        "0",
        "é",
        "'",
    ]
)
_SCALARS: Final = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | _WORDS
_KEYS: Final = st.sampled_from(
    ["field", "operator", "value", "filters", "condition", "order", "id", "name", "phone_number", "tag_id", "url", "x"]
)
_JUNK: Final = st.recursive(
    _SCALARS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)


def _at(params: Any, path: str) -> Any:
    """What was sent at that path."""
    for step in path.split("."):
        params = params[int(step)] if isinstance(params, list) else params[step]
    return params


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_whatever_is_sent_the_answer_is_right_or_a_fault_of_the_table_and_a_fault_changes_nothing(
    world: World, method: Method
) -> None:
    content = world.content()

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from([one.name for one in own(method)] or ["x"]), _JUNK, max_size=2))
    def ask(junk: dict[str, Any]) -> None:
        nonlocal content
        params = good(method) | junk
        reply = world.ask(method, params)
        if "error" not in reply:
            content = world.content() if method.changes else content
            return
        data = reply["error"]["data"]
        assert data["mnemonic"] in mnemonics()
        assert data["mnemonic"] != "internal_error", params
        if "value" in data:
            assert _at(params, data["field"]) == data["value"], data
        if method.changes:
            assert world.content() == content, params

    ask()
