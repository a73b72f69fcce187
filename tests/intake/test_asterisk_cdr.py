"""Call detail records beyond the samples: zones, ties between rows, transfers, broken lines."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from ringledger.calls.assembly import group
from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import asterisk_cdr

WHO = Directory(
    (Employee(1, "Bob", ("201",), ("PJSIP/bob",)), Employee(2, "Carol", ("202",))), (External(None, ("PJSIP/trunk",)),)
)
TRUNK = "PJSIP/trunk-00000001"
BOB = "PJSIP/bob-00000002"


def row(
    channel: str,
    peer: str,
    start: str,
    answer: str,
    end: str,
    uniqueid: str = "1.1",
    linkedid: str | None = None,
    **more: str,
) -> bytes:
    disposition = more.get("disposition", "ANSWERED" if answer else "NO ANSWER")
    clocks = [f"2026-03-10 {clock}" if clock else "" for clock in (start, answer, end)]
    columns = ["", more.get("src", "+493023125017"), "+493023125100", "in", "", channel, peer, "Dial", "", *clocks]
    columns += ["0", "0", disposition, "DOCUMENTATION", uniqueid, ""]
    columns += [] if linkedid is None else ["", linkedid, "1"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(columns)
    return text.getvalue().encode()


def sessions(*lines: bytes, zone: ZoneInfo | None = None) -> list[CallSession]:
    found = list(asterisk_cdr.read(lines, timezone=zone or UTC))
    events = [one for one in found if isinstance(one, RecordedEvent)]
    assert len(events) == len(found)
    return [made for tied in group(events) for made in asterisk_cdr.sessions(tied, WHO)]


def names(session: CallSession) -> list[str]:
    return sorted(one.employee_full_name for one in session.employees if one.is_talked)


PLAIN = row(TRUNK, BOB, "09:00:00", "09:00:05", "09:00:47")


def test_stamps_are_utc_unless_a_zone_is_given() -> None:
    (utc,) = sessions(PLAIN)
    (berlin,) = sessions(PLAIN, zone=ZoneInfo("Europe/Berlin"))
    assert utc.start - berlin.start == 3600 * 1_000_000
    assert utc.exact == berlin.exact
    assert utc.legs[0].conversations[0][0] - berlin.legs[0].conversations[0][0] == 3600 * 1_000_000


def test_the_same_record_is_one_event_whatever_zone_it_was_read_in() -> None:
    (utc,) = asterisk_cdr.read([PLAIN])
    (berlin,) = asterisk_cdr.read([PLAIN], timezone=ZoneInfo("Europe/Berlin"))
    assert isinstance(utc, RecordedEvent)
    assert isinstance(berlin, RecordedEvent)
    assert utc.event_id == berlin.event_id


def test_an_employee_known_by_an_extension_is_told_by_the_channels_name() -> None:
    (found,) = sessions(row(TRUNK, "SIP/202-0000000a", "09:00:00", "09:00:05", "09:00:47"))
    assert names(found) == ["Carol"]


def test_the_halves_of_a_local_channel_are_one_wire_from_contact_to_employee() -> None:
    (found,) = sessions(
        row(TRUNK, "Local/201@queue-00000003;1", "09:00:00", "09:00:05", "09:00:47"),
        row("Local/201@queue-00000003;2", BOB, "09:00:01", "09:00:05", "09:00:47", "1.2"),
    )
    assert (names(found), found.wait_duration, found.clean_talk_duration) == (["Bob"], 5, 42)


def test_halves_tie_over_midnight() -> None:
    first = row(TRUNK, "Local/201@queue-00000003;1", "23:59:59", "", "23:59:59").replace(
        b"10 23:59:59,,2026-03-10", b"10 23:59:59,,2026-03-11"
    )
    (found,) = sessions(
        first.replace(b"11 23:59:59", b"11 00:00:20"),
        row("Local/201@queue-00000003;2", BOB, "00:00:01", "", "00:00:20", "1.2").replace(b"-10 ", b"-11 "),
    )
    assert found.total_duration == 21


def test_names_that_repeat_after_a_restart_do_not_tie_calls() -> None:
    found = sessions(PLAIN, row(TRUNK, BOB, "11:00:00", "11:00:05", "11:00:47", "2.1"))
    assert [one.key for one in found] == ["1.1", "2.1"]


def test_a_call_that_a_channel_makes_while_it_is_in_another_belongs_to_it() -> None:
    (found,) = sessions(
        row(TRUNK, BOB, "09:00:00", "09:00:05", "09:01:00"),
        row(BOB, "PJSIP/202-00000003", "09:00:20", "09:00:25", "09:00:40", "1.2", src="201"),
    )
    assert [one.employee_full_name for one in found.employees] == ["Bob", "Carol"]
    assert names(found) == ["Bob"]


def test_calls_of_a_channel_without_a_serial_number_are_apart_even_when_they_touch() -> None:
    found = sessions(
        row("DAHDI/1-1", BOB, "09:00:00", "09:00:05", "09:00:47"),
        row("DAHDI/1-1", "PJSIP/bob-00000009", "09:00:47", "09:00:50", "09:00:59", "2.1"),
    )
    assert len(found) == 2


def test_a_linkedid_ties_rows_that_do_not_overlap() -> None:
    (found,) = sessions(
        row(TRUNK, BOB, "09:00:00", "09:00:05", "09:01:00", "1.1", "1.1"),
        row(TRUNK, "PJSIP/202-00000003", "09:05:00", "", "09:05:10", "1.7", "1.1"),
    )
    assert (found.key, found.total_duration) == ("1.1", 310)


@pytest.mark.parametrize(("clock", "is_transfer"), [("09:01:00", True), ("09:00:00", False)])
def test_a_further_answered_row_of_the_caller_is_a_transfer_and_ringing_together_is_not(
    clock: str, is_transfer: bool
) -> None:
    (found,) = sessions(
        row(TRUNK, BOB, "09:00:00", "09:00:05", "09:01:00"),
        row(TRUNK, "PJSIP/202-00000003", clock, "09:01:00", "09:02:00"),
    )
    assert found.is_transfer is is_transfer
    assert names(found) == ["Bob", "Carol"]


def test_an_answer_without_a_called_channel_is_no_conversation() -> None:
    (found,) = sessions(row(TRUNK, "", "09:00:00", "09:00:00", "09:00:10"))
    assert (found.is_lost, found.talk_duration, found.wait_duration) == (True, 0, 10)


@pytest.mark.parametrize("seed", range(4))
def test_order_repetition_and_batches_do_not_matter(seed: int) -> None:
    lines = [
        row(TRUNK, "Local/201@queue-00000003;1", "09:00:00", "09:00:05", "09:00:47"),
        row("Local/201@queue-00000003;2", BOB, "09:00:01", "09:00:05", "09:00:47", "1.2"),
        row("PJSIP/trunk-0000000b", "PJSIP/202-0000000c", "09:00:00", "", "09:00:20", "3.1"),
        row(TRUNK, BOB, "11:00:00", "11:00:05", "11:00:47", "2.1"),
    ]
    shuffled = lines * 2
    random.Random(seed).shuffle(shuffled)
    events = [one for one in asterisk_cdr.read(shuffled) if isinstance(one, RecordedEvent)]
    whole = sorted(asterisk_cdr.sessions(events, WHO), key=lambda one: one.key)
    assert whole == sorted(sessions(*lines), key=lambda one: one.key)
    assert [one.key for one in whole] == ["1.1", "2.1", "3.1"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a,b\n", "2 columns, 16 to 24 belong here"),
        (PLAIN.replace(b"2026-03-10 09:00:00", b"10.03.2026"), "start '10.03.2026' is no date and time"),
        (PLAIN.replace(b"09:00:05", b"09:99:05"), "answer '2026-03-10 09:99:05' is no date and time"),
        (PLAIN.replace(b"09:00:05", b"09:05:05"), "the answer is not between start and end"),
        (PLAIN.replace(b"09:00:47", b"08:00:47"), "the call ends before it starts"),
        (PLAIN.replace(b"ANSWERED", b"MAYBE"), "disposition 'MAYBE' is unknown"),
        (b"\xff\n", "the line is not UTF-8"),
    ],
)
def test_what_is_no_record_is_rejected_with_its_reason_and_the_rest_is_taken(line: bytes, reason: str) -> None:
    found = list(asterisk_cdr.read([PLAIN, line, PLAIN]))
    assert [(one.line, one.reason) for one in found if isinstance(one, RejectedLine)] == [(2, reason)]
    assert len(found) == 3
