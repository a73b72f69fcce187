"""The rules of the reported legs, on calls told in seconds."""

from __future__ import annotations

from typing import Any

import pytest
from tests.calls.test_derivation import TRANSFERRED, bridged, caller, event, leg, session

from ringledger.calls.causes import CAUSES
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.events import CallEvent, Happening
from ringledger.calls.session import CallLeg


def legs(*parts: list[CallEvent]) -> dict[str, CallLeg]:
    return {found.leg_key: found for found in session(*parts).legs}


def test_durations_begin_with_the_leg_and_with_its_answer() -> None:
    found = legs(TRANSFERRED)
    assert [(one.duration, one.total_duration) for one in found.values()] == [(55, 60), (25, 29), (24, 34)]


def test_a_leg_that_is_not_answered_has_failed_and_no_duration() -> None:
    found = legs(caller(20), leg("b", "SIP/bob-1", 1, 20))["b"]
    assert (found.is_failed, found.is_talked, found.answer, found.duration, found.total_duration) == (
        True,
        False,
        None,
        0,
        19,
    )


def test_a_leg_whose_answer_is_not_told_was_answered_when_it_talked() -> None:
    found = legs(caller(9), leg("b", "SIP/bob-1", 1, 9), bridged(3, 9, "c", "b"))["b"]
    assert (found.is_failed, found.answer, found.duration) == (False, 3_000_000, 6)


def test_a_leg_under_way_has_no_end_and_what_comes_with_it() -> None:
    found = legs(caller(None), leg("b", "SIP/bob-1", 1, None, 4))["b"]
    assert {found.end, found.duration, found.total_duration, found.finish_reason, found.is_failed} == {None}


def test_a_leg_knows_when_its_party_held_moved_on_and_parked_the_call() -> None:
    held = [event(10, Happening.HELD, "b"), event(14.5, Happening.RESUMED, "b"), event(20, Happening.HELD, "b")]
    contact, bob, carol = legs(TRANSFERRED, held, [event(25, Happening.PARKED, "b")]).values()
    assert bob.holds == ((10_000_000, 14_500_000), (20_000_000, 30_000_000))
    assert bob.conversations == ((5_000_000, 10_000_000), (14_500_000, 20_000_000))
    assert (bob.transfers, bob.parks) == ((29_000_000,), (25_000_000,))
    assert (contact.holds, carol.holds, carol.transfers, carol.parks) == ((), (), (), ())


def test_a_leg_whose_end_is_not_told_ends_with_its_call() -> None:
    ended = event(12, Happening.FINISHED, "c")
    found = legs(caller(9), leg("b", "SIP/bob-1", 1, None, 4), [ended])["b"]
    assert (found.end, found.total_duration) == (12_000_000, 11)


def test_numbers_of_an_incoming_calls_legs() -> None:
    found = legs(TRANSFERRED)
    told = [(one.direction, one.calling_phone_number, one.called_phone_number) for one in found.values()]
    assert told == [
        (Direction.IN, "493023125017", "493023125100"),
        (Direction.OUT, "493023125017", "201"),
        (Direction.OUT, "493023125017", "202"),
    ]
    assert {one.virtual_phone_number for one in found.values()} == {"493023125100"}
    assert {one.contact_phone_number for one in found.values()} == {"493023125017"}
    assert {(one.scenario_id, one.scenario_name) for one in found.values()} == {(3, "Office hours")}


def test_numbers_of_an_outgoing_calls_legs() -> None:
    found = legs(
        leg("b", "SIP/bob-1", 0, 9, 3, dialled="+49 30 23125044"),
        leg("c", "SIP/trunk-1", 1, 9, 3),
        bridged(3, 9, "b", "c"),
    )
    told = [(one.direction, one.calling_phone_number, one.called_phone_number) for one in found.values()]
    assert told == [(Direction.IN, "201", "493023125044"), (Direction.OUT, None, "493023125044")]


