"""No method answers a caller that is refused, whatever it asks for and in whose name, nor looks at its parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from tests.rpc.conftest import NOW

from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

Case = tuple[str, str, str]
"""A token, the address that it comes from, and the mnemonic of the answer."""

CLOSED: Final = [method for method in METHODS.values() if method.needs_token]


@pytest.fixture(scope="module")
def world(shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, list[Case]]]:
    registry = Registry.open(f"sqlite:///{tmp_path_factory.mktemp('refused')}/registry.db")
    registry.accounts.create("hub", partner=True)
    registry.accounts.create("alpha", parent="hub")
    registry.accounts.create("off")
    user = registry.users.create("alpha", "ann", "password1")
    here, away = "127.0.0.1", "192.0.2.7"
    cases = [("unknown", here, "access_token_invalid")]
    for account, login in (("hub", None), ("alpha", None), ("alpha", "ann")):
        blocked = registry.tokens.create(account, login)
        registry.tokens.block(registry.tokens.list()[-1].id)
        expired = registry.tokens.create(account, login, datetime.fromtimestamp(NOW, UTC))
        allowed = registry.tokens.create(account, login)
        cases += [(blocked, here, "access_token_blocked"), (expired, here, "access_token_expired")]
        cases += [(allowed, away, "ip_not_whitelisted"), (allowed, "unknown", "ip_not_whitelisted")]
    ended = registry.tokens.open_session(user, NOW).token
    found = registry.tokens.find(ended)
    assert found is not None
    registry.tokens.end(found.token_id)
    over = registry.tokens.open_session(user, NOW - 3600).token
    off = registry.tokens.create("off")
    registry.accounts.set_active("off", active=False)
    cases += [(ended, here, "access_token_invalid"), (over, here, "access_token_expired")]
    cases += [(off, here, "account_inactive"), (off, away, "account_inactive")]
    yield Service(shared_engine, registry, lambda: NOW), cases
    registry.close()


def ask(service: Service, method: Method, address: str, params: dict[str, Any]) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method.name, "params": params}
    reply: dict[str, Any] = json.loads(b"".join(service.answer(json.dumps(body).encode(), address).parts))
    return reply


@pytest.mark.parametrize("method", CLOSED, ids=lambda method: method.name)
def test_a_refused_caller_is_told_why_and_nothing_else(world: tuple[Service, list[Case]], method: Method) -> None:
    service, cases = world
    for token, address, mnemonic in cases:
        for asked in ({}, {"user_id": 1}, {"nope": 1, "limit": "x"}):
            error = ask(service, method, address, {"access_token": token, **asked})["error"]
            params = {"params": {"ip": address}} if mnemonic == "ip_not_whitelisted" else {}
            assert error["data"] == {"mnemonic": mnemonic, **params, "metadata": {}}


@pytest.mark.parametrize("method", CLOSED, ids=lambda method: method.name)
def test_a_token_is_required_and_is_text(world: tuple[Service, list[Case]], method: Method) -> None:
    service, _ = world
    for missing in ({}, {"access_token": None}):
        data = ask(service, method, "127.0.0.1", missing)["error"]["data"]
        assert data == {"mnemonic": "required_parameter_missed", "field": "access_token", "metadata": {}}
    for wrong in (7, True, ["x"], {"x": 1}):
        data = ask(service, method, "127.0.0.1", {"access_token": wrong})["error"]["data"]
        assert data == {"mnemonic": "data_type_error", "field": "access_token", "value": wrong, "metadata": {}}
