"""The legs of FreeSWITCH's stored records, worked out by hand."""

from __future__ import annotations

import pytest
from tests.intake.answers import derived, directory
from tests.intake.test_asterisk_legs import told
from tests.intake.test_freeswitch_samples import ANSWERS, events

from ringledger.intake import freeswitch

LEGS = {
    "01_answered_hold_5a3a1d91": (
        "in  contact  1001 -> 1002 21/30 cause 16 subscriber_disconnects talked",
        "out employee 1001 -> 1002 21/30 cause 16 subscriber_disconnects talked",
    ),
    "03_two_devices_lose_race_01df56f4": (
        "in  contact  493023125960 -> 493023125963 4/6 cause 16 operator_disconnects talked",
        "out employee 493023125960 -> 2001 0/2 cause 16 another_operator_answer failed",
        "out employee 493023125960 -> 2001 4/6 cause 16 operator_disconnects talked",
    ),
    "04_no_answer": (
        "in  contact  493023125041 -> 1002 0/30 cause 19 operator_not_responsible failed",
        "out employee 493023125041 -> 1002 0/30 cause 19 operator_not_responsible failed",
    ),
    "06_blind_transfer": (
        "in  contact  493023125043 -> 1002 84/88 cause 16 subscriber_disconnects talked",
        "out employee 493023125043 -> 1002 22/26 cause 16 transfer_disconnects talked",
        "out employee 493023125043 -> 1003 54/62 cause 16 subscriber_disconnects talked by transfer",
    ),
}


@pytest.mark.parametrize("name", LEGS)
def test_the_legs_of_a_sample_come_out_as_worked_out(name: str) -> None:
    answer = ANSWERS[name]
    (session,) = derived(freeswitch, events(answer), directory(answer["mapping"]))
    assert [told(leg) for leg in session.legs] == list(LEGS[name])
