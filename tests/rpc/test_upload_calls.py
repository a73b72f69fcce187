"""upload.calls takes what is right, refuses what is not with the exact error, and then has changed nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ringledger.registry.registry import Registry
from ringledger.rpc.service import Service
from ringledger.store.engine import Engine, Statement

NOW = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
CALL: dict[str, Any] = {
    "ext_id": "crm-1",
    "calling_phone_number": "+44 20 7946 0101",
    "called_phone_number": "442079460900",
    "start_time": "2026-03-01 10:00:00",
    "finish_time": "2026-03-01 10:01:00",
    "is_lost": False,
}
WAV = {"employee_name": "Ann", "employee_channel": "left", "record_url": "https://pbx.example/1.wav"}
MP3 = {"record_url": "https://pbx.example/1.mp3"}


class Desk:
    """An account that uploads, and what became of it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account = self.registry.accounts.create("acme", timezone="Europe/London").id
        self.token = self.registry.tokens.create("acme")
        self.service = Service(engine, self.registry, lambda: NOW)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": self.token, **params}}
        reply: dict[str, Any] = json.loads(b"".join(self.service.answer(json.dumps(body).encode(), "127.0.0.1").parts))
        return reply

    def upload(self, *calls: Any) -> dict[str, Any]:
        return self.ask("upload.calls", calls=list(calls))

    def fault(self, *calls: Any) -> tuple[str, str | None, object]:
        data = self.upload(*calls)["error"]["data"]
        assert self.stored() == []
        return data["mnemonic"], data.get("field"), data.get("value")

    def stored(self) -> list[dict[str, Any]]:
        return self.engine.rows(Statement("SELECT * FROM uploaded_calls FINAL ORDER BY ext_id"))


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(engine, tmp_path)
    yield desk
    desk.registry.close()


