"""A recording plays for those who may hear it, whole or in part, and for nobody else."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.intake.sounds import mp3, wav

from ringledger.calls.codes import MediaKind
from ringledger.http.app import build
from ringledger.intake.audio import inspect
from ringledger.intake.door import Door
from ringledger.intake.recordings import Kept, Recordings
from ringledger.registry.registry import Registry
from ringledger.registry.rights import Role, Scope, View
from ringledger.rpc.media import Place, signed
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings

Ask = Callable[..., httpx.Response]
NOW = 1_790_000_000
SESSION, OTHER = 3764184837498878, 3764184837498879


class House:
    """An account with calls and recordings, and a server to ask."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.acme = self.registry.accounts.create("acme", timezone="Europe/London").id
        self.token = self.registry.tokens.create("acme")
        self.store = open_recordings(f"file://{folder}/recordings")
        versions = itertools.count(1)
        self.door = Door(engine, lambda: next(versions))
        self.recordings = Recordings(self.store, engine, self.door, "https://calls.example")
        self.app = build(engine, self.registry, self.recordings, self.door)
        self.add(self.acme, SESSION)
        self.add(self.acme, OTHER)

    def add(self, account: int, session: int, start: int = NOW, **columns: object) -> None:
        row: dict[str, object] = {
            "account": account,
            "id": session,
            "start_time": start,
            "communication_id": session,
            "version": 1,
        }
        row |= {"finish_time": start + 60, **columns}
        self.engine.insert("call_sessions", tuple(row), msgspec.json.encode(row))

    def keep(self, content: bytes, account: int | None = None) -> Kept:
        path = self.folder / "sound"
        path.write_bytes(content)
        return self.recordings.keep(account or self.acme, path)

    def attach(self, content: bytes, session: int = SESSION, *, voice_mail: bool = False) -> Kept:
        kept = self.keep(content)
        assert self.recordings.attach(self.acme, session, [kept], voice_mail=voice_mail)
        return kept

    def row(self, session: int = SESSION) -> dict[str, Any]:
        query = "SELECT * FROM call_sessions FINAL WHERE id = {id:Int64}"
        return self.engine.rows(Statement(query, {"id": session}))[0]

    def ask(self, path: str, method: str = "GET", address: str = "127.0.0.1", **options: Any) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.request(method, path, **options)

        return asyncio.run(request())

    def play(self, record: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        session, kind = options.pop("session", SESSION), options.pop("kind", "talk")
        return self.ask(f"/system/media/{kind}/{session}/{record}/", headers=headers, **options)


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> Iterator[House]:
    house = House(engine, tmp_path)
    yield house
    house.registry.close()


def test_a_wav_file_plays_as_it_came_and_as_mp3(house: House) -> None:
    content = wav(1.0)
    kept = house.attach(content)
    plain, packed = house.play(kept.wav), house.play(kept.mp3)
    assert (plain.status_code, plain.headers["content-type"], plain.content) == (200, "audio/wav", content)
    assert (packed.status_code, packed.headers["content-type"]) == (200, "audio/mpeg")
    (house.folder / "played").write_bytes(packed.content)
    assert inspect(house.folder / "played").seconds == pytest.approx(1.0)


def test_an_mp3_file_plays_as_it_came_and_as_wav(house: House) -> None:
    content = mp3(1.0)
    kept = house.attach(content)
    packed, plain = house.play(kept.mp3), house.play(kept.wav)
    assert (packed.status_code, packed.headers["content-type"], packed.content) == (200, "audio/mpeg", content)
    assert (plain.status_code, plain.headers["content-type"], len(plain.content)) == (200, "audio/wav", 16_044)
    part = house.play(kept.wav, headers={"range": "bytes=40-47"})
    assert (part.status_code, part.content) == (206, plain.content[40:48])
    assert house.play(kept.wav, method="HEAD").headers["content-length"] == "16044"
    assert len(list((house.folder / "recordings").glob("*/*/*"))) == 1


def test_the_session_names_its_recordings_and_the_link_plays(house: House) -> None:
    first, second = house.attach(wav(0.5)), house.attach(mp3(0.5))
    mail = house.attach(wav(0.3, pitch=300), voice_mail=True)
    row = house.row()
    assert row["call_records"] == [first.mp3, second.mp3]
    assert row["wav_call_records"] == [first.wav, second.wav]
    assert row["voice_mail_records"] == [mail.mp3]
    link = row["full_record_file_link"]
    assert link == f"https://calls.example/system/media/talk/{SESSION}/{first.mp3}/"
    path = link.removeprefix("https://calls.example")
    assert house.ask(path, params={"access_token": house.token}).status_code == 200
    assert house.ask(path.rstrip("/"), params={"access_token": house.token}).status_code == 200
    assert house.play(mail.mp3, kind="voice_mail").status_code == 200
    assert house.play(mail.mp3).status_code == house.play(first.mp3, kind="voice_mail").status_code == 404


def test_attaching_the_same_file_again_changes_nothing(house: House) -> None:
    house.attach(wav(0.5))
    before = house.row()
    house.attach(wav(0.5))
    assert house.row() == before


def test_attaching_keeps_whatever_else_was_said_of_the_session_meanwhile(house: House) -> None:
    kept = house.keep(wav(0.5))
    tag = {"tag_id": 1, "tag_name": "vip"}

    def sold(row: object) -> dict[str, object]:
        return {"sale_cost": 12.5, "tags": [tag]}

    house.door.change(house.acme, {SESSION: sold})
    assert house.recordings.attach(house.acme, SESSION, [kept])
    house.door.change(house.acme, {SESSION: lambda row: {"search_query": "x", "tags": [*row["tags"], tag]}})
    row = house.row()
    assert (row["sale_cost"], row["search_query"], row["call_records"]) == (12.5, "x", [kept.mp3])
    assert [one["tag_name"] for one in row["tags"]] == ["vip", "vip"]


def test_changes_of_one_session_at_the_same_moment_all_survive(house: House) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def add(number: int) -> None:
        house.door.change(
            house.acme, {SESSION: lambda row: {"voice_mail_records": [*row["voice_mail_records"], str(number)]}}
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(12)))
    assert sorted(map(int, house.row()["voice_mail_records"])) == list(range(12))


