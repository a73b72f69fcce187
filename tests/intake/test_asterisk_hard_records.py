"""Records that are rare or hostile: equal times, deep extras, short mappings, halves of wires without their start."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from types import ModuleType

import pytest

from ringledger.calls.assembly import group
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_cdr, asterisk_cel

WHO = Directory(
    (Employee(1, "Bob", ("201",), ("SIP/bob",)), Employee(2, "Carol", ("202",), ("SIP/carol",))),
    (External(None, ("SIP/trunk",)),),
)
BASE = 1_773_133_200
TALK = json.dumps({"bridge_id": "x", "bridge_technology": "simple_bridge"})
BY_BOB = json.dumps({"hangupcause": 16, "hangupsource": "SIP/bob-1", "dialstatus": ""})


def cel(event: str, time: float | str, channel: str, uniqueid: str, extra: str = "", **more: str) -> list[str]:
    stamp = time if isinstance(time, str) else f"{BASE + time:.6f}"
    start, linkedid = ["", "", ""], more.get("linkedid", "L")
    dialled = [*start, more.get("exten", ""), "in", channel, "", "", "3", ""]
    return [event, stamp, "", more.get("number", ""), *dialled, uniqueid, linkedid, more.get("peer", ""), "", "", extra]


def call(talk: Sequence[list[str]] | None = None, extra: str = BY_BOB) -> list[list[str]]:
    """A call from the trunk to Bob, in conversation from second 6 to 16."""
    if talk is None:
        talk = [
            cel(event, at, f"SIP/{name}-1", leg, TALK)
            for event, at in (("BRIDGE_ENTER", 6), ("BRIDGE_EXIT", 16))
            for name, leg in (("trunk", "L"), ("bob", "B"))
        ]
    return [
        cel("CHAN_START", 0, "SIP/trunk-1", "L", number="+493023125017", exten="100"),
        cel("CHAN_START", 1, "SIP/bob-1", "B"),
        cel("ANSWER", 5, "SIP/bob-1", "B"),
        *talk,
        cel("HANGUP", 20, "SIP/bob-1", "B", extra),
        cel("CHAN_END", 20, "SIP/bob-1", "B"),
        cel("HANGUP", 20, "SIP/trunk-1", "L", extra),
        cel("CHAN_END", 20, "SIP/trunk-1", "L"),
        cel("LINKEDID_END", 20, "SIP/trunk-1", "L"),
    ]


def lines(rows: Sequence[Sequence[str]]) -> list[bytes]:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode().splitlines(keepends=True)


def session(rows: Sequence[Sequence[str]], dialect: ModuleType = asterisk_cel) -> CallSession:
    read = list(dialect.read(lines(rows)))
    assert [one for one in read if isinstance(one, RejectedLine)] == []
    (made,) = (one for tied in group([e for e in read if isinstance(e, RecordedEvent)]) for one in
               dialect.sessions(tied, WHO))  # fmt: skip
    assert isinstance(made, CallSession)
    return made


def test_an_extra_that_is_nested_too_deep_costs_the_cause_only() -> None:
    found = session(call(extra='{"a":' + "[" * 5_000 + "]" * 5_000 + "}"))
    assert (found.talk_duration, found.legs[0].release_cause_code) == (10, None)


@pytest.mark.parametrize("left_out", [(17,), (18,), (17, 18), (16, 17, 18)])
def test_a_short_mapping_whose_last_column_is_json_tells_the_extra(left_out: tuple[int, ...]) -> None:
    short = [[text for at, text in enumerate(row) if at not in left_out] for row in call()]
    assert session(short) == session(call())


@pytest.mark.parametrize(
    "text",
    ["Tue Mar 10 09:00:00 2026", "2026/03/10 09:00:00", "10.03.2026 09:00:00", "2026-03-10 09:00:00 UTC"],
)
def test_a_date_format_that_can_be_told_is_read_as_utc(text: str) -> None:
    (event,) = asterisk_cel.read(lines([cel("ANSWER", text, "SIP/bob-1", "B")]))
    assert isinstance(event, RecordedEvent)
    assert event.time == BASE * 1_000_000


@pytest.mark.parametrize("text", ["03/10/2026 09:00:00", "10.13.2026 09:00:00"])
def test_a_date_that_may_be_another_is_rejected(text: str) -> None:
    (found,) = asterisk_cel.read(lines([cel("ANSWER", text, "SIP/bob-1", "B")]))
    assert isinstance(found, RejectedLine)


def test_the_wire_of_a_local_channel_is_known_without_the_start_of_its_halves() -> None:
    halves = (("SIP/trunk-1", "L", "x"), ("Local/201@q-1;1", "1", "x"), ("Local/201@q-1;2", "2", "y"),
              ("SIP/bob-1", "B", "y"))  # fmt: skip
    talk = [
        cel(event, at, channel, leg, json.dumps({"bridge_id": bridge, "bridge_technology": "simple_bridge"}))
        for event, at in (("BRIDGE_ENTER", 6), ("BRIDGE_EXIT", 16))
        for channel, leg, bridge in halves
    ]
    found = session(call(talk))
    assert (found.is_lost, found.talk_duration) == (False, 10)


def old(event: str, at: float, peer: str) -> list[str]:
    return cel(event, at, "SIP/trunk-1", "L", peer=f"SIP/{peer}-1")


@pytest.mark.parametrize("end", range(10, 19))
def test_old_bridge_rows_of_one_instant_count_in_their_natural_order(end: int) -> None:
    """Without a rule of its own the order would be that of the records' digests, which differ by the time."""
    rows = call([old("BRIDGE_START", 6, "bob"), old("BRIDGE_UPDATE", end, "bob"), old("BRIDGE_END", end, "bob")])
    assert session(rows).talk_duration == end - 6


