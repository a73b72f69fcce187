"""What switches post over HTTP: who may, which bodies are read, what the status says, what became of it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import httpx
import pytest

from ringledger.calls.events import RecordedEvent
from ringledger.faults import EngineFault
from ringledger.http.app import Bounds, build
from ringledger.intake import call_events
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings

SAMPLES = Path(__file__).parent.parent / "intake" / "samples" / "freeswitch"
RECORD = (SAMPLES / "04_no_answer.json").read_bytes()
WHO = {
    "employees": [{"full_name": "Anna Lang", "numbers": ["1002"]}],
    "external": [{"number": None, "channels": ["sofia/internal/+493023125041"]}],
}
T0 = 1_773_134_400
Post = Callable[..., httpx.Response]


class House:
    """An application over an engine and a registry with the account acme and a token of it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.registry.accounts.create("acme")
        self.registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(WHO).encode()))
        self.token = self.registry.tokens.create("acme")
        self.door = Door(engine, lambda: T0 * 1_000_000)
        recordings = Recordings(open_recordings(f"file://{folder}/recordings"), engine, self.door)
        self.app = build(engine, self.registry, recordings, self.door, bounds=Bounds(intake=200_000))

    async def close(self) -> None:
        """Lets the application end as a server does."""
        async with self.app.router.lifespan_context(self.app):
            pass
        self.registry.close()

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        address = options.pop("address", "127.0.0.1")

        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **options)

        return asyncio.run(request())

    def post(self, source: str, body: bytes, **options: Any) -> httpx.Response:
        options.setdefault("headers", {}).setdefault("authorization", f"Bearer {self.token}")
        return self.send("POST", f"/intake/{source}", content=body, **options)


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    found = House(engine, tmp_path)
    yield found
    asyncio.run(found.close())


def event(kind: str, at: float, place: int = 0, /, **members: Any) -> bytes:
    told = {"event": kind, "call_id": "A", "event_id": f"{kind}{place}", "time": T0 + at, **members}
    return json.dumps(told).encode()


CALL = [
    event("leg_started", 0, 1, leg_id="c", number="4930555", party="contact", dialled="4930100"),
    event("leg_started", 1, 2, leg_id="e", number="1002"),
    event("answered", 5, leg_id="e"),
    event("bridged", 5, leg_ids=["c", "e"]),
    event("ended", 65, 1, leg_id="e", hung_up_by="e"),
    event("ended", 65, 2, leg_id="c"),
]


def sessions(engine: Engine) -> list[dict[str, Any]]:
    query = "SELECT call_key, finish_reason, talk_duration FROM call_sessions FINAL WHERE account = 1 ORDER BY call_key"
    return engine.rows(Statement(query))


TALKED = [{"call_key": "events:A", "finish_reason": "operator_disconnects", "talk_duration": 60}]


BODIES = {
    "NDJSON": b"\n".join(CALL),
    "an array": b"[" + b",\n".join(CALL) + b"]",
    "objects over many lines": b"\n".join(json.dumps(json.loads(one), indent=1).encode() for one in CALL),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_events_come_one_a_line_or_as_an_array(house: House, engine: Engine, body: bytes) -> None:
    answer = house.post("events", body)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 6, "rejected": []})
    assert sessions(engine) == TALKED


def test_events_come_one_by_one_and_again(house: House, engine: Engine) -> None:
    for one in [*reversed(CALL), *CALL]:
        assert house.post("events", one).json() == {"accepted": 1, "rejected": []}
    assert sessions(engine) == TALKED
    assert engine.rows(Statement("SELECT count() AS n FROM call_events FINAL")) == [{"n": 6}]


def test_a_broken_event_is_refused_with_its_place_and_the_others_are_taken(house: House, engine: Engine) -> None:
    body = b"\n".join([*CALL[:3], b"", b'{"event": 5}', *CALL[3:], event("ended", -T0 - 5, 3, leg_id="c")])
    answer = house.post("events", body)
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "accepted": 6,
            "rejected": [
                {"position": 5, "reason": "event: Expected str"},
                {"position": 9, "reason": "time: Expected float >= 0.0"},
            ],
        },
    )
    assert sessions(engine) == TALKED
    kept = engine.rows(Statement("SELECT origin, line, text FROM rejected_records ORDER BY line"))
    assert kept[0] == {"origin": "/intake/events from 127.0.0.1", "line": 5, "text": '{"event": 5}'}


