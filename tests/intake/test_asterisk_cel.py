"""Channel event logging beyond the samples: forms of rows, times, extras, old bridges, broken lines."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import pytest

from ringledger.calls.assembly import group
from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_cel

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
BASE = 1_773_133_200
WHO = Directory(
    (Employee(1, "Bob", ("201",), ("SIP/bob",)), Employee(2, "Carol", ("202",), ("SIP/carol",))),
    (External(None, ("SIP/trunk",)),),
)
CHANNELS = {"c": "SIP/trunk-1", "b": "SIP/bob-1", "d": "SIP/carol-1"}


MAPPING = (
    "where at least the 17 from eventtype to bridgepeer belong and at most 24: "
    "cel_custom.conf needs the mapping that docs/asterisk.md shows"
)
COLUMNS = {"number": 3, "dnid": 6, "exten": 7, "peer": 16}


def row(
    event: str, seconds: float, leg: str, extra: str | dict[str, object] = "", time: str | None = None, **more: str
) -> list[str]:
    made = [""] * 20
    made[0], made[1] = event, f"{BASE + seconds:.6f}" if time is None else time
    made[9], made[14], made[15] = CHANNELS[leg], leg, "L"
    made[19] = extra if isinstance(extra, str) else json.dumps(extra)
    for name, value in {"exten": "s", **more}.items():
        made[COLUMNS[name]] = value
    return made


def line(columns: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(columns)
    return text.getvalue().encode()


def bridge(event: str, seconds: float, leg: str, name: str = "x", technology: str = "simple_bridge") -> list[str]:
    return row(event, seconds, leg, {"bridge_id": name, "bridge_technology": technology})


def read(rows: list[list[str]]) -> list[RecordedEvent]:
    found = list(asterisk_cel.read(map(line, rows)))
    assert [one for one in found if isinstance(one, RejectedLine)] == []
    return [one for one in found if isinstance(one, RecordedEvent)]


def session(rows: list[list[str]]) -> CallSession:
    (found,) = asterisk_cel.sessions(read(rows), WHO)
    return found


STARTS = [
    row("CHAN_START", 0, "c", number="+493023125017", exten="+493023125100"),
    row("CHAN_START", 1, "b"),
    row("ANSWER", 5, "b"),
    row("ANSWER", 5, "c"),
]
ENDS = [
    row("HANGUP", 31, "b", {"hangupcause": 16, "hangupsource": "SIP/trunk-1", "dialstatus": ""}),
    row("CHAN_END", 31, "b"),
    row("HANGUP", 32, "c", {"hangupcause": 16, "hangupsource": "SIP/trunk-1", "dialstatus": "ANSWER"}),
    row("CHAN_END", 32, "c"),
    row("LINKEDID_END", 32, "c"),
]
CALL = [
    *STARTS,
    bridge("BRIDGE_ENTER", 6, "b"),
    bridge("BRIDGE_ENTER", 7, "c"),
    bridge("BRIDGE_EXIT", 30, "c"),
    bridge("BRIDGE_EXIT", 31, "b"),
    *ENDS,
]


def test_a_record_is_kept_as_it_came_with_its_time_and_keys() -> None:
    text = line(CALL[0])
    (event,) = asterisk_cel.read([text])
    assert isinstance(event, RecordedEvent)
    assert event.source == asterisk_cel.SOURCE == "asterisk-cel"
    assert event.payload.encode() == text.rstrip(b"\n")
    assert (event.keys, event.time) == (("L", "c"), BASE * 1_000_000)
    assert event.event_id == next(iter(read([CALL[0]]))).event_id


@pytest.mark.parametrize(
    "text",
    [
        "1773133200.25",
        "1773133200.250000",
        "2026-03-10 09:00:00.25",
        "2026-03-10T09:00:00.250000",
        "2026-03-10 09:00:00.250Z",
        "2026-03-10 10:00:00.250+0100",
    ],
)
def test_the_time_may_be_unix_seconds_or_a_date_and_time(text: str) -> None:
    (event,) = read([row("ANSWER", 0, "c", time=text)])
    assert event.time == BASE * 1_000_000 + 250_000


@pytest.mark.parametrize("text", ["", "soon", "2026-03-10", "NaN", "Infinity", "-1", "99999999999", "1e400"])
def test_another_time_is_rejected(text: str) -> None:
    (found,) = asterisk_cel.read([line(row("ANSWER", 0, "c", time=text))])
    assert isinstance(found, RejectedLine)
    assert "eventtime" in found.reason


@pytest.mark.parametrize("kept", [(*range(18), 19), (*range(17), 18, 19)])
def test_mappings_without_userfield_or_userdeftype_are_read_too(kept: tuple[int, ...]) -> None:
    short = [[columns[at] for at in kept] for columns in CALL]
    assert session(short) == session(CALL)


def test_rows_without_the_extra_column_still_make_a_call() -> None:
    found = session([columns[:17] for columns in CALL])
    assert (found.is_lost, found.clean_talk_duration) == (False, 23)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (["CHAN_START", "1"], f"2 columns, {MAPPING}"),
        (["x"] * 25, f"25 columns, {MAPPING}"),
        ([*CALL[0][:14], "", *CALL[0][15:]], "uniqueid or linkedid is empty"),
        ([*CALL[0][:15], "", *CALL[0][16:]], "uniqueid or linkedid is empty"),
        (["", *CALL[0][1:]], "eventtype is empty"),
    ],
)
def test_what_is_no_channel_event_is_rejected_with_its_reason(columns: list[str], reason: str) -> None:
    assert list(asterisk_cel.read([line(columns)])) == [RejectedLine(1, reason, line(columns).decode().rstrip("\n"))]


def test_a_time_that_cannot_be_kept_is_rejected_with_its_line() -> None:
    rows = [*CALL[:2], row("ANSWER", 0, "c", time="2200-01-01 00:00:00"), *CALL[2:]]
    refused = [one for one in asterisk_cel.read([b"\n", *map(line, rows)]) if isinstance(one, RejectedLine)]
    assert [(one.line, one.reason) for one in refused] == [(4, "the time is outside the years 1970 to 2105")]


def test_a_users_own_event_is_kept_and_changes_no_session() -> None:
    own = row("OUR_MARK", 10, "c", "anything, {not json")
    assert session([*CALL, own]) == session(CALL)


def test_user_fields_with_line_breaks_and_quotes_are_one_record() -> None:
    noted = row("USER_DEFINED", 10, "c", '{"note": "first\nsecond ""quoted"""}')
    assert len(read([*CALL, noted])) == len(CALL) + 1
    assert session([*CALL, noted]) == session(CALL)


