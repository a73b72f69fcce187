"""Switches bring recordings by their own ids of calls, before or after the call is known."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.intake.answers import directory
from tests.intake.sounds import mp3, wav

from ringledger.calls.events import RecordedEvent
from ringledger.http.app import Bounds, build
from ringledger.intake import call_events
from ringledger.intake.call_recordings import LONGEST_WAIT, CallRecordings
from ringledger.intake.dialects import DIALECTS
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings

SAMPLES = Path(__file__).parent.parent / "intake" / "samples"


class House:
    """An account whose switch tells events and brings recordings."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account = self.registry.accounts.create("acme", timezone="UTC").id
        self.token = self.registry.tokens.create("acme")
        versions = itertools.count(1)
        self.door = Door(engine, lambda: next(versions))
        self.recordings = Recordings(open_recordings(f"file://{folder}/recordings"), engine, self.door)
        self.waiting = CallRecordings(engine, self.registry.waiting_recordings, self.recordings)
        self.app = build(engine, self.registry, self.recordings, self.door, bounds=Bounds(recording=50_000))

    def bring(self, content: bytes, path: str = "events/c1", method: str = "PUT", **options: Any) -> httpx.Response:
        options.setdefault("auth", ("switch", self.token))

        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, f"/intake/recordings/{path}", content=content, **options)

        return asyncio.run(request())

    def call(self, call_id: str = "c1") -> None:
        """A call of which the switch tells."""
        event = {"event": "session_started", "call_id": call_id, "event_id": "1", "time": 1_790_000_000,
                 "direction": "in", "contact_number": "442079460101"}  # fmt: skip
        line = json.dumps(event).encode()
        directory = self.registry.directories.load(self.account)
        taken = self.door.take(call_events, self.account, directory, [("test", [line])], lambda *_: None)
        assert taken.rejected == 0

    def rows(self) -> list[dict[str, Any]]:
        query = "SELECT call_records, wav_call_records, voice_mail_records FROM call_sessions FINAL ORDER BY id"
        return self.engine.rows(Statement(query))


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    house = House(engine, tmp_path)
    yield house
    house.registry.close()


def test_a_recording_of_a_known_call_is_named_at_once_and_once(house: House) -> None:
    house.call()
    reply = house.bring(wav(0.3))
    told = reply.json()
    assert (reply.status_code, told["attached"]) == (200, True)
    assert house.bring(wav(0.3), method="POST").json() == told
    mail = house.bring(mp3(0.3), "events/c1?voice_mail=true").json()
    assert house.rows() == [
        {
            "call_records": [told["mp3"]],
            "wav_call_records": [told["wav"]],
            "voice_mail_records": [mail["mp3"]],
        }
    ]
    assert house.registry.waiting_recordings.all() == []


def test_a_recording_that_comes_first_waits_for_its_call(house: House) -> None:
    reply = house.bring(wav(0.3), "events/with/a%20slash")
    told = reply.json()
    assert (reply.status_code, told["attached"]) == (202, False)
    house.waiting.attach_waiting(0)
    assert len(house.registry.waiting_recordings.all()) == 1
    house.call("with/a slash")
    house.waiting.attach_waiting(0)
    assert house.rows()[0]["call_records"] == [told["mp3"]]
    assert house.registry.waiting_recordings.all() == []


def test_a_recording_whose_call_never_comes_is_given_up_after_a_day(house: House) -> None:
    house.bring(wav(0.3))
    (one,) = house.registry.waiting_recordings.all()
    house.waiting.attach_waiting(one.since + LONGEST_WAIT)
    assert len(house.registry.waiting_recordings.all()) == 1
    house.waiting.attach_waiting(one.since + LONGEST_WAIT + 1)
    assert house.registry.waiting_recordings.all() == []


