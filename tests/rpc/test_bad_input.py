"""Bad input to every method that changes something: the exact error, and nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import create_engine, select

from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.parameters import Parameter
from ringledger.registry.registry import Registry
from ringledger.registry.tables import METADATA
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

CHANGING: Final = [method for method in METHODS.values() if method.changes]
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
        self.user = self.registry.users.create("alpha", "ann", "password1").id
        self._token = self.registry.tokens.create("hub")
        self._engine = engine
        self._service = Service(engine, self.registry)
        self._database = create_engine(url)

    def ask(self, method: Method, params: dict[str, Any]) -> dict[str, Any]:
        access = {"access_token": self._token} | ({"user_id": self.user} if method.of_customers else {})
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


def faults(method: Method) -> Iterator[tuple[dict[str, Any], str, str, Any]]:
    """Parameters of the method with one fault each: mnemonic, field and value of the answer."""
    own = [parameter for parameter in method.parameters if parameter.name not in {"access_token", "user_id"}]
    good = {parameter.name: right(parameter) for parameter in own if parameter.required}
    yield {**good, "no_such_parameter": 1}, "unexpected_parameters", "no_such_parameter", 1
    for parameter in own:
        name, wrong = parameter.name, WRONG[parameter.type]
        if parameter.required:
            yield {**good, name: None}, "required_parameter_missed", name, None
        yield {**good, name: wrong}, "data_type_error", name, wrong
        if parameter.type == "enum":
            yield {**good, name: "no such value"}, "invalid_parameter_value", name, "no such value"
        if parameter.type == "iso8601":
            yield {**good, name: "2026-02-30 00:00:00"}, "invalid_parameter_value", name, "2026-02-30 00:00:00"
        if parameter.type == "number" and parameter.whole:
            yield {**good, name: 1.5}, "invalid_parameter_value", name, 1.5
        if parameter.type == "string":
            yield {**good, name: "a\x00b" * 3}, "invalid_parameter_value", name, "a\x00b" * 3


@pytest.mark.parametrize("method", CHANGING, ids=lambda method: method.name)
def test_a_fault_is_named_with_its_path_and_value_and_nothing_is_changed(world: World, method: Method) -> None:
    before = world.content()
    for params, mnemonic, field, value in faults(method):
        data = world.ask(method, params)["error"]["data"]
        assert (data["mnemonic"], data["field"], data.get("value")) == (mnemonic, field, value)
    assert world.content() == before