def test_what_is_derived_is_not_changed_that_way(house: House) -> None:
    with pytest.raises(ValueError, match="is_lost"):
        house.door.change(house.acme, {SESSION: lambda _: {"is_lost": True}})
    assert not house.recordings.attach(house.acme, 12345, [house.keep(wav(0.2))])


RANGES = {
    "bytes=0-0": (206, 0, 1),
    "bytes=5-9": (206, 5, 10),
    "bytes=100-": (206, 100, 8044),
    "bytes=-10": (206, 8034, 8044),
    "bytes=-99999": (206, 0, 8044),
    "bytes=8000-99999": (206, 8000, 8044),
    "Bytes = 5 - 9": (206, 5, 10),
    "bytes=8044-": (416, 0, 0),
    "bytes=-0": (416, 0, 0),
    "bytes=9-5": (200, 0, 8044),
    "bytes=0-1,5-6": (200, 0, 8044),
    "bytes=-": (200, 0, 8044),
    "lines=1-2": (200, 0, 8044),
    "bytes=a-b": (200, 0, 8044),
}


def test_byte_ranges_are_answered_as_the_standard_says(house: House) -> None:
    content = wav(0.5)
    kept = house.attach(content)
    for header, (status, start, stop) in RANGES.items():
        reply = house.play(kept.wav, headers={"range": header})
        assert reply.status_code == status, header
        if status == 416:
            assert reply.headers["content-range"] == "bytes */8044"
            continue
        assert reply.content == content[start:stop], header
        assert reply.headers["content-length"] == str(stop - start)
        told = f"bytes {start}-{stop - 1}/8044" if status == 206 else None
        assert reply.headers.get("content-range") == told
        head = house.play(kept.wav, method="HEAD", headers={"range": header})
        assert (head.status_code, head.content) == (status, b"")
        assert head.headers["content-length"] == str(stop - start)


def test_a_part_of_another_file_is_not_mixed_in(house: House) -> None:
    kept = house.attach(wav(0.5))
    etag = house.play(kept.wav).headers["etag"]
    for if_range, status in ((etag, 206), ('"other"', 200), (f"W/{etag}", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)):
        assert house.play(kept.wav, headers={"range": "bytes=0-9", "if-range": if_range}).status_code == status
    assert house.play(kept.wav, headers={"if-none-match": f'"a", {etag}'}).status_code == 304


def test_a_caller_without_a_good_token_is_refused(house: House) -> None:
    kept = house.attach(wav(0.2))
    path = f"/system/media/talk/{SESSION}/{kept.mp3}/"
    assert house.ask(path).status_code == 401
    assert house.ask(path, params={"access_token": "wrong"}).status_code == 401
    assert house.ask(path, params={"access_token": house.token, "user_id": "x"}).status_code == 400
    assert house.ask(path, params={"access_token": house.token, "user_id": "999"}).status_code == 403
    refused = house.ask(path, params={"access_token": house.token}, address="192.0.2.7")
    assert (refused.status_code, refused.text) == (403, "Your IP 192.0.2.7 is not whitelisted\n")
    house.registry.accounts.set_active("acme", active=False)
    assert house.play(kept.mp3).status_code == 403