@pytest.fixture(scope="module")
def refusing(shared_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all the requests that it refuses."""
    shared_engine.run(Statement("TRUNCATE TABLE uploaded_calls"))
    desk = Desk(shared_engine, tmp_path_factory.mktemp("desk"))
    yield desk
    desk.registry.close()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CALL.items() if key != name}


def test_a_call_is_taken_with_everything_that_was_said_of_it(desk: Desk) -> None:
    tag = desk.registry.names.tag(desk.account, "vip")
    call = CALL | {
        "direction": "out",
        "is_transfer": True,
        "wait_duration": 5.0,
        "talk_duration": 50,
        "source_id": 3,
        "comment": "from the CRM",
        "callback": {"url": "https://crm.example/hook", "events": ["processed", "error", "processed"]},
        "tags": [{"tag_id": tag.id, "tag_name": "vip"}, {"tag_name": "new"}],
        "wav_records": [WAV],
    }
    assert desk.upload(call)["result"] == {"data": {"success": True}, "metadata": {}}
    (row,) = desk.stored()
    assert (row["status"], row["upload_time"], row["record_type"]) == ("new", "2026-05-01 00:00:00", "wav")
    reply = desk.ask(
        "get.uploaded_calls",
        date_from="2026-03-01 00:00:00",
        date_till="2026-03-01 23:59:59",
        fields=["ext_id", "upload_time", "calling_phone_number", "wait_duration", "callback", "tags", "records"],
    )
    assert reply["result"] == {
        "metadata": {"total_items": 1},
        "data": [
            {
                "ext_id": "crm-1",
                "upload_time": "2026-05-01 01:00:00",
                "calling_phone_number": "442079460101",
                "wait_duration": 5,
                "callback": {"url": "https://crm.example/hook", "events": ["processed", "error"]},
                "tags": [{"tag_id": tag.id, "tag_name": "vip"}, {"tag_id": None, "tag_name": "new"}],
                "records": [
                    {
                        "employee_name": "Ann",
                        "employee_id": None,
                        "employee_channel": "left",
                        "record_url": "https://pbx.example/1.wav",
                    }
                ],
            }
        ],
    }


def test_what_was_not_said_is_null_and_an_empty_callback_an_empty_object(desk: Desk) -> None:
    desk.upload(CALL)
    period = {"date_from": "2026-03-01 10:00:00", "date_till": "2026-03-01 10:00:00"}
    (row,) = desk.ask("get.uploaded_calls", **period)["result"]["data"]
    assert row == {
        "ext_id": "crm-1",
        "ext_request_id": row["ext_request_id"],
        "direction": "in",
        "calling_phone_number": "442079460101",
        "called_phone_number": "442079460900",
        "start_time": "2026-03-01 10:00:00",
        "finish_time": "2026-03-01 10:01:00",
        "is_lost": False,
        "is_transfer": False,
        **dict.fromkeys(
            ("wait_duration", "talk_duration", "visitor_session_id", "campaign_id", "source_id", "site_id")
        ),
        **dict.fromkeys(("comment", "record_type", "error_code", "call_session_id")),
        "status": "new",
    }
    (row,) = desk.ask("get.uploaded_calls", **period, fields=["callback", "tags", "records"])["result"]["data"]
    assert row == {"callback": {}, "tags": [], "records": []}


def test_uploaded_calls_are_filtered_sorted_and_paged_like_every_report(desk: Desk) -> None:
    desk.upload(*(CALL | {"ext_id": f"n{at}", "comment": f"c{at % 3}", "is_lost": at % 2 == 0} for at in range(20)))
    period = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-02 00:00:00", "fields": ["ext_id"]}

    def found(**params: Any) -> list[str]:
        result = desk.ask("get.uploaded_calls", **period, **params)["result"]
        return [row["ext_id"] for row in result["data"]]

    assert found() == sorted(f"n{at}" for at in range(20))
    wanted = {"filters": [{"field": "comment", "operator": "=", "value": "c1"},
                          {"field": "is_lost", "operator": "=", "value": True}]}  # fmt: skip
    assert found(filter=wanted) == ["n10", "n16", "n4"]
    assert found(sort=[{"field": "ext_id", "order": "desc"}], limit=2, offset=1) == ["n8", "n7"]
    assert found(filter={"field": "status", "operator": "in", "value": ["processed"]}) == []
    refused = desk.ask("get.uploaded_calls", **period, sort=[{"field": "upload_time"}])["error"]["data"]
    assert (refused["mnemonic"], refused["field"]) == ("sort_prohibited", "sort.0.field")


FAULTS: dict[str, tuple[Any, tuple[str, str, object]]] = {
    "no ext_id": (without("ext_id"), ("required_parameter_missed", "calls.0.ext_id", None)),
    "an empty ext_id": (CALL | {"ext_id": ""}, ("invalid_parameter_value", "calls.0.ext_id", "")),
    "a long ext_id": (CALL | {"ext_id": "x" * 256}, ("invalid_parameter_value", "calls.0.ext_id", "x" * 256)),
    "an ext_id that is a number": (CALL | {"ext_id": 5}, ("data_type_error", "calls.0.ext_id", 5)),
    "another direction": (CALL | {"direction": "up"}, ("invalid_parameter_value", "calls.0.direction", "up")),
    "no number": (without("called_phone_number"), ("required_parameter_missed", "calls.0.called_phone_number", None)),
    "letters for a number": (
        CALL | {"calling_phone_number": "ann"},
        ("invalid_parameter_value", "calls.0.calling_phone_number", "ann"),
    ),
    "a day for a moment": (
        CALL | {"start_time": "2026-03-01"},
        ("invalid_parameter_value", "calls.0.start_time", "2026-03-01"),
    ),
    "a moment before all": (
        CALL | {"start_time": "1960-01-01 00:00:00"},
        ("invalid_parameter_value", "calls.0.start_time", "1960-01-01 00:00:00"),
    ),
    "a finish before the start": (
        CALL | {"finish_time": "2026-03-01 09:59:59"},
        ("invalid_parameters_combination", "calls.0.finish_time", "2026-03-01 09:59:59"),
    ),
    "no is_lost": (without("is_lost"), ("required_parameter_missed", "calls.0.is_lost", None)),
    "is_lost as text": (CALL | {"is_lost": "no"}, ("data_type_error", "calls.0.is_lost", "no")),
    "a negative wait": (CALL | {"wait_duration": -1}, ("invalid_parameter_value", "calls.0.wait_duration", -1)),
    "half a second": (CALL | {"wait_duration": 0.5}, ("invalid_parameter_value", "calls.0.wait_duration", 0.5)),
    "more talk than call": (
        CALL | {"wait_duration": 11, "talk_duration": 50},
        ("invalid_parameters_combination", "calls.0.talk_duration", 50),
    ),
    "a talk of nobody": (
        CALL | {"is_lost": True, "talk_duration": 1},
        ("invalid_parameters_combination", "calls.0.talk_duration", 1),
    ),
    "a campaign that is none": (CALL | {"campaign_id": 77}, ("entity_not_found", "calls.0.campaign_id", 77)),
    "a site that is none": (CALL | {"site_id": 77}, ("entity_not_found", "calls.0.site_id", 77)),
    "a tag that is none": (
        CALL | {"tags": [{"tag_name": "a"}, {"tag_id": 9, "tag_name": "b"}]},
        ("entity_not_found", "calls.0.tags.1.tag_id", 9),
    ),
    "a tag whose name cannot be read": (
        CALL | {"tags": [{"tag_name": "a\x01"}]},
        ("invalid_parameter_value", "calls.0.tags.0.tag_name", "a\x01"),
    ),
    "an employee whose name is blank": (
        CALL | {"mp3_records": [MP3 | {"employee_name": " "}]},
        ("invalid_parameter_value", "calls.0.mp3_records.0.employee_name", " "),
    ),
    "a tag without a name": (
        CALL | {"tags": [{"tag_id": 9}]},
        ("required_parameter_missed", "calls.0.tags.0.tag_name", None),
    ),
    "an employee who is none": (
        CALL | {"mp3_records": [MP3 | {"employee_id": 9}]},
        ("entity_not_found", "calls.0.mp3_records.0.employee_id", 9),
    ),
    "a recording without an address": (
        CALL | {"wav_records": [{"employee_name": "Ann", "employee_channel": "left"}]},
        ("required_parameter_missed", "calls.0.wav_records.0.record_url", None),
    ),
    "another channel": (
        CALL | {"wav_records": [WAV | {"employee_channel": "middle"}]},
        ("invalid_parameter_value", "calls.0.wav_records.0.employee_channel", "middle"),
    ),
    "an address that is none": (
        CALL | {"mp3_records": [{"record_url": "file:///etc/passwd"}]},
        ("invalid_parameter_value", "calls.0.mp3_records.0.record_url", "file:///etc/passwd"),
    ),
    "recordings of both kinds": (
        CALL | {"wav_records": [WAV], "mp3_records": [MP3]},
        ("invalid_parameters_combination", "calls.0.mp3_records", [MP3]),
    ),
    "a recording beside a list": (
        CALL | {"wav_records": [WAV], **MP3},
        ("invalid_parameters_combination", "calls.0.record_url", MP3["record_url"]),
    ),
    "an employee without a recording": (
        CALL | {"employee_name": "Ann"},
        ("invalid_parameters_combination", "calls.0.employee_name", "Ann"),
    ),
    "a callback without events": (
        CALL | {"callback": {"url": "https://crm.example/"}},
        ("required_parameter_missed", "calls.0.callback.events", None),
    ),
    "a callback of no events": (
        CALL | {"callback": {"url": "https://crm.example/", "events": []}},
        ("invalid_parameter_value", "calls.0.callback.events", []),
    ),
    "a callback of another event": (
        CALL | {"callback": {"url": "https://crm.example/", "events": ["error", "new"]}},
        ("invalid_parameter_value", "calls.0.callback.events.1", "new"),
    ),
    "a callback to no address": (
        CALL | {"callback": {"url": "crm", "events": ["error"]}},
        ("invalid_parameter_value", "calls.0.callback.url", "crm"),
    ),
    "a member that there is not": (CALL | {"id": 1}, ("unexpected_parameters", "calls.0.id", 1)),
    "a call that is none": ("call", ("data_type_error", "calls.0", "call")),
}


@pytest.mark.parametrize(("call", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_call_that_is_not_as_it_should_be_is_told(
    refusing: Desk, call: Any, expected: tuple[str, str, object]
) -> None:
    assert refusing.fault(call) == expected


def test_one_bad_call_refuses_them_all(refusing: Desk) -> None:
    bad = CALL | {"ext_id": "crm-2", "site_id": 4}
    assert refusing.fault(CALL, bad) == ("entity_not_found", "calls.1.site_id", 4)


@pytest.mark.parametrize("count", [0, 51])
def test_a_request_has_one_to_fifty_calls(refusing: Desk, count: int) -> None:
    mnemonic, field, _ = refusing.fault(*(CALL | {"ext_id": str(at)} for at in range(count)))
    assert (mnemonic, field) == ("invalid_parameter_value", "calls")


def test_a_call_twice_in_a_request_is_taken_once(desk: Desk) -> None:
    desk.upload(CALL | {"comment": "first"}, CALL | {"comment": "second"})
    assert [row["comment"] for row in desk.stored()] == ["first"]


def test_a_time_that_clocks_show_twice_is_the_later_one_where_the_call_began_after_the_earlier(desk: Desk) -> None:
    desk.upload(CALL | {"start_time": "2026-10-25 01:50:00", "finish_time": "2026-10-25 01:10:00"})
    (row,) = desk.stored()
    assert (row["start_time"], row["finish_time"]) == ("2026-10-25 00:50:00", "2026-10-25 01:10:00")


def test_a_reader_uploads_nothing(desk: Desk) -> None:
    from ringledger.registry.rights import Role

    desk.registry.users.create("acme", "reader", "password1", role=Role.READER)
    desk.token = desk.registry.tokens.create("acme", login="reader")
    assert desk.fault(CALL)[0] == "forbidden"