def test_a_body_of_nothing_but_broken_events_is_answered_too(house: House) -> None:
    answer = house.post("events", b'{"event": 5}')
    rejected = [{"position": 1, "reason": "event: Expected str"}]
    assert (answer.status_code, answer.json()) == (422, {"accepted": 0, "rejected": rejected})


FORMS: dict[str, tuple[bytes, str]] = {
    "JSON": (RECORD, "application/json"),
    "JSON that the client calls a form": (RECORD, "application/x-www-form-urlencoded"),
    "a form": (urlencode({"uuid": "x", "cdr": RECORD.decode()}).encode(), "application/x-www-form-urlencoded"),
    "as mod_json_cdr encodes": (b"cdr=" + quote(RECORD.decode()).encode(), "application/x-www-form-urlencoded"),
    "Base64": (b"cdr=" + base64.b64encode(RECORD), "application/x-www-form-base64-encoded"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_record_of_freeswitch_comes_in_every_form_that_it_posts(house: House, engine: Engine, form: str) -> None:
    body, kind = FORMS[form]
    answer = house.post("freeswitch", body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": []})
    (found,) = sessions(engine)
    assert found["finish_reason"] == "operator_not_responsible"


def test_the_example_of_the_manual_works_as_curl_sends_it(house: House, engine: Engine) -> None:
    manual = (Path(__file__).parent.parent.parent / "docs" / "intake.md").read_text("utf-8")
    body = manual.partition("-d '")[2].partition("'\n```")[0].encode()
    answer = house.post("events", body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 6, "rejected": []})
    assert [row["call_key"] for row in sessions(engine)] == ["events:C-1"]


def test_a_body_may_be_gzip(house: House, engine: Engine) -> None:
    packed = gzip.compress(b"\n".join(CALL))
    assert house.post("events", packed, headers={"content-encoding": "gzip"}).status_code == 200
    assert sessions(engine) == TALKED


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"", {}, 400, "the body is empty"),
        (b"[1, ", {}, 400, "the array is not JSON: Input data was truncated"),
        (b"x" * 200_001, {}, 413, "the body is over 200000 bytes"),
        (gzip.compress(b"x" * 200_001), {"content-encoding": "gzip"}, 413, "the body is over 200000 bytes"),
        (b"nonsense" * 10, {"content-encoding": "gzip"}, 400, "the body is not gzip"),
        (gzip.compress(CALL[0])[:-9], {"content-encoding": "gzip"}, 400, "the gzip body is cut off"),
        (b"x", {"content-encoding": "br"}, 415, "the content encoding 'br' is not read; gzip is"),
        (b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 400, "the form has no field 'cdr'"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(
    house: House, engine: Engine, body: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = house.post("events", body, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"error": reason})
    assert engine.rows(Statement("SELECT count() AS n FROM call_events")) == [{"n": 0}]


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_the_token_comes_as_bearer_as_basic_or_in_the_query(house: House) -> None:
    for headers in (
        basic("freeswitch", house.token),
        basic(house.token, ""),
        {"authorization": f"bearer {house.token}"},
    ):
        assert house.send("POST", "/intake/events", content=CALL[0], headers=headers).status_code == 200
    for query in (f"access_token={house.token}", f"access_token={house.token}?uuid=a_5a3a1d91"):
        assert house.send("POST", f"/intake/events?{query}", content=CALL[0]).status_code == 200


STRANGERS = [{}, *({"authorization": text} for text in ("Bearer nobody", "Basic %%%", "Digest x")), basic("a", "b")]


@pytest.mark.parametrize("headers", STRANGERS)
def test_who_is_not_known_is_asked_for_a_token(house: House, engine: Engine, headers: dict[str, str]) -> None:
    answer = house.send("POST", "/intake/events", content=CALL[0], headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert engine.rows(Statement("SELECT count() AS n FROM call_events")) == [{"n": 0}]


def test_an_address_that_is_not_admitted_and_a_disabled_account_are_refused(house: House) -> None:
    answer = house.post("events", CALL[0], address="192.0.2.7")
    assert (answer.status_code, answer.json()) == (403, {"error": "Your IP 192.0.2.7 is not whitelisted"})
    house.registry.accounts.set_active("acme", active=False)
    assert house.post("events", CALL[0]).status_code == 403


def test_a_users_token_needs_the_rights_to_all_of_the_account(house: House) -> None:
    house.registry.users.create("acme", "boss", "password1")
    house.registry.users.create("acme", "reader", "password1", role=Role.READER)
    house.registry.users.create("acme", "confined", "password1", view=View(Scope(employee_ids=(1,)), False))
    statuses = {}
    house.registry.users.create("acme", "masked", "password1", view=View(is_masked=True))
    for login in ("boss", "reader", "confined", "masked"):
        headers = {"authorization": f"Bearer {house.registry.tokens.create('acme', login)}"}
        statuses[login] = house.post("events", CALL[0], headers=headers).status_code
    assert statuses == {"boss": 200, "reader": 403, "confined": 403, "masked": 403}


def test_only_post_is_answered(house: House) -> None:
    answer = house.send("GET", "/intake/freeswitch")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_store_that_fails_asks_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise EngineFault("disk full of secrets")

    monkeypatch.setattr(house.door, "append", fail)
    answer = house.post("events", CALL[0])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "secret" not in answer.text


def all_at_once(house: House, bodies: list[bytes]) -> list[int]:
    async def post_all() -> list[int]:
        transport = httpx.ASGITransport(house.app)
        headers = {"authorization": f"Bearer {house.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            answers = await asyncio.gather(*(client.post("/intake/events", content=body) for body in bodies))
        return [answer.status_code for answer in answers]

    return asyncio.run(post_all())


def wait_for(found: Callable[[], object], wanted: object) -> None:
    ends = time.monotonic() + 20
    while found() != wanted and time.monotonic() < ends:
        time.sleep(0.05)
    assert found() == wanted


def test_a_delivery_that_cannot_be_written_does_not_take_the_others_with_it(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = house.door.append

    def guarded(dialect: Any, account: int, events: list[RecordedEvent], rejected: Any, received: int) -> None:
        if any("poison" in one.payload for one in events):
            raise ZeroDivisionError
        append(dialect, account, events, rejected, received)

    monkeypatch.setattr(house.door, "append", guarded)
    assert all_at_once(house, [*CALL, event("answered", 9, leg_id="poison")]) == [200] * 6 + [500]
    wait_for(lambda: sessions(engine), TALKED)


def test_a_call_that_cannot_be_derived_does_not_take_the_others_with_it(
    house: House, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = house.door.derive

    def guarded(dialect: Any, account: int, directory: Any, keys: set[str], fresh: set[str]) -> None:
        if "poison" in keys:
            raise ZeroDivisionError
        derive(dialect, account, directory, keys, fresh)

    monkeypatch.setattr(house.door, "derive", guarded)
    assert all_at_once(house, [*CALL, event("answered", 9, leg_id="x", call_id="poison")]) == [200] * 7
    wait_for(lambda: sessions(engine), TALKED)


def test_what_was_appended_and_not_derived_is_derived_by_the_next_server(
    house: House, engine: Engine, tmp_path: Path
) -> None:
    told = [call_events.recorded(one) for one in CALL]
    house.door.append(call_events, 1, told, [], T0 * 1_000_000)
    assert sessions(engine) == []
    recordings = Recordings(open_recordings(f"file://{tmp_path}/recordings"), engine, house.door)
    build(engine, house.registry, recordings, house.door)
    wait_for(lambda: sessions(engine), TALKED)


def test_metrics_tell_what_came_in_and_when(house: House) -> None:
    house.post("events", b"\n".join([*CALL, b"{}"]))
    page = house.send("GET", "/metrics").text
    assert 'ringledger_intake_events_total{outcome="accepted",source="events"} 6.0' in page
    assert 'ringledger_intake_events_total{outcome="rejected",source="events"} 1.0' in page
    assert 'ringledger_intake_last_event_timestamp_seconds{source="events"}' in page
