"""A registry and a service on an empty call store, and requests to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

NOW: Final = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())

Ask = Callable[..., dict[str, Any]]
"""`ask(method, token, address=..., **params)` gives the whole reply."""


@pytest.fixture
def service(engine: Engine, registry: Registry) -> Service:
    return Service(engine, registry, lambda: NOW)


@pytest.fixture
def ask(service: Service) -> Ask:
    def send(method: str, token: str | None = None, address: str = "127.0.0.1", **params: Any) -> dict[str, Any]:
        access = {} if token is None else {"access_token": token}
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": access | params}
        reply: dict[str, Any] = json.loads(b"".join(service.answer(json.dumps(body).encode(), address).parts))
        return reply

    return send


def fault(reply: dict[str, Any]) -> tuple[Any, ...]:
    """Mnemonic, field and value of an error reply."""
    data = reply["error"]["data"]
    return data["mnemonic"], data.get("field"), data.get("value")