def test_a_leg_that_is_said_to_dial_its_own_number_is_called_there() -> None:
    found = legs(caller(9), leg("b", "SIP/bob-1", 1, 9, 3, dialled="201"), leg("d", "SIP/carol-1", 4, 9, dialled="*8"))
    told = [(one.direction, one.calling_phone_number, one.called_phone_number) for one in found.values()]
    assert told[1:] == [(Direction.OUT, "493023125017", "201"), (Direction.IN, "202", "*8")]


def test_whose_leg_it_is() -> None:
    found = legs(TRANSFERRED, leg("door", "SIP/door-1", 2, 3, number="77"))
    told = [(one.party, one.is_operator, one.employee_id, one.employee_phone_number) for one in found.values()]
    assert told == [
        ("contact", False, None, None),
        ("employee", True, 1, "201"),
        ("other", False, None, None),
        ("employee", True, 2, "202"),
    ]


def test_a_transfer_made_the_leg_that_it_led_to() -> None:
    assert {key: one.is_transfered for key, one in legs(TRANSFERRED).items()} == {"c": False, "b": False, "d": True}


def test_a_colleague_who_was_consulted_before_the_transfer_got_it_by_the_transfer() -> None:
    found = legs(
        caller(60),
        leg("b", "SIP/bob-1", 1, 30, 5),
        leg("d", "SIP/carol-1", 20, 60, 22),
        bridged(5, 20, "c", "b"),
        bridged(30, 60, "c", "d"),
        [event(30, Happening.TRANSFERRED, "b")],
    )
    assert [one.is_transfered for one in found.values()] == [False, False, True]


@pytest.mark.parametrize(("taker", "is_transfered"), [("SIP/carol-1", True), ("SIP/bob-2", False)])
def test_who_takes_a_parked_call_of_another_got_it_by_a_transfer(taker: str, is_transfered: bool) -> None:
    found = legs(
        caller(60),
        leg("b", "SIP/bob-1", 1, 30, 5),
        leg("d", taker, 38, 60, 40),
        bridged(5, 30, "c", "b"),
        [event(31, Happening.PARKED, "c")],
        bridged(40, 60, "c", "d"),
    )
    assert found["d"].is_transfered is is_transfered


def test_who_listens_in_is_a_coach() -> None:
    found = legs(TRANSFERRED, leg("s", "SIP/201-9", 10, 20, 11), [event(11, Happening.ANSWERED, "s", coaches=True)])
    assert {key for key, one in found.items() if one.is_coach} == {"s"}


def test_the_halves_of_a_wire_are_no_legs_unless_a_party_stands_there() -> None:
    halves = [
        *leg("w1", "Local/x@y-1;1", 1, 9, wire="Local/x@y-1"),
        *leg("w2", "Local/x@y-1;2", 1, 9, wire="Local/x@y-1"),
    ]
    assert set(legs(caller(9), halves)) == {"c"}
    listed = [
        *leg("w1", "SIP/bob-1;1", 1, 9, 3, wire="SIP/bob-1"),
        *leg("w2", "SIP/bob-1;2", 1, 9, wire="SIP/bob-1"),
    ]
    assert set(legs(caller(9), listed)) == {"c", "w1"}


@pytest.mark.parametrize(
    ("cause", "code", "description"),
    [(16, 16, "Normal call clearing"), (17, 17, "User busy"), (0, None, None), (None, None, None), (126, 126, None)],
)
def test_the_release_cause_has_the_standards_name(cause: int | None, code: int | None, description: str | None) -> None:
    found = legs(caller(9), leg("b", "SIP/bob-1", 1, 9, cause=cause))["b"]
    assert (found.release_cause_code, found.release_cause_description) == (code, description)


def test_the_table_of_causes_is_the_standards() -> None:
    unassigned = {10, 11, 12, 13, 15, 32, 33, 35, 36, 37, 45, 48, 51, 52, 54, 56, 59, 60, 61, 64, 67, 68, 89}
    unassigned |= {*range(71, 79), 80, *range(92, 95), *range(104, 110), *range(112, 127)}
    assert set(CAUSES) == set(range(1, 128)) - unassigned


