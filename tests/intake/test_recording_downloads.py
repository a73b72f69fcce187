"""Recordings that events name by an address: fetched once, tried again, refused inside, never forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.intake.site import Site, answering
from tests.intake.sounds import mp3, wav

from ringledger.intake import call_events
from ringledger.intake.call_recordings import CallRecordings
from ringledger.intake.door import Door
from ringledger.intake.outbound import RETRIES, Outbound, networks
from ringledger.intake.recording_downloads import DownloadWork, RecordingDownloads
from ringledger.intake.recordings import Recordings
from ringledger.intake.remote_recordings import Limits, RemoteRecordings
from ringledger.intake.surroundings import Surroundings
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings

T0 = 1_790_000_000
CALL = (
    {"event": "leg_started", "leg_id": "a", "party": "contact", "number": "442079460101", "dialled": "442079460900"},
    {"event": "leg_started", "leg_id": "b", "party": "other", "number": "201"},
    {"event": "bridged", "leg_ids": ["a", "b"]},
    {"event": "ended", "leg_id": "a"},
    {"event": "ended", "leg_id": "b"},
)


class House:
    """An account whose system tells of recordings, a site that has them, and the work on them, a step at a time."""

    def __init__(self, engine: Engine, folder: Path, site: Site) -> None:
        self.engine = engine
        self.site = site
        self.now = T0 + 100
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account = self.registry.accounts.create("acme", timezone="UTC").id
        self.store = open_recordings(f"file://{folder}/recordings")
        self.outbound = Outbound(networks("127.0.0.0/8"))
        self.restart()

    def restart(self) -> None:
        """Everything that a server remembers is forgotten."""
        self.downloads = RecordingDownloads(self.engine, lambda: self.now * 1_000_000)
        self.door = Door(
            self.engine, lambda: self.now * 1_000_000, surroundings=Surroundings(derived=self.downloads.want)
        )
        recordings = Recordings(self.store, self.engine, self.door)
        remote = RemoteRecordings(recordings, self.outbound, Limits(100_000, 5))
        calls = CallRecordings(self.engine, self.registry.waiting_recordings, recordings)
        self.work = DownloadWork(self.engine, self.downloads, remote, calls, lambda: self.now, self.is_active)
        self.downloads.load()

    def is_active(self, account: int) -> bool:
        return self.registry.accounts.by_id(account).is_active

    def tell(self, *events: dict[str, Any]) -> None:
        lines = [
            json.dumps({"call_id": "c1", "event_id": str(at), "time": T0 + at} | event).encode()
            for at, event in enumerate(events)
        ]
        who = self.registry.directories.load(self.account)
        assert self.door.take(call_events, self.account, who, [("test", lines)], lambda *_: None).rejected == 0

    def ready(self, path: str, **members: Any) -> dict[str, Any]:
        return {"event": "recording_ready", "event_id": f"ready {path}", "url": self.site.url(path), **members}

    def do(self) -> int:
        """Works on what is due; how many those were."""
        due = self.downloads.begin(self.now, 10)
        for download in due:
            self.work.do(download)
            self.downloads.end(download)
        return len(due)

    def records(self) -> dict[str, Any]:
        query = "SELECT call_records, wav_call_records, voice_mail_records FROM call_sessions FINAL"
        (row,) = self.engine.rows(Statement(query))
        return row

    def of_legs(self) -> dict[str, list[str]]:
        rows = self.engine.rows(Statement("SELECT leg_key, call_records FROM call_legs FINAL"))
        return {row["leg_key"]: row["call_records"] for row in rows}

    def refused(self) -> list[str]:
        rows = self.engine.rows(Statement("SELECT reason FROM rejected_records FINAL WHERE source = 'events'"))
        return [row["reason"] for row in rows]


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    site = Site()
    house = House(engine, tmp_path, site)
    yield house
    house.registry.close()
    site.close()


def test_a_recording_at_an_address_is_fetched_once_and_named_in_its_call_and_its_leg(house: House) -> None:
    house.site.answers["/1.wav"] = answering(200, wav(0.3))
    house.site.answers["/2.mp3"] = answering(200, mp3(0.3))
    house.site.answers["/mail"] = answering(200, mp3(0.2))
    house.tell(*CALL, house.ready("/1.wav"), house.ready("/2.mp3", leg_id="b"), house.ready("/mail", voice_mail=True))
    assert house.do() == 3
    found = house.records()
    assert [len(found[name]) for name in ("call_records", "wav_call_records", "voice_mail_records")] == [2, 2, 1]
    assert house.of_legs() == {"a": found["call_records"][:1], "b": found["call_records"][1:]}
    house.tell(*CALL, house.ready("/1.wav"), {"event": "answered", "event_id": "late", "leg_id": "b"})
    house.restart()
    assert house.do() == 0
    assert len(house.site.asked) == 3
    assert house.records() == found
    assert house.of_legs() == {"a": found["call_records"][:1], "b": found["call_records"][1:]}


def test_an_address_that_comes_before_its_call_is_fetched_when_the_call_is_known(house: House) -> None:
    house.site.answers["/1.wav"] = answering(200, wav(0.3))
    house.tell(house.ready("/1.wav"))
    assert house.do() == 0
    house.tell(*CALL)
    assert house.do() == 1
    assert len(house.records()["call_records"]) == 1


def test_what_is_not_there_yet_is_tried_again_later_and_by_the_next_server(house: House) -> None:
    house.site.answers["/1.wav"] = answering(404)
    house.tell(*CALL, house.ready("/1.wav"))
    with structlog.testing.capture_logs() as logs:
        assert house.do() == 1
    assert [(line["event"], line["code"], line["tries"]) for line in logs] == [
        ("recording_not_fetched", "record_not_found", 1)
    ]
    assert house.do() == 0
    house.restart()
    house.now += RETRIES[0] - 1
    assert house.do() == 0
    house.site.answers["/1.wav"] = answering(200, wav(0.3))
    house.now += 1
    assert house.do() == 1
    assert len(house.records()["call_records"]) == 1
    assert len(house.refused()) == 1


def test_after_the_last_try_it_is_given_up_and_told(house: House) -> None:
    house.site.answers["/1.wav"] = answering(200, b"RIFF, or so it says")
    house.tell(*CALL, house.ready("/1.wav"))
    for delay in (*RETRIES, 0):
        assert house.do() == 1
        house.now += delay
    house.now += 10 * RETRIES[-1]
    assert house.do() == 0
    assert any("try 10, given up" in reason for reason in house.refused())
    assert house.records()["call_records"] == []


def test_addresses_inside_the_own_network_are_refused_at_once(house: House) -> None:
    house.outbound = Outbound()
    house.restart()
    house.tell(*CALL, house.ready("/1.wav"))
    assert house.do() == 1
    house.now += 10 * RETRIES[-1]
    assert house.do() == 0
    assert house.site.asked == []
    (reason,) = house.refused()
    assert "record_address_refused; try 1, given up" in reason


def test_a_server_that_stops_leaves_the_recording_to_the_next(house: House) -> None:
    house.site.answers["/1.wav"] = answering(200, wav(0.3))
    house.tell(*CALL, house.ready("/1.wav"))
    house.outbound.close()
    assert house.do() == 1
    assert house.records()["call_records"] == []
    house.outbound = Outbound(networks("127.0.0.0/8"))
    house.restart()
    assert house.do() == 1
    assert len(house.records()["call_records"]) == 1


def test_nothing_is_fetched_for_an_account_that_is_switched_off_until_it_is_on_again(house: House) -> None:
    house.site.answers["/1.wav"] = answering(200, wav(0.3))
    house.tell(*CALL, house.ready("/1.wav"))
    house.registry.accounts.set_active("acme", active=False)
    assert house.do() == 1
    assert (house.site.asked, house.refused()) == ([], [])
    house.registry.accounts.set_active("acme", active=True)
    house.now += 3600
    assert house.do() == 1
    assert len(house.records()["call_records"]) == 1
