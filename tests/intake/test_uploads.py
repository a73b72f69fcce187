"""What becomes of uploaded calls: sessions, recordings, employees, tags, statuses, news, and nothing twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.intake.site import Site, answering
from tests.intake.sounds import mp3, wav

from ringledger.calls.codes import UploadError, UploadStatus
from ringledger.faults import EngineFault
from ringledger.intake.call_recordings import CallRecordings
from ringledger.intake.door import Door
from ringledger.intake.outbound import RETRIES, Outbound, networks
from ringledger.intake.recording_downloads import DownloadWork, RecordingDownloads
from ringledger.intake.recordings import Recordings
from ringledger.intake.remote_recordings import Limits, RemoteRecordings
from ringledger.intake.upload_news import UploadNews, secret
from ringledger.intake.upload_work import UploadWork
from ringledger.intake.uploads import Uploads
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement
from ringledger.store.recordings import open_recordings

CALL: dict[str, Any] = {
    "ext_id": "crm-1",
    "calling_phone_number": "+442079460101",
    "called_phone_number": "442079460900",
    "start_time": "2026-03-01 10:00:00",
    "finish_time": "2026-03-01 10:01:00",
    "is_lost": False,
}
PEOPLE = {
    "employees": [{"full_name": "Ann Lee", "numbers": ["201"]}],
    "virtual_numbers": [{"number": "442079460900", "site": "shop.example", "campaign": "Spring", "scenario": "Sales"}],
}
OUTSIDE_OUT = {"calling_phone_number": "442079460900", "called_phone_number": "442079460101"}
OUTSIDE = {"calling_phone_number": "442079460101", "called_phone_number": "442079460999"}


class Office:
    """An account that uploads, a site with its recordings, and the ones who work on uploads, a step at a time."""

    def __init__(self, engine: Engine, folder: Path, site: Site, account: str = "acme") -> None:
        self.engine = engine
        self.site = site
        self.now = 1_790_000_000.0
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account = self.registry.accounts.create(account, timezone="UTC").id
        self.registry.directories.import_file(account, DirectoryFile.parse(json.dumps(PEOPLE).encode()))
        self.token = self.registry.tokens.create(account)
        self.door = Door(engine, self.micros)
        self.recordings = Recordings(open_recordings(f"file://{folder}/recordings"), engine, self.door, "http://x")
        self.outbound = Outbound(networks("127.0.0.0/8"))
        self.restart()

    def restart(self) -> None:
        """Everything that a server remembers is forgotten."""
        self.uploads = Uploads(self.engine, self.micros)
        self.uploads.load()
        self.service = Service(self.engine, self.registry, lambda: self.now, self.uploads)
        self.remote = RemoteRecordings(self.recordings, self.outbound, Limits(100_000, 5))
        self.work = UploadWork(self.engine, self.registry, self.door, self.recordings, self.uploads, self.remote)
        self.downloads = RecordingDownloads(self.engine, self.micros)
        self.downloads.load()
        calls = CallRecordings(self.engine, self.registry.waiting_recordings, self.recordings)
        self.fetching = DownloadWork(self.engine, self.downloads, self.remote, calls, lambda: self.now, lambda _: True)
        self.news = UploadNews(self.uploads, self.registry.keys, self.outbound, lambda: self.now)

    def micros(self) -> int:
        self.now += 0.000001
        return int(self.now * 1_000_000)

    def ask(self, method: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": self.token, **params}}
        reply = json.loads(b"".join(self.service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        assert "result" in reply, reply
        return reply["result"]["data"]

    def upload(self, **changes: Any) -> None:
        assert self.ask("upload.calls", calls=[CALL | changes]) == {"success": True}

    def do(self) -> None:
        """Works on everything that waits."""
        while begun := self.uploads.begin(10):
            self.work.do(self.account, begun)
            self.uploads.end(begun)

    def tell(self) -> None:
        """Tells everything that is due."""
        while due := self.uploads.begin_telling(int(self.now)):
            for upload in due:
                self.news.tell(upload)
                self.uploads.end_telling(upload)

    def uploaded(self, *fields: str) -> Any:
        names = list(fields or ("status", "error_code", "call_session_id"))
        period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
        rows = self.ask("get.uploaded_calls", **period, fields=names)
        assert len(rows) == 1
        return tuple(rows[0][name] for name in names)

    def sessions(self, *fields: str) -> Any:
        period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
        return self.ask("get.calls_report", **period, fields=list(fields))

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.site.posted]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def office(engine: Engine, tmp_path: Path, site: Site) -> Iterator[Office]:
    office = Office(engine, tmp_path, site)
    yield office
    office.registry.close()


def test_a_call_becomes_a_session_with_everything_that_follows_from_it(office: Office) -> None:
    office.upload(wait_duration=8, talk_duration=40, is_transfer=True, visitor_session_id=5, source_id=6)
    office.do()
    status, error, session = office.uploaded()
    assert (status, error) == ("processed", None)
    (row,) = office.sessions(
        "id", "ext_id", "communication_id", "start_time", "finish_time", "direction", "is_lost", "is_transfer",
        "finish_reason", "contact_phone_number", "virtual_phone_number", "cpn_country_id", "wait_duration",
        "talk_duration", "clean_talk_duration", "total_wait_duration", "total_duration", "postprocess_duration",
        "visitor_session_id", "source_id", "site_domain_name", "campaign_name", "scenario_name", "employees",
    )  # fmt: skip
    assert row == {
        "id": session,
        "ext_id": "crm-1",
        "communication_id": session,
        "start_time": "2026-03-01 10:00:00",
        "finish_time": "2026-03-01 10:01:00",
        "direction": "in",
        "is_lost": False,
        "is_transfer": True,
        "finish_reason": "success_finish",
        "contact_phone_number": "442079460101",
        "virtual_phone_number": "442079460900",
        "cpn_country_id": "GB",
        "wait_duration": 8,
        "talk_duration": 40,
        "clean_talk_duration": 40,
        "total_wait_duration": 20,
        "total_duration": 60,
        "postprocess_duration": None,
        "visitor_session_id": 5,
        "source_id": 6,
        "site_domain_name": "shop.example",
        "campaign_name": "Spring",
        "scenario_name": "Sales",
        "employees": [],
    }


def test_what_was_not_told_stays_unknown_and_a_lost_call_waited_to_its_end(office: Office) -> None:
    office.upload()
    office.upload(ext_id="crm-2", is_lost=True, direction="out", start_time="2026-03-01 09:00:00",
                  finish_time="2026-03-01 09:00:30")  # fmt: skip
    office.do()
    lost, talked = office.sessions(
        "is_lost", "finish_reason", "contact_phone_number", "wait_duration", "talk_duration", "total_wait_duration"
    )
    assert list(lost.values()) == [True, "no_success_subscriber_call", "442079460900", 30, 0, 30]
    assert list(talked.values()) == [False, "success_finish", "442079460101", None, None, None]


def test_sites_and_campaigns_are_the_numbers_before_those_that_were_stated(office: Office) -> None:
    names = office.registry.names
    other = DirectoryFile.parse(
        json.dumps({"virtual_numbers": [{"number": "1", "site": "other.example", "campaign": "Autumn"}]}).encode()
    )
    office.registry.directories.import_file("acme", other)
    (site,) = [found for found in range(1, 9) if names.sites(office.account, [found]).get(found) == "other.example"]
    (campaign,) = [found for found in range(1, 9) if names.campaigns(office.account, [found]).get(found) == "Autumn"]
    stated = {"site_id": site, "campaign_id": campaign}
    office.upload(ext_id="a", **stated)
    office.upload(ext_id="b", **stated, **OUTSIDE)
    office.upload(ext_id="c", **stated, **OUTSIDE, visitor_session_id=1)
    office.do()
    rows = {row["ext_id"]: row for row in office.sessions("ext_id", "site_domain_name", "campaign_name")}
    found = {key: (row["site_domain_name"], row["campaign_name"]) for key, row in rows.items()}
    assert found == {"a": ("shop.example", "Autumn"), "b": ("other.example", "Autumn"), "c": (None, None)}


def test_recordings_are_fetched_and_played_and_name_who_talked(office: Office) -> None:
    office.site.answers["/1.wav"] = answering(200, wav(0.5, channels=2))
    office.site.answers["/2.wav"] = answering(200, wav(0.4, channels=2))
    first = {"employee_name": "ANN  lee", "employee_channel": "left", "record_url": office.site.url("/1.wav")}
    second = {"employee_name": "Bob New", "employee_channel": "right", "record_url": office.site.url("/2.wav")}
    office.upload(wav_records=[first, second], talk_duration=30)
    office.do()
    assert office.uploaded("status", "record_type") == ("processed", "wav")
    (row,) = office.sessions(
        "id", "call_records", "wav_call_records", "full_record_file_link", "employees",
        "first_talked_employee_full_name", "last_answered_employee_full_name",
    )  # fmt: skip
    assert [one["employee_full_name"] for one in row["employees"]] == ["Ann Lee", "Bob New"]
    assert all(one["is_talked"] and one["is_answered"] for one in row["employees"])
    assert (row["first_talked_employee_full_name"], row["last_answered_employee_full_name"]) == ("Ann Lee", "Bob New")
    assert len(row["call_records"]) == len(row["wav_call_records"]) == 2
    assert row["full_record_file_link"] == f"http://x/system/media/talk/{row['id']}/{row['call_records'][0]}/"
    kept = office.recordings.store.find(office.account, row["wav_call_records"][1])
    assert kept is not None
    assert b"".join(kept.read(0, kept.size)) == wav(0.4, channels=2)
    assert len(office.registry.directories.load(office.account).employees) == 2


def test_an_mp3_file_is_named_by_a_list_or_alone(office: Office) -> None:
    office.site.answers["/1.mp3"] = answering(200, mp3(0.5))
    ann = office.registry.names.employee(office.account, "ann lee").id
    url = office.site.url("/1.mp3")
    office.upload(ext_id="a", mp3_records=[{"employee_id": ann, "record_url": url}])
    office.upload(ext_id="b", record_url=url, employee_id=ann, employee_name="other name")
    office.do()
    rows = office.sessions("call_records", "wav_call_records", "first_talked_employee_full_name")
    assert rows[0] == rows[1]
    assert rows[0]["first_talked_employee_full_name"] == "Ann Lee"
    assert rows[0]["wav_call_records"] == [rows[0]["call_records"][0] + ".wav"]


def test_tags_are_found_by_id_or_name_and_made_where_they_are_new(office: Office) -> None:
    vip = office.registry.names.tag(office.account, "vip").id
    office.upload(tags=[{"tag_id": vip, "tag_name": "x"}, {"tag_name": "vip"}, {"tag_name": "claim"}])
    office.do()
    ((row,), claim) = office.sessions("tags"), office.registry.names.tag(office.account, "claim").id
    assert [(tag["tag_id"], tag["tag_name"], tag["tag_type"]) for tag in row["tags"]] == [
        (vip, "vip", "manual"),
        (claim, "claim", "manual"),
    ]
    assert row["tags"][0]["tag_change_time"] == "2026-09-21 14:13:20"


FAILURES = {
    "/none": (answering(404), UploadError.RECORD_NOT_FOUND),
    "/broken": (answering(500), UploadError.RECORD_DOWNLOAD_FAILED),
    "/page": (answering(200, b"<html>" * 50), UploadError.RECORD_FORMAT_NOT_SUPPORTED),
    "/cut": (answering(200, wav(1.0)[:5000]), UploadError.RECORD_DAMAGED),
    "/large": (answering(200, wav(10.0)), UploadError.RECORD_TOO_LARGE),
    "/mp3": (answering(200, mp3(0.5)), UploadError.RECORD_FORMAT_NOT_SUPPORTED),
    "/mono": (answering(200, wav(0.5)), UploadError.RECORD_CHANNEL_MISSING),
    "/inside": (answering(302, location="http://10.0.0.1/"), UploadError.RECORD_ADDRESS_REFUSED),
}


def test_a_recording_that_cannot_be_taken_is_told_by_its_code_and_makes_no_session(office: Office) -> None:
    for path, (answer, _) in FAILURES.items():
        office.site.answers[path] = answer
        record = {"employee_name": "Ann", "employee_channel": "right", "record_url": office.site.url(path)}
        office.upload(ext_id=path, wav_records=[record])
    record = {"employee_name": "Ann", "employee_channel": "left", "record_url": "http://127.0.0.1:1/x.wav"}
    office.upload(ext_id="/nobody", wav_records=[record])
    office.do()
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
    rows = office.ask("get.uploaded_calls", **period)
    expected = {path: code for path, (_, code) in FAILURES.items()} | {"/nobody": UploadError.RECORD_NOT_REACHABLE}
    assert {row["ext_id"]: row["error_code"] for row in rows} == expected
    assert {row["status"] for row in rows} == {"error"}
    assert office.sessions("id") == []
    assert list(office.recordings.store.files(office.account)) != []


def test_the_own_network_is_refused_unless_it_is_allowed(office: Office) -> None:
    office.outbound = Outbound()
    office.restart()
    office.site.answers["/1.mp3"] = answering(200, mp3(0.5))
    office.upload(record_url=office.site.url("/1.mp3"))
    office.do()
    assert office.uploaded() == ("error", "record_address_refused", None)
    assert office.site.asked == []


def test_a_processed_call_is_not_taken_again(office: Office) -> None:
    office.upload(comment="first")
    office.do()
    before = office.uploaded("comment", "status", "ext_request_id")
    office.upload(comment="second")
    office.do()
    assert office.uploaded("comment", "status", "ext_request_id") == before == ("first", "processed", before[2])
    assert len(office.sessions("id")) == 1


def test_a_call_that_failed_is_taken_again_but_not_after_three_failures(office: Office) -> None:
    office.site.answers["/none"] = answering(404)
    office.site.answers["/1.mp3"] = answering(200, mp3(0.3))
    for _ in range(2):
        office.upload(record_url=office.site.url("/none"))
        office.do()
    assert office.uploaded()[:2] == ("error", "record_not_found")
    office.upload(ext_id="crm-2", record_url=office.site.url("/none"))
    office.do()
    office.upload(record_url=office.site.url("/none"), comment="third")
    office.do()
    office.restart()
    office.upload(record_url=office.site.url("/1.mp3"), comment="fourth")
    office.upload(ext_id="crm-2", record_url=office.site.url("/1.mp3"))
    office.do()
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
    rows = office.ask("get.uploaded_calls", **period, fields=["ext_id", "status", "comment"])
    assert [list(row.values()) for row in rows] == [["crm-1", "error", "third"], ["crm-2", "processed", None]]


def test_an_upload_replaces_one_that_waits_or_is_under_way(office: Office) -> None:
    office.upload(comment="first")
    office.upload(comment="second")
    begun = office.uploads.begin(10)
    assert [one.comment for one in begun] == ["second"]
    office.upload(comment="third", is_lost=True)
    assert office.uploads.begin(10) == []
    office.work.do(office.account, begun)
    office.uploads.end(begun)
    assert office.uploaded("comment", "status") == ("third", "new")
    office.do()
    assert office.uploaded("comment", "status") == ("third", "processed")
    assert [row["is_lost"] for row in office.sessions("is_lost")] == [True]


def test_what_a_dead_server_had_begun_is_done_by_the_next_one_once(office: Office) -> None:
    office.site.answers["/1.mp3"] = answering(200, mp3(0.3))
    office.upload(record_url=office.site.url("/1.mp3"), tags=[{"tag_name": "vip"}])
    begun = office.uploads.begin(10)
    fetched = [(upload, office.work._fetch(upload)) for upload in begun]
    office.uploads.move(begun, UploadStatus.IN_PROCESS)
    office.work._write(office.account, fetched)
    office.restart()
    office.do()
    assert office.uploaded()[0] == "processed"
    (row,) = office.sessions("tags", "call_records")
    assert (len(row["tags"]), len(row["call_records"])) == (1, 1)


def test_a_failing_store_is_no_failure_of_the_call(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise EngineFault("the disk is full")

    office.upload()
    with monkeypatch.context() as patched:
        patched.setattr(office.door, "take", fail)
        office.do()
    assert office.uploaded() == ("not_processed", "internal_error", None)
    for _ in range(4):
        office.upload()
    office.do()
    assert office.uploaded()[0] == "processed"


def test_an_account_that_was_switched_off_gets_no_more_calls(office: Office) -> None:
    office.upload()
    office.registry.accounts.set_active("acme", active=False)
    office.do()
    office.registry.accounts.set_active("acme", active=True)
    assert office.uploaded() == ("cancelled", "account_inactive", None)
    assert office.sessions("id") == []


def test_statuses_are_told_signed_in_their_order(office: Office) -> None:
    office.site.answers["/hook"] = answering(204)
    callback = {"url": office.site.url("/hook"), "events": ["processed", "in_process", "error"]}
    office.upload(callback=callback)
    office.upload(ext_id="bad", callback=callback | {"events": ["error"]}, record_url=office.site.url("/none"))
    office.site.answers["/none"] = answering(404)
    office.do()
    office.tell()
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 00:00:00"}
    session = office.ask("get.calls_report", **period, fields=["id"])[0]["id"]
    told = sorted(office.told(), key=lambda one: (one["ext_id"], one["status"] != "error", one["status"]))
    assert told == [
        {"status": "error", "ext_id": "bad", "call_session_id": None, "timestamp": 1_790_000_000,
         "error_message": "The recording's server has no such file", "error_code": "record_not_found"},
        {"status": "in_process", "ext_id": "crm-1", "call_session_id": None, "timestamp": 1_790_000_000,
         "error_message": None, "error_code": None},
        {"status": "processed", "ext_id": "crm-1", "call_session_id": session, "timestamp": 1_790_000_000,
         "error_message": None, "error_code": None},
    ]  # fmt: skip
    key = base64.b64decode(secret(office.registry.keys, office.account).removeprefix("whsec_"))
    for _, headers, body in office.site.posted:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["content-type"] == "application/json"
    assert len({headers["webhook-id"] for _, headers, _ in office.site.posted}) == 3
    office.restart()
    office.tell()
    assert len(office.told()) == 3


def test_a_status_is_told_again_until_it_is_heard_also_by_the_next_server(office: Office) -> None:
    office.site.answers["/hook"] = answering(503)
    office.upload(callback={"url": office.site.url("/hook"), "events": ["processed"]})
    office.do()
    office.tell()
    office.tell()
    assert len(office.told()) == 1
    office.now += RETRIES[0] + 1
    office.restart()
    office.tell()
    assert len(office.told()) == 2
    office.site.answers["/hook"] = answering(200)
    office.now += RETRIES[1] + 1
    office.tell()
    office.now += 10_000
    office.tell()
    assert [told["status"] for told in office.told()] == ["processed"] * 3
    assert len({headers["webhook-id"] for _, headers, _ in office.site.posted}) == 1


def test_a_status_that_nobody_hears_is_given_up_at_last(office: Office) -> None:
    office.site.answers["/hook"] = answering(500)
    office.upload(callback={"url": office.site.url("/hook"), "events": ["processed"]})
    office.do()
    for _ in range(len(RETRIES) + 5):
        office.tell()
        office.now += max(RETRIES) + 1
    assert len(office.told()) == len(RETRIES) + 1
    rows = office.engine.rows(Statement("SELECT untold FROM uploaded_calls FINAL"))
    assert rows == [{"untold": []}]


def test_a_replay_makes_the_same_sessions_and_keeps_what_was_said_of_them(office: Office) -> None:
    office.site.answers["/1.mp3"] = answering(200, mp3(0.3))
    office.upload(record_url=office.site.url("/1.mp3"), employee_name="Ann Lee", tags=[{"tag_name": "vip"}])
    office.do()
    fields = ("id", "ext_id", "tags", "call_records", "employees", "site_domain_name")
    before = office.sessions(*fields)
    moved = PEOPLE | {"virtual_numbers": [{"number": "442079460900", "site": "new.example"}]}
    office.registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(moved).encode()))
    replayed = office.door.replay(office.account, office.registry.directories.load(office.account), None, None)
    assert (replayed.events, replayed.calls, replayed.sessions) == (1, 1, 1)
    (after,) = office.sessions(*fields)
    assert after == before[0] | {"site_domain_name": "new.example"}


LEG_FIELDS = (
    "is_operator", "direction", "employee_full_name", "start_time", "connect_time", "duration", "total_duration",
    "finish_reason", "calling_phone_number", "called_phone_number", "virtual_phone_number", "contact_phone_number",
    "is_transfered", "is_failed", "is_talked", "call_records", "scenario_name",
)  # fmt: skip


def legs(office: Office) -> list[dict[str, Any]]:
    query = f"SELECT {', '.join(LEG_FIELDS)} FROM call_legs FINAL ORDER BY is_operator, employee_id"
    return office.engine.rows(Statement(query))


def test_a_call_has_a_leg_of_the_contact_and_one_of_each_employee_with_their_recordings(office: Office) -> None:
    office.site.answers["/1.wav"] = answering(200, wav(0.3))
    office.site.answers["/2.wav"] = answering(200, wav(0.4))
    office.upload(
        wait_duration=8, talk_duration=40, is_transfer=True,
        mp3_records=[
            {"employee_name": "Ann Lee", "record_url": office.site.url("/1.wav")},
            {"employee_name": "Bo Orr", "record_url": office.site.url("/2.wav")},
        ],
    )  # fmt: skip
    office.do()
    assert office.uploaded()[0] == "processed"
    (session,) = office.sessions("call_records")
    by_name = {row["employee_full_name"]: row for row in legs(office)}
    shared = {
        "start_time": "2026-03-01 10:00:00", "virtual_phone_number": "442079460900", "is_talked": True,
        "contact_phone_number": "442079460101", "is_failed": False, "scenario_name": "Sales",
        "calling_phone_number": "442079460101",
    }  # fmt: skip
    over = {"total_duration": 60, "finish_reason": "success_finish"}
    answered = {"connect_time": "2026-03-01 10:00:08"}
    assert by_name == {
        None: shared | over | answered | {
            "is_operator": False, "direction": "in", "employee_full_name": None, "duration": 52, "is_transfered": False,
            "called_phone_number": "442079460900", "call_records": [],
        },
        "Ann Lee": shared | answered | {
            "is_operator": True, "direction": "out", "employee_full_name": "Ann Lee", "is_transfered": False,
            "duration": None, "total_duration": None, "finish_reason": None, "called_phone_number": None,
            "call_records": session["call_records"][:1],
        },
        "Bo Orr": shared | over | {
            "is_operator": True, "direction": "out", "employee_full_name": "Bo Orr", "connect_time": None,
            "is_transfered": True, "duration": None, "called_phone_number": None,
            "call_records": session["call_records"][1:],
        },
    }  # fmt: skip


def test_a_recording_that_names_nobody_is_the_contacts_legs(office: Office) -> None:
    office.site.answers["/1.mp3"] = answering(200, mp3(0.3))
    office.upload(direction="out", record_url=office.site.url("/1.mp3"), **OUTSIDE_OUT)
    office.do()
    (session,) = office.sessions("call_records")
    (leg,) = legs(office)
    assert (leg["direction"], leg["calling_phone_number"]) == ("out", "442079460900")
    assert leg["call_records"] == session["call_records"] != []


def test_nobody_talks_on_the_legs_of_a_lost_call(office: Office) -> None:
    office.site.answers["/1.mp3"] = answering(200, mp3(0.3))
    office.upload(is_lost=True, record_url=office.site.url("/1.mp3"), employee_name="Ann Lee")
    office.do()
    assert [
        (
            row["is_operator"],
            row["is_failed"],
            row["is_talked"],
            row["duration"],
            row["total_duration"],
            row["finish_reason"],
        )
        for row in legs(office)
    ] == [
        (False, True, False, 0, 60, "no_success_operator_call"),
        (True, True, False, 0, 60, "no_success_operator_call"),
    ]
