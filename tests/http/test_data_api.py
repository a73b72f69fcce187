"""Which thread answers a request, and that the reply is the same whichever does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from isal import isal_zlib
from tests.rpc.test_at_once import body, insert

from ringledger.http.data_api import DataApi
from ringledger.http.metrics import Metrics
from ringledger.http.pools import Pools
from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine

Send = Callable[..., Coroutine[Any, Any, bytes]]


@pytest.fixture
def pools() -> Iterator[Pools]:
    pools = Pools(1)
    yield pools
    pools.close()


@pytest.fixture
def send(engine: Engine, registry: Registry, pools: Pools) -> Send:
    """Sends a body to the Data API and gives the reply's."""
    api = DataApi(Service(engine, registry), Metrics(), pools, 1 << 20, 1 << 20)

    async def ask(content: bytes, encoding: str = "") -> bytes:
        parts: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content}

        async def take(message: Any) -> None:
            parts.append(bytes(message.get("body", b"")))

        headers = [(b"accept-encoding", encoding.encode())]
        scope = {"type": "http", "method": "POST", "headers": headers, "client": ("127.0.0.1", 1), "path": "/v2.0"}
        await api(scope, receive, take)
        return b"".join(parts)

    return ask


def test_answers_that_are_ready_do_not_wait_for_a_free_thread_and_all_others_do(
    engine: Engine, registry: Registry, pools: Pools, send: Send
) -> None:
    insert(engine, registry.accounts.create("acme").id, range(1, 301))
    token = registry.tokens.create("acme")

    async def ask() -> None:
        first = await send(body(token))
        gate = threading.Event()
        busy = pools.requests.submit(gate.wait)
        assert await send(body(token)) == first
        packed, other = (asyncio.create_task(one) for one in (send(body(token), "gzip"), send(body(token, limit=9))))
        assert await send(body(token)) == first
        done, _ = await asyncio.wait({packed, other}, timeout=0.2)
        assert not done, "the only thread is busy"
        gate.set()
        assert isal_zlib.decompress(await packed, 31) == first
        assert b'"total_items":300' in await other
        assert busy.done()

    asyncio.run(ask())
