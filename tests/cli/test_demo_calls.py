"""The demo's invented calls: their rows as a switch writes them, and what is derived from them."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.calls.events import RecordedEvent
from ringledger.calls.session import CallSession
from ringledger.cli.demo_calls import cel_lines, directory
from ringledger.intake import asterisk_cel
from ringledger.registry.directories import DirectoryFile

NOON = datetime(2026, 3, 11, 11, 30, tzinfo=UTC)
NIGHT = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)
DAYS = 14
LONDON = ZoneInfo("Europe/London")


class Row(NamedTuple):
    event: str
    time: float
    number: str
    exten: str
    channel: str
    app: str
    unique: str
    linked: str
    peer: str
    extra: dict[str, Any]


def rows(lines: Sequence[str]) -> list[Row]:
    return [
        Row(r[0], float(r[1]), r[3], r[7], r[9], r[10], r[14], r[15], r[16], json.loads(r[19]) if r[19] else {})
        for r in csv.reader(lines, strict=True)
    ]


def who() -> Directory:
    made = directory()
    return Directory(
        tuple(
            Employee(number, entry["full_name"], tuple(entry["numbers"]), tuple(entry["channels"]))
            for number, entry in enumerate(made["employees"], 1)
        ),
        tuple(External(entry["number"], tuple(entry["channels"])) for entry in made["external"]),
        tuple(VirtualNumber(entry["number"]) for entry in made["virtual_numbers"]),
    )


def derived(lines: Sequence[str]) -> list[CallSession]:
    found = list(asterisk_cel.read(line.encode() for line in lines))
    events = [event for event in found if isinstance(event, RecordedEvent)]
    assert len(events) == len(lines)
    return asterisk_cel.sessions(events, who())


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(cel_lines(NOON, DAYS))


@pytest.fixture(scope="module")
def calls(lines: list[str]) -> list[Row]:
    return rows(lines)


@pytest.fixture(scope="module")
def sessions(lines: list[str]) -> list[CallSession]:
    return derived(lines)


def test_the_same_seed_gives_the_same_rows_and_another_gives_others(lines: list[str]) -> None:
    assert list(cel_lines(NOON, DAYS)) == lines
    assert list(cel_lines(NOON, DAYS, seed=8)) != lines


def test_a_row_has_twenty_quoted_columns_and_an_epoch_with_six_decimals(lines: list[str]) -> None:
    for line, columns in zip(lines, csv.reader(lines, strict=True), strict=True):
        assert len(columns) == 20
        assert line == ",".join('"' + column.replace('"', '""') + '"' for column in columns)
        assert len(columns[1].partition(".")[2]) == 6


def test_rows_come_in_the_order_of_their_times_within_the_days_asked_for(calls: list[Row]) -> None:
    times = [row.time for row in calls]
    assert times == sorted(times)
    assert times[0] >= (NOON - timedelta(days=DAYS)).timestamp()
    assert times[-1] <= NOON.timestamp()


def test_every_channel_starts_once_and_ends_once_unless_it_is_under_way(calls: list[Row]) -> None:
    lives = defaultdict(list)
    for row in calls:
        if row.event != "LINKEDID_END":
            lives[row.unique].append(row)
    unfinished = [life for life in lives.values() if life[-1].event != "CHAN_END"]
    for life in lives.values():
        events = Counter(row.event for row in life)
        assert life[0].event == "CHAN_START"
        assert events["CHAN_START"] == 1
        assert events["CHAN_END"] == events["HANGUP"] == (life not in unfinished)
    assert unfinished
    assert min(life[0].time for life in unfinished) > NOON.timestamp() - 3600


def test_a_channel_leaves_every_bridge_that_it_entered_before_it_ends(calls: list[Row]) -> None:
    within: defaultdict[str, list[str]] = defaultdict(list)
    for row in calls:
        if row.event == "BRIDGE_ENTER":
            assert within[row.extra["bridge_id"]] == list(filter(None, row.peer.split(",")))
            within[row.extra["bridge_id"]].append(row.channel)
        elif row.event == "BRIDGE_EXIT":
            within[row.extra["bridge_id"]].remove(row.channel)
        elif row.event == "CHAN_END":
            assert not any(row.channel in members for members in within.values() if members)


def test_applications_that_are_logged_end_as_often_as_they_start(calls: list[Row]) -> None:
    ended = {row.unique for row in calls if row.event == "CHAN_END"}
    apps = Counter((row.event, row.app) for row in calls if row.unique in ended and row.event.startswith("APP_"))
    for app in ("Dial", "Queue", "Park"):
        assert apps["APP_START", app] == apps["APP_END", app] > 0


def test_every_linkedid_ends_once_unless_its_call_is_under_way(calls: list[Row]) -> None:
    ends = Counter(row.linked for row in calls if row.event == "LINKEDID_END")
    alive = Counter(row.linked for row in calls if row.event == "CHAN_START")
    alive.subtract(row.linked for row in calls if row.event == "CHAN_END")
    fetched = {row.linked for row in calls if row.event == "CHAN_START" and row.exten == "701"}
    assert set(ends.values()) == {1}
    assert {row.linked for row in calls} - set(ends) == {linked for linked in alive if alive[linked] > 0} - fetched


def test_no_employee_talks_on_two_channels_at_once(calls: list[Row]) -> None:
    talking: dict[str, str] = {}
    for row in calls:
        device = row.channel.rpartition("-")[0]
        if row.event == "ANSWER" and device.removeprefix("PJSIP/").isdigit():
            assert talking.setdefault(device, row.unique) == row.unique
        elif row.event == "CHAN_END" and talking.get(device) == row.unique:
            del talking[device]


def test_the_mix_holds_every_kind_of_call(calls: list[Row], sessions: list[CallSession]) -> None:
    events = {row.event for row in calls}
    assert events >= {"BLINDTRANSFER", "ATTENDEDTRANSFER", "LOCAL_OPTIMIZE", "PARK_START", "PARK_END"}
    assert {row.app for row in calls} >= {"Dial", "Queue", "Park", "VoiceMail", "Playback", "AppQueue"}
    assert {(found.direction, found.is_lost) for found in sessions if found.is_complete} == {
        (direction, is_lost) for direction in Direction for is_lost in (True, False)
    }
    assert {found.finish_reason for found in sessions} >= {
        FinishReason.SUBSCRIBER_DISCONNECTS,
        FinishReason.OPERATOR_DISCONNECTS,
        FinishReason.OPERATOR_BUSY,
        FinishReason.OPERATOR_NOT_RESPONSIBLE,
        FinishReason.SUBSCRIBER_BUSY,
        FinishReason.SUBSCRIBER_NOT_RESPONSIBLE,
        FinishReason.DISCONNECT_BEFORE_CALL_PROCESSING,
    }


def test_calls_are_routed_twice_and_queues_ring_several_times(calls: list[Row]) -> None:
    dials = Counter(row.unique for row in calls if (row.event, row.app) == ("APP_START", "Dial"))
    moved = {row.extra["transferee_channel_uniqueid"] for row in calls if row.event == "BLINDTRANSFER"}
    assert any(count == 2 for unique, count in dials.items() if unique not in moved)
    queued = {row.linked for row in calls if (row.event, row.app) == ("APP_START", "Queue")}
    rung = Counter(row.linked for row in calls if row.linked in queued and row.event == "CHAN_START")
    assert max(rung.values()) > 4


def test_several_phones_ring_at_once_and_any_of_them_answers(sessions: list[CallSession]) -> None:
    groups = [found.employees for found in sessions if len(found.employees) == 3 and not found.is_transfer]
    assert {[one.is_talked for one in group].index(True) for group in groups if any(e.is_talked for e in group)} == {
        0,
        1,
        2,
    }


def test_each_handover_is_a_transfer_and_nothing_else_is(calls: list[Row], sessions: list[CallSession]) -> None:
    moved = {row.linked for row in calls if row.event in {"BLINDTRANSFER", "ATTENDEDTRANSFER", "PARK_END"}}
    complete = {found.key for found in sessions if found.is_complete}
    assert {found.key for found in sessions if found.is_transfer} & complete == moved & complete


def test_employees_among_themselves_make_no_session(calls: list[Row], sessions: list[CallSession]) -> None:
    trunks = {row.linked for row in calls if row.channel.startswith("PJSIP/trunk-")}
    assert {found.key for found in sessions} == trunks
    fetched = {row.extra["retriever"] for row in calls if row.event == "PARK_END"}
    inside = {row.linked for row in calls if row.event == "CHAN_START" and row.channel not in fetched} - trunks
    assert len(inside) > DAYS


def test_a_parked_call_is_one_session_with_the_call_that_fetched_it(
    calls: list[Row], sessions: list[CallSession]
) -> None:
    parked = {row.linked for row in calls if row.event == "PARK_START"}
    fetchers = {row.linked for row in calls if row.event == "CHAN_START" and row.exten == "701"}
    assert parked
    assert parked <= {found.key for found in sessions}
    assert fetchers.isdisjoint(found.key for found in sessions)


def test_contacts_call_again_and_some_who_were_missed_are_called_back(sessions: list[CallSession]) -> None:
    numbers = Counter(found.contact_phone_number for found in sessions)
    assert None not in numbers
    assert max(numbers.values()) > 3
    assert 0.3 < len(numbers) / len(sessions) < 0.9
    missed = {f.contact_phone_number: f.start for f in sessions if f.direction is Direction.IN and f.is_lost}
    back = [
        f for f in sessions if f.direction is Direction.OUT and f.start > missed.get(f.contact_phone_number, f.start)
    ]
    assert len(back) > DAYS


def test_the_days_have_office_hours_a_lunch_dip_and_quiet_weekends(sessions: list[CallSession]) -> None:
    begins = [datetime.fromtimestamp(found.start / 1e6, LONDON) for found in sessions]
    hours = Counter(begin.hour for begin in begins if begin.weekday() < 5)
    days = Counter(begin.weekday() for begin in begins)
    assert hours[10] > 1.3 * hours[12] > 0
    assert hours[10] > 5 * hours[21]
    assert min(days[day] for day in range(5)) > 2 * days[5] > 2 * days[6]
    assert 0.8 * 120 < len(sessions) / DAYS < 1.2 * 120


def test_talks_and_waits_are_those_of_people(sessions: list[CallSession]) -> None:
    talked = [found for found in sessions if found.is_complete and not found.is_lost]
    waits = sorted(found.wait_duration or 0 for found in talked)
    talks = sorted(found.clean_talk_duration or 0 for found in talked)
    assert 5 < waits[len(waits) // 2] < 20
    assert 60 < talks[len(talks) // 2] < 200
    assert talks[-1] > 900
    lost = sum(found.is_lost or 0 for found in sessions if found.direction is Direction.IN)
    assert 0.15 < lost / len(sessions) < 0.35


@pytest.mark.parametrize("until", [NOON, NIGHT, datetime(2026, 3, 8, 15, 0, tzinfo=UTC)])
def test_a_call_is_under_way_at_the_end_at_any_hour(until: datetime) -> None:
    made = derived(list(cel_lines(until, days=2)))
    assert [found for found in made if not found.is_complete and found.direction is Direction.IN]


def test_one_talks_and_one_waits_at_the_end_while_the_office_is_open(calls: list[Row]) -> None:
    legs = defaultdict(list)
    for row in calls:
        legs[row.linked].append(row)
    under_way = [found for found in legs.values() if found[-1].event != "LINKEDID_END"]
    bridged = [found for found in under_way if any(row.event == "BRIDGE_ENTER" for row in found)]
    assert bridged
    assert len(under_way) > len(bridged)


def test_the_time_zone_moves_the_office_hours() -> None:
    def busiest(timezone: str) -> float:
        starts = [row.time for row in rows(list(cel_lines(NOON, 7, timezone=timezone))) if row.event == "CHAN_START"]
        hours = [datetime.fromtimestamp(start, UTC).hour for start in starts]
        return sum(hours) / len(hours)

    assert busiest("America/New_York") - busiest("Europe/London") > 2


def test_fewer_calls_a_day_and_fewer_days_make_fewer_rows(lines: list[str]) -> None:
    assert len(list(cel_lines(NOON, DAYS, calls_per_day=30))) < len(lines) / 3
    assert len(list(cel_lines(NOON, days=3))) < len(lines) / 2


def test_the_directory_is_a_directory_file_and_names_everyone_who_takes_part(calls: list[Row]) -> None:
    made = directory()
    DirectoryFile.parse(json.dumps(made).encode())
    channels = {prefix for kind in ("employees", "external") for entry in made[kind] for prefix in entry["channels"]}
    assert {row.channel.rpartition("-")[0] for row in calls if not row.channel.startswith("Local/")} == channels
    dialled = {row.exten for row in calls if row.event == "CHAN_START" and row.channel.startswith("PJSIP/trunk-")}
    assert dialled - {"s"} == {entry["number"] for entry in made["virtual_numbers"]}


def test_no_number_is_outside_the_ranges_kept_for_drama(calls: list[Row]) -> None:
    drama = ("+442079460", "+441214960", "+441614960", "+441134960", "+447700900")
    numbers = {row.number for row in calls} | {number for e in directory()["employees"] for number in e["numbers"]}
    assert all(number.startswith(drama) and len(number) == 13 for number in numbers if len(number) > 3)