def test_nobody_elses_recording_is_reached(house: House) -> None:
    kept = house.attach(wav(0.2))
    house.registry.accounts.create("rival")
    rival = {"authorization": f"Bearer {house.registry.tokens.create('rival')}"}
    assert house.play(kept.mp3, headers=rival).status_code == 404
    assert house.play(kept.mp3, session=OTHER).status_code == 404
    house.keep(wav(0.9))
    for record in (house.keep(wav(0.9)).mp3, "0" * 64, "x", "..", f"{kept.mp3}.mp3", kept.mp3.upper()):
        assert house.play(record).status_code == 404
    assert house.play(kept.mp3, kind="fax").status_code == 404
    assert house.ask(f"/system/media/talk/{2**64}/{kept.mp3}/", headers=rival).status_code == 404


def test_a_confined_user_hears_only_the_calls_that_he_sees(house: House) -> None:
    house.add(house.acme, SESSION + 7, virtual_phone_number="442079460101")
    mine, others = house.attach(wav(0.2), session=SESSION + 7), house.attach(wav(0.2, pitch=300))
    view = View(Scope(virtual_numbers=("442079460101",)))
    house.registry.users.create("acme", "ann", "password1", role=Role.READER, view=view)
    ann = {"authorization": f"Bearer {house.registry.tokens.create('acme', login='ann')}"}
    assert house.play(mine.mp3, session=SESSION + 7, headers=ann).status_code == 200
    assert house.play(others.mp3, headers=ann).status_code == 404


def test_a_partner_hears_its_customers_calls_in_a_users_name(house: House) -> None:
    house.registry.accounts.create("agency", partner=True)
    house.registry.accounts.create("shop", parent="agency")
    user = house.registry.users.create("shop", "sam", "password1")
    house.add(user.account_id, SESSION + 9)
    kept = house.keep(wav(0.2), user.account_id)
    house.recordings.attach(user.account_id, SESSION + 9, [kept])
    token = house.registry.tokens.create("agency")
    path = f"/system/media/talk/{SESSION + 9}/{kept.mp3}/"
    assert house.ask(path, params={"access_token": token, "user_id": str(user.id)}).status_code == 200
    assert house.ask(path, params={"access_token": token}).status_code == 401


def test_a_signed_link_plays_until_it_expires_and_nothing_of_it_can_be_changed(house: House) -> None:
    kept, other = house.attach(wav(0.2)), house.attach(mp3(0.2))
    place = Place(MediaKind.TALK, SESSION, kept.mp3)
    link = signed(house.registry, house.acme, place, 4_000_000_000)
    assert house.ask(link).status_code == 200
    assert house.ask(link, address="192.0.2.7").status_code == 403
    rival = house.registry.accounts.create("rival").id
    for changed in (
        link.replace("4000000000", "4000000001"),
        link.replace(kept.mp3, other.mp3),
        link.replace(f"app_id={house.acme}", f"app_id={rival}"),
        link.replace(str(SESSION), str(OTHER)),
        link.replace("/talk/", "/voice_mail/"),
        link[:-1] + ("0" if link[-1] != "0" else "1"),
        link + "é",
        link.replace("app_id=", "app_id=x"),
    ):
        assert house.ask(changed).status_code == 401, changed
    assert house.ask(signed(house.registry, house.acme, place, 1_000_000_000)).status_code == 401


def test_deleting_takes_names_and_files_and_leaves_what_others_need(house: House) -> None:
    house.add(house.acme, SESSION + 1000, NOW + 86_400, call_records=["from-elsewhere"])
    old, shared = house.attach(wav(0.2)), house.attach(mp3(0.2))
    house.recordings.attach(house.acme, SESSION + 1000, [shared])
    assert house.recordings.delete(house.acme, 0, NOW + 100) == 1
    row = house.row()
    assert (row["call_records"], row["wav_call_records"], row["full_record_file_link"]) == ([], [], None)
    assert house.store.find(house.acme, old.mp3) is house.store.find(house.acme, old.wav) is None
    assert house.play(shared.mp3, session=SESSION + 1000).status_code == 200
    assert house.recordings.delete(house.acme, 0, 2**32 - 1) == 1
    assert house.row(SESSION + 1000)["call_records"] == ["from-elsewhere"]
    assert list(house.store.files(house.acme)) == []
    assert house.recordings.delete(house.acme, 0, 2**32 - 1) == 0


def test_what_was_left_over_by_work_cut_off_is_swept_after_a_day(house: House) -> None:
    import time

    named, left = house.attach(wav(0.2)), house.keep(wav(0.3))
    assert house.recordings.sweep(house.acme, time.time()) == 0
    assert house.recordings.sweep(house.acme, time.time() + 90_000) == 2
    assert {digest for digest, _ in house.store.files(house.acme)} == {named.mp3, named.wav}
    with pytest.raises(FileNotFoundError):
        house.recordings.attach(house.acme, SESSION, [left])