@pytest.mark.parametrize(
    "extra", ["", "{", "[]", "null", '{"hangupcause": "x"}', '{"hangupcause": 99999}', "²,,", ",,,,"]
)
def test_an_extra_that_cannot_be_understood_costs_the_cause_only(extra: str) -> None:
    found = session([*CALL[:8], row("HANGUP", 31, "b", extra), row("CHAN_END", 31, "b"), *ENDS[2:]])
    assert found.is_complete
    assert found.legs[1].release_cause_code is None


def test_the_old_comma_form_of_the_extra_tells_cause_source_and_outcome() -> None:
    found = session([*CALL[:8], row("HANGUP", 31, "b", "17,SIP/bob-1,BUSY"), *ENDS[1:]])
    assert (found.legs[1].release_cause_code, found.legs[1].hangup_source) == (17, "SIP/bob-1")


def test_old_bridge_rows_stand_for_both_channels() -> None:
    bridged = [row("BRIDGE_START", 7, "c", peer="SIP/bob-1"), row("BRIDGE_END", 30, "c", peer="SIP/bob-1")]
    found = session([*STARTS, *bridged, *ENDS])
    assert found.exact == session(CALL).exact


def test_an_old_bridge_may_change_its_peer() -> None:
    carol = [row("CHAN_START", 8, "d"), row("ANSWER", 9, "d")]
    bridged = [
        row("BRIDGE_START", 7, "c", peer="SIP/bob-1"),
        row("BRIDGE_UPDATE", 20, "c", peer="SIP/carol-1"),
        row("BRIDGE_END", 30, "c", peer="SIP/carol-1"),
    ]
    found = session([*STARTS, *carol, *bridged, *ENDS])
    talks = {one.channel: one.conversations for one in found.legs}
    at = [(BASE + seconds) * 1_000_000 for seconds in (7, 20, 30)]
    assert talks["SIP/bob-1"] == ((at[0], at[1]),)
    assert talks["SIP/carol-1"] == ((at[1], at[2]),)


