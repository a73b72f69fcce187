"""The legs of the stored switch records, worked out by hand from their rows."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.intake.answers import derived, directory
from tests.intake.test_asterisk_samples import dialect, events, expected

from ringledger.calls.session import CallLeg

LEGS = {
    "02_answered_caller_hangup.cel": (
        "in  contact  1234 -> test_call 42/48 cause 16 subscriber_disconnects talked",
        "out employee 1234 -> 4321 42/48 cause 16 subscriber_disconnects talked",
    ),
    "03_no_answer.cel": (
        "in  contact  493023125017 -> 493023125100 0/22 cause 19 operator_not_responsible failed",
        "out employee 493023125017 -> 201 0/22 cause 19 operator_not_responsible failed",
    ),
    "04_busy.cel": (
        "in  contact  493023125018 -> 493023125100 0/6 cause 17 operator_busy failed",
        "out employee 493023125018 -> 202 0/1 cause 17 operator_busy failed",
    ),
    "05_blind_transfer_by_callee.cel": (
        "in  contact  493023125019 -> bob 75/79 cause 16 operator_disconnects talked",
        "out employee 493023125019 -> 201 21/24 cause 16 transfer_disconnects talked",
        "out employee 493023125019 -> 202 48/55 cause 16 operator_disconnects talked by transfer",
    ),
    "06_attended_transfer_feature_code.cel": (
        "in  contact  1234 -> bob_atxfer 87/90 cause 16 subscriber_disconnects talked",
        "out employee 1234 -> 4321 39/41 cause 16 transfer_disconnects talked",
        "out employee 1234 -> 5678 63/66 cause 16 subscriber_disconnects talked by transfer",
    ),
    "07_queue_no_answer.cdr": (
        "in  contact  None -> caller 0/3 cause None operator_not_responsible failed",
        "out employee None -> queue_member_one 0/2 cause 19 operator_not_responsible failed",
        "out employee None -> queue_member_two 0/2 cause 19 operator_not_responsible failed",
    ),
    "08_queue_answered_second_try.cel": (
        "in  contact  493023125021 -> 493023125100 155/155 cause 16 operator_disconnects talked",
        "out employee 493023125021 -> 4321 0/15 cause 16 timeout failed",
        "out employee 493023125021 -> 4321 125/129 cause 16 operator_disconnects talked",
    ),
    "09_park_and_retrieve.cel": (
        "in  contact  1234 -> bob_parkcall 119/122 cause 16 subscriber_disconnects talked",
        "out employee 1234 -> 4321 33/36 cause 16 operator_disconnects talked",
        "in  employee 5678 -> 701 64/64 cause 16 subscriber_disconnects talked by transfer",
    ),
    "10_parallel_ring_one_answers.cel": (
        "in  contact  493023125023 -> 493023125100 56/64 cause 16 operator_disconnects talked",
        "out employee 493023125023 -> 201 0/8 cause 16 another_operator_answer failed",
        "out employee 493023125023 -> 202 56/64 cause 16 operator_disconnects talked",
    ),
    "12_outgoing_answered.cel": (
        "in  employee 203 -> 493023125044 61/73 cause 16 operator_disconnects talked",
        "out contact  None -> 493023125044 61/73 cause 16 operator_disconnects talked",
    ),
}


def told(leg: CallLeg) -> str:
    flags = {"failed": leg.is_failed, "talked": leg.is_talked, "by transfer": leg.is_transfered}
    numbers = f"{leg.calling_phone_number} -> {leg.called_phone_number}"
    durations = f"{leg.duration}/{leg.total_duration}"
    words = [f"{leg.direction:3} {leg.party:8}", numbers, durations, f"cause {leg.release_cause_code}"]
    return " ".join([*words, str(leg.finish_reason), *(flag for flag, holds in flags.items() if holds)])


@pytest.mark.parametrize("name", LEGS)
def test_the_legs_of_a_sample_come_out_as_worked_out(name: str) -> None:
    (session,) = derived(dialect(name), events(name), directory(expected(name)["mapping"]))
    assert [told(leg) for leg in session.legs] == list(LEGS[name])


@pytest.mark.parametrize(
    ("name", "queue"), [("08_queue_answered_second_try.cel", "test_q"), ("07_queue_no_answer.cdr", "test_queue")]
)
def test_legs_that_a_queue_rang_name_it_and_the_directorys_group_of_that_name(name: str, queue: str) -> None:
    who = structs.replace(directory(expected(name)["mapping"]), groups=((7, queue.upper()), (8, "Other")))
    (session,) = derived(dialect(name), events(name), who)
    groups = {(leg.is_operator, leg.group_id, leg.group_name) for leg in session.legs}
    assert groups == {(False, None, None), (True, 7, queue)}
