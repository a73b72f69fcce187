"""What HTTP itself asks for: verbs, body size, compression, request ids, health and metrics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ringledger.http.app import Bounds, build
from ringledger.http.compression import encoding_for
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine
from ringledger.store.recordings import open_recordings

BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"})
Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Iterator[Ask]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    door = Door(engine, lambda: 0)
    recordings = Recordings(open_recordings(f"file://{tmp_path}/recordings"), engine, door)
    app = build(engine, registry, recordings, door, bounds=Bounds(body=2000))

    def send(method: str, path: str, **options: Any) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **options)

        return asyncio.run(request())

    yield send
    registry.close()


@pytest.mark.parametrize("path", ["/v2.0", "/v2.0/"])
def test_the_data_api_answers_with_and_without_a_slash(ask: Ask, path: str) -> None:
    reply = ask("POST", path, content=BODY, headers={"content-type": "text/strange"})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json; charset=UTF-8"
    assert reply.json()["id"] == 1


def test_errors_have_status_200_too(ask: Ask) -> None:
    assert ask("POST", "/v2.0", content=b"{").status_code == 200


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_other_verbs_are_not_allowed(ask: Ask, verb: str) -> None:
    reply = ask(verb, "/v2.0", headers={"x-request-id": "abc"})
    assert (reply.status_code, reply.headers["allow"], reply.headers["x-request-id"]) == (405, "POST", "abc")


def test_a_body_over_the_maximum_is_refused(ask: Ask) -> None:
    assert ask("POST", "/v2.0", content=b" " * 2001).status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_replies_are_compressed_as_the_client_accepts(ask: Ask, encoding: str) -> None:
    plain = ask("POST", "/v2.0", content=BODY, headers={"accept-encoding": "identity"})
    packed = ask("POST", "/v2.0", content=BODY, headers={"accept-encoding": encoding})
    assert packed.headers["content-encoding"] == encoding
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    if encoding == "gzip":
        assert packed.json() == plain.json()


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [("", None), ("gzip, deflate", "gzip"), ("gzip, zstd", "zstd"), ("zstd;q=0, gzip;q=0.5", "gzip"), ("br", None)],
)
def test_the_encoding_is_chosen_by_the_header(accepted: str, chosen: str | None) -> None:
    assert encoding_for(accepted) == chosen


def test_a_request_keeps_its_id_or_gets_one(ask: Ask) -> None:
    assert ask("POST", "/v2.0", content=BODY, headers={"x-request-id": "abc"}).headers["x-request-id"] == "abc"
    assert len(ask("POST", "/v2.0", content=BODY).headers["x-request-id"]) == 16


def test_health_and_metrics_are_there(ask: Ask) -> None:
    ask("POST", "/v2.0", content=b"{")
    ask("GET", "/v2.0")
    assert ask("GET", "/healthz").text == "ok\n"
    for outcome in ("parse_error", "verb_not_allowed"):
        assert f'ringledger_requests_total{{method="",outcome="{outcome}"}} 1.0' in ask("GET", "/metrics").text