def test_stamps_in_whole_seconds_do_not_stretch_a_short_stay() -> None:
    """BRIDGE_ENTER and BRIDGE_EXIT in one second have no order; the stay has no length."""
    rows = [*STARTS, *(bridge(event, 6, leg) for leg in "bc" for event in ("BRIDGE_EXIT", "BRIDGE_ENTER")), *ENDS]
    assert session(rows).clean_talk_duration == 0


def test_the_dialled_number_may_come_later_in_dnid() -> None:
    rows = [row("CHAN_START", 0, "c"), row("ANSWER", 5, "c", dnid="+493023125100"), *ENDS[2:]]
    assert session(rows).virtual_phone_number == "493023125100"


def test_music_on_hold_in_a_holding_bridge_is_no_conversation() -> None:
    waiting = [bridge(event, at, leg, "h", "holding_bridge") for event, at in (("BRIDGE_ENTER", 6), ("BRIDGE_EXIT", 9))
               for leg in "bc"]  # fmt: skip
    assert session([*STARTS, *waiting, *ENDS]).is_lost is True


def sample_lines() -> list[bytes]:
    return [one for path in sorted(SAMPLES.glob("*.cel.csv")) for one in path.read_bytes().splitlines(keepends=True)]


def numbered(found: list[CallSession]) -> list[CallSession]:
    return sorted(found, key=lambda one: one.key)


EVERYONE = Directory(
    (
        Employee(1, "Bob", ("4321",), ("PJSIP/bob", "PJSIP/201")),
        Employee(2, "Charlie", ("5678",), ("PJSIP/charlie", "PJSIP/202")),
    ),
    (External(None, ("PJSIP/trunk", "PJSIP/alice")),),
)


@pytest.mark.parametrize("seed", range(3))
def test_all_samples_as_one_stream_by_time_shuffled_or_twice_give_the_same_sessions(seed: int) -> None:
    lines = sample_lines()
    apart = [one for path in SAMPLES.glob("*.cel.csv") for one in sessions_of(path.read_bytes().splitlines())]
    by_time = sorted(lines, key=lambda text: text.split(b",")[1])
    shuffled = lines * 2
    random.Random(seed).shuffle(shuffled)
    assert numbered(sessions_of(by_time)) == numbered(apart)
    assert numbered(sessions_of(shuffled)) == numbered(apart)
    assert len(apart) > 9


def sessions_of(lines: list[bytes]) -> list[CallSession]:
    events = [one for one in asterisk_cel.read(lines) if isinstance(one, RecordedEvent)]
    return asterisk_cel.sessions(events, EVERYONE)


def test_the_calls_of_a_batch_are_told_apart() -> None:
    events = [one for one in asterisk_cel.read(sample_lines()) if isinstance(one, RecordedEvent)]
    one_by_one = [made for tied in group(events) for made in asterisk_cel.sessions(tied, EVERYONE)]
    assert numbered(asterisk_cel.sessions(events, EVERYONE)) == numbered(one_by_one)


def test_two_halves_give_the_whole() -> None:
    lines = sample_lines()
    halves = [list(asterisk_cel.read(half)) for half in (lines[1::2], lines[::2])]
    events = [one for half in halves for one in half if isinstance(one, RecordedEvent)]
    assert numbered(asterisk_cel.sessions(events, EVERYONE)) == numbered(sessions_of(lines))