TALK = [*leg("b", "SIP/bob-1", 1, 9, 3), *bridged(3, 9, "c", "b")]
RUNG: dict[str, Any] = {"key": "b", "channel": "SIP/bob-1", "begin": 1, "end": 9}


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([caller(9), leg(**RUNG, cause=17)], FinishReason.OPERATOR_BUSY),
        ([caller(9), leg(**RUNG, cause=19)], FinishReason.OPERATOR_NOT_RESPONSIBLE),
        ([caller(9), leg(**RUNG, cause=20)], FinishReason.SIP_OFFLINE),
        ([caller(9), leg(**RUNG, cause=21)], FinishReason.OPERATOR_DISCONNECTS),
        ([caller(9), leg(**RUNG, cause=26)], FinishReason.ANOTHER_OPERATOR_ANSWER),
        ([caller(9), leg(**RUNG, cause=28)], FinishReason.OPERATOR_NUMBER_PROBLEMS),
        ([caller(9), leg(**RUNG, cause=34)], FinishReason.OPERATOR_NUMBER_PROBLEMS),
        ([caller(9), leg(**RUNG, cause=16)], FinishReason.TIMEOUT),
        ([caller(9, hung_up_by="SIP/trunk-1"), leg(**RUNG, cause=16)], FinishReason.SUBSCRIBER_DISCONNECTS),
        ([caller(30, hung_up_by="SIP/trunk-1"), leg(**RUNG, cause=16)], FinishReason.TIMEOUT),
        ([caller(30), leg(**RUNG), leg("d", "SIP/carol-1", 1, 30, 9)], FinishReason.ANOTHER_OPERATOR_ANSWER),
        ([caller(30), leg(**RUNG), leg("d", "SIP/carol-1", 9, 30, 12)], FinishReason.TIMEOUT),
        ([caller(9), leg(**RUNG, answer=3, hung_up_by="SIP/trunk-1")], FinishReason.SUBSCRIBER_DISCONNECTS),
        ([caller(9), leg(**RUNG, answer=3, hung_up_by="SIP/bob-1")], FinishReason.OPERATOR_DISCONNECTS),
        ([caller(9, hung_up_by="SIP/trunk-1"), TALK], FinishReason.SUBSCRIBER_DISCONNECTS),
        ([caller(9), leg(**RUNG, answer=3)], FinishReason.SUCCESS_FINISH),
        ([TRANSFERRED], FinishReason.TRANSFER_DISCONNECTS),
    ],
)
def test_why_an_employees_leg_ended(parts: list[list[CallEvent]], reason: FinishReason) -> None:
    found = legs(*parts)["b"]
    assert (found.finish_reason, found.finish_reason_description) == (reason, reason.label)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (17, FinishReason.SUBSCRIBER_BUSY),
        (18, FinishReason.SUBSCRIBER_NOT_RESPONSIBLE),
        (1, FinishReason.SUBSCRIBER_NUMBER_PROBLEMS),
        (21, FinishReason.SUBSCRIBER_DISCONNECTS),
        (16, FinishReason.NO_SUCCESS_SUBSCRIBER_CALL),
    ],
)
def test_why_a_contact_was_not_reached(cause: int, reason: FinishReason) -> None:
    tried = leg("c", "SIP/trunk-1", 1, 9, cause=cause)
    assert legs(leg("b", "SIP/bob-1", 0, 9), tried)["c"].finish_reason is reason


def test_a_first_try_keeps_its_own_reason_when_the_second_one_is_answered() -> None:
    found = legs(
        leg("b", "SIP/bob-1", 0, 60, 3),
        leg("c1", "SIP/trunk-1", 1, 9, cause=34),
        leg("c2", "SIP/trunk-2", 10, 60, 20, hung_up_by="SIP/trunk-2"),
        bridged(20, 60, "b", "c2"),
    )
    assert found["c1"].finish_reason is FinishReason.NO_SUCCESS_SUBSCRIBER_CALL
    assert found["c2"].finish_reason is FinishReason.SUBSCRIBER_DISCONNECTS


def test_the_caller_has_the_sessions_reason() -> None:
    found = session(caller(9), leg("b", "SIP/bob-1", 1, 9, cause=17))
    assert found.legs[0].finish_reason is found.finish_reason is FinishReason.OPERATOR_BUSY
