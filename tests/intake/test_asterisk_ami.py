"""Channel events that the manager interface tells, and that the file tells too."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.intake.ami_switch import message
from tests.intake.answers import check, derived, directory
from tests.intake.test_asterisk_samples import CEL, events, expected

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.intake import asterisk_ami, asterisk_cel

SAMPLES = Path(__file__).parent / "samples" / "asterisk"
MODERN = [name for name in CEL if not name.startswith("01_old_format")]
ROW = (
    '"ANSWER","1773133205.421337","Bob","4321","","","","test_call","default","PJSIP/bob-00000001","AppDial",'
    '"(Outgoing Line)","DOCUMENTATION","","1773133200.1","1773133200.0","","","",""'
)


def rows(name: str) -> list[str]:
    return (SAMPLES / f"{name}.csv").read_text("utf-8").splitlines()


def told(some: list[str], *, zone: int = 0, timestamp: bool = True) -> list[RecordedEvent]:
    messages = [
        asterisk_ami.received(message(row, zone=zone, timestamp=timestamp), int(float(row.split('"')[3]) * 1e6) + 9000)
        for row in some
    ]
    found = list(asterisk_ami.read(messages))
    assert not [one for one in found if isinstance(one, RejectedLine)]
    return [one for one in found if isinstance(one, RecordedEvent)]


@pytest.mark.parametrize("name", MODERN)
@pytest.mark.parametrize(("zone", "timestamp"), [(0, True), (-5, True), (13, False)])
def test_a_sample_told_live_comes_out_as_expected(name: str, zone: int, timestamp: bool) -> None:
    answer = expected(name)
    answer["tolerance_seconds"] = max(answer["tolerance_seconds"], 0.02)
    live = told(rows(name), zone=zone, timestamp=timestamp)
    check(derived(asterisk_cel, live, directory(answer["mapping"])), answer)


@pytest.mark.parametrize("name", MODERN)
@pytest.mark.parametrize("seed", range(3))
def test_what_both_tell_is_one_event_and_the_files_times_count(name: str, seed: int) -> None:
    answer = expected(name)
    who = directory(answer["mapping"])
    chance = random.Random(f"{name} {seed}")
    filed = events(name)
    live = [event for event in told(rows(name)) if chance.random() < 0.7]
    both = [*filed, *live]
    chance.shuffle(both)
    assert derived(asterisk_cel, both, who) == derived(asterisk_cel, filed, who)


@pytest.mark.parametrize("name", MODERN)
def test_a_gap_of_one_is_filled_by_the_other(name: str) -> None:
    answer = expected(name)
    answer["tolerance_seconds"] = max(answer["tolerance_seconds"], 0.02)
    filed, live = events(name), told(rows(name))
    third = len(filed) // 3
    found = [*live[: 2 * third], *filed[third:]]
    check(derived(asterisk_cel, found, directory(answer["mapping"])), answer)


def test_a_time_lies_in_its_second_as_near_as_may_be_to_when_it_was_told() -> None:
    (event,) = told([ROW])
    assert event.time == 1773133205_425337
    late = asterisk_ami.received(message(ROW, late=3.2), 0)
    (found,) = asterisk_ami.read([late])
    assert isinstance(found, RecordedEvent)
    assert found.time == 1773133205_999999


def test_an_event_is_kept_as_it_came() -> None:
    (event,) = told([ROW])
    assert event.payload.startswith(
        "Event: CEL\nPrivilege: call,all\nTimestamp: 1773133205.425337\nEventName: ANSWER\n"
    )
    assert event.payload.endswith("\nReceived: 1773133205.430337")
    assert event.keys == ("1773133200.0", "1773133200.1")


def test_the_same_message_has_the_same_id_whenever_it_arrives() -> None:
    one, two = (asterisk_ami.received(message(ROW), moment) for moment in (1773133206_000000, 1773133999_000000))
    ids = {event.event_id for event in asterisk_ami.read([one, two]) if isinstance(event, RecordedEvent)}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (message(ROW).replace(b"UniqueID: 1773133200.1", b"UniqueID: "), "UniqueID is empty"),
        (message(ROW).replace(b"EventName", b"Name"), "EventName is empty"),
        (message(ROW).replace(b"2026-03-10 09:00:05", b"just now"), "eventtime 'just now' is neither"),
    ],
)
def test_a_message_that_cannot_be_read_is_named(broken: bytes, reason: str) -> None:
    (found,) = asterisk_ami.read([asterisk_ami.received(broken, 1773133206_000000)])
    assert isinstance(found, RejectedLine)
    assert found.reason.startswith(reason)


def test_only_channel_events_tell_calls() -> None:
    assert asterisk_ami.is_channel_event(message(ROW))
    assert not asterisk_ami.is_channel_event(b"Event: Newchannel\r\nChannel: PJSIP/bob-1\r\n\r\n")
    assert not asterisk_ami.is_channel_event(b"Response: Success\r\nPing: Pong\r\n\r\n")