@pytest.mark.parametrize(
    ("dialect", "sample", "files"),
    [
        ("asterisk-cel", "asterisk/05_blind_transfer_by_callee.cel", ["asterisk/05_blind_transfer_by_callee.cel.csv"]),
        (
            "freeswitch",
            "freeswitch/06_blind_transfer",
            [f"freeswitch/06_blind_transfer.{leg}.json" for leg in ("aleg", "bleg1", "bleg2")],
        ),
    ],
)
def test_a_call_is_known_by_every_id_that_its_records_share(
    house: House, dialect: str, sample: str, files: list[str]
) -> None:
    lines = [line for file in files for line in (SAMPLES / file).read_bytes().splitlines(keepends=True)]
    who = directory(json.loads((SAMPLES / f"{sample}.expected.json").read_text())["mapping"])
    house.door.take(DIALECTS[dialect], house.account, who, [("sample", lines)], lambda *_: None)
    read = DIALECTS[dialect].read(lines)
    keys = {key for event in read if isinstance(event, RecordedEvent) for key in event.keys}
    assert len(keys) >= 2
    assert all(house.bring(wav(0.2), f"{dialect}/{key}").json()["attached"] for key in keys)
    assert [len(row["call_records"]) for row in house.rows()] == [1]


def test_what_is_not_taken_is_told_and_leaves_nothing(house: House) -> None:
    damaged = house.bring(wav(0.5)[:2000])
    assert (damaged.status_code, damaged.json()["error_code"]) == (422, "record_damaged")
    assert house.bring(b"<html>" * 20).json()["error_code"] == "record_format_not_supported"
    assert house.bring(wav(4.0)).status_code == 413
    assert house.bring(wav(0.3), "pbx/c1").status_code == 404
    assert house.bring(wav(0.3), f"events/{'x' * 201}").status_code == 404
    assert house.bring(wav(0.3), method="GET").status_code == 405
    assert house.bring(wav(0.3), auth=None).status_code == 401
    assert house.bring(wav(0.3), auth=("switch", "wrong")).status_code == 401
    house.registry.accounts.set_active("acme", active=False)
    assert house.bring(wav(0.3)).status_code == 403
    assert house.registry.waiting_recordings.all() == []
    assert list(house.recordings.store.files(house.account)) == []


def test_a_recording_belongs_to_the_leg_whose_id_it_was_brought_with_until_it_is_deleted(house: House) -> None:
    answer = json.loads((SAMPLES / "freeswitch" / "06_blind_transfer.expected.json").read_bytes())
    files = [SAMPLES / "freeswitch" / f"06_blind_transfer.{leg}.json" for leg in ("aleg", "bleg1", "bleg2")]
    lines = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
    dialect = DIALECTS["freeswitch"]
    who = directory(answer["mapping"])

    def take() -> None:
        house.door.take(dialect, house.account, who, [("sample", lines)], lambda *_: None)

    def named() -> dict[str, list[str]]:
        rows = house.engine.rows(Statement("SELECT leg_key, call_records FROM call_legs FINAL"))
        return {row["leg_key"]: row["call_records"] for row in rows if row["call_records"]}

    take()
    query = "SELECT leg_key FROM call_legs FINAL WHERE party = {party:String} ORDER BY start_time"
    contact, *_ = [row["leg_key"] for row in house.engine.rows(Statement(query, {"party": "contact"}))]
    first, second = [row["leg_key"] for row in house.engine.rows(Statement(query, {"party": "employee"}))]
    of_second = house.bring(wav(0.3), f"freeswitch/{second}").json()
    of_contact = house.bring(mp3(0.4), f"freeswitch/{contact}").json()
    house.bring(mp3(0.2), f"freeswitch/{first}?voice_mail=true")
    expected = {second: [of_second["mp3"]], contact: [of_contact["mp3"]]}
    assert named() == expected
    house.door.replay(house.account, who, None, None)
    assert named() == expected
    assert house.recordings.delete(house.account, 0, 2**32 - 1) == 1
    assert named() == {}