@pytest.mark.parametrize("turn", range(8, 16))
def test_an_old_bridge_that_starts_as_another_ends_goes_on(turn: int) -> None:
    carol = [cel("CHAN_START", 2, "SIP/carol-1", "C"), cel("ANSWER", 7, "SIP/carol-1", "C"),
             cel("CHAN_END", 20, "SIP/carol-1", "C")]  # fmt: skip
    talk = [old("BRIDGE_START", 6, "bob"), old("BRIDGE_END", turn, "bob"), old("BRIDGE_START", turn, "carol"),
            old("BRIDGE_END", 16, "carol")]  # fmt: skip
    found = session([*call(talk), *carol])
    talks = {leg.employee_full_name: leg.conversations for leg in found.legs if leg.party == "employee"}
    at = [(BASE + second) * 1_000_000 for second in (6, turn, 16)]
    assert talks == {"Bob": ((at[0], at[1]),), "Carol": ((at[1], at[2]),)}


@pytest.mark.parametrize(("first", "second"), [("pbx-1773133200.9", "pbx-1773133200.10"), ("z", "a")])
def test_of_channels_that_start_in_one_second_the_linkedids_own_was_first(first: str, second: str) -> None:
    stamp = "2026-03-10 09:00:00"
    found = session([
        cel("CHAN_START", stamp, "SIP/trunk-1", first, linkedid=first, number="493023125017", exten="100"),
        cel("CHAN_START", stamp, "SIP/bob-1", second, linkedid=first),
        cel("CHAN_END", "2026-03-10 09:00:09", "SIP/bob-1", second, linkedid=first),
        cel("CHAN_END", "2026-03-10 09:00:09", "SIP/trunk-1", first, linkedid=first),
    ])  # fmt: skip
    assert (found.direction, found.key, found.virtual_phone_number) == (Direction.IN, first, "100")


def detail(channel: str, peer: str, uniqueid: str, disposition: str = "ANSWERED") -> list[str]:
    stamps = [f"2026-03-10 09:00:{second:02}" for second in (0, 5, 20)]
    if disposition != "ANSWERED":
        stamps[1] = ""
    head = ["", "493023125017", "100", "in", "", channel, peer, "Dial", "", *stamps]
    return [*head, "20", "15", disposition, "3", uniqueid, "", "", uniqueid, "1"]


@pytest.mark.parametrize("uniqueid", ["1773133200.9", "pbx-1773133200.9", "zürich-1"])
def test_the_caller_of_a_detail_record_was_first_whatever_its_uniqueid(uniqueid: str) -> None:
    incoming = session([detail("SIP/trunk-1", "SIP/bob-2", uniqueid)], asterisk_cdr)
    outgoing = session([detail("SIP/bob-1", "SIP/trunk-2", uniqueid)], asterisk_cdr)
    assert (incoming.direction, incoming.virtual_phone_number) == (Direction.IN, "100")
    assert (outgoing.direction, outgoing.contact_phone_number) == (Direction.OUT, "100")


def test_a_lost_incoming_detail_record_is_told_as_incoming() -> None:
    found = session([detail("SIP/trunk-1", "SIP/bob-2", "pbx-1", "BUSY")], asterisk_cdr)
    assert (found.is_lost, found.finish_reason) == (True, FinishReason.OPERATOR_BUSY)
