"""The rules of the derived fields, on calls told in seconds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ringledger.calls.assembly import assemble
from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.derivation import derive
from ringledger.calls.directory import Directory, Employee, External, VirtualNumber
from ringledger.calls.events import CallEvent, Happening
from ringledger.calls.session import CallSession

SALES = VirtualNumber("+493023125100", 3, "Office hours", 4, "example.com", 5, "Spring")
WHO = Directory(
    (Employee(1, "Bob", ("201", "+491510000001"), ("SIP/bob",)), Employee(2, "Carol", ("202",), ("SIP/carol",))),
    (External(None, ("SIP/trunk",)),),
    (SALES,),
)


def event(seconds: float, kind: Happening, leg: str, **more: Any) -> CallEvent:
    return CallEvent(time=round(seconds * 1_000_000), kind=kind, leg=leg, call_key="k", **more)


def leg(key: str, channel: str, begin: float, end: float | None, answer: float | None = None, **more: Any) -> Any:
    told = {name: more.pop(name) for name in ("number", "dialled", "wire") if name in more}
    events = [event(begin, Happening.STARTED, key, channel=channel, **told)]
    if answer is not None:
        events.append(event(answer, Happening.ANSWERED, key))
    if end is not None:
        events.append(event(end, Happening.ENDED, key, **more))
    return events


def bridged(begin: float, end: float, *legs: str) -> list[CallEvent]:
    bridge = f"{begin}"
    return [
        made
        for key in legs
        for made in (
            event(begin, Happening.JOINED, key, bridge=bridge),
            event(end, Happening.LEFT, key, bridge=bridge),
        )
    ]


def caller(end: float | None, **more: Any) -> Any:
    return leg("c", "SIP/trunk-1", 0, end, number="+493023125017", dialled="+493023125100", **more)


def session(*parts: list[CallEvent]) -> CallSession:
    call = assemble([made for part in parts for made in part], WHO)
    assert call is not None
    return derive(call, WHO)


TRANSFERRED = [
    *caller(60.4),
    *leg("b", "SIP/bob-1", 1, 30, 5),
    *leg("d", "SIP/carol-1", 30, 63.5, 40),
    *bridged(5, 30, "c", "b"),
    *bridged(40, 60, "c", "d"),
    event(29, Happening.TRANSFERRED, "b"),
]


def test_durations_are_worked_out_exactly_and_rounded_at_the_end() -> None:
    found = session(TRANSFERRED)
    exact = msgspec.to_builtins(found.exact)
    assert exact == {
        "total": 63_500_000,
        "wait": 5_000_000,
        "total_wait": 15_400_000,
        "talk": 55_000_000,
        "clean_talk": 45_000_000,
        "postprocess": 3_100_000,
    }
    assert (found.total_duration, found.wait_duration, found.total_wait_duration) == (64, 5, 15)
    assert (found.talk_duration, found.clean_talk_duration, found.postprocess_duration) == (55, 45, 3)
    assert (found.start, found.finish) == (0, 63_500_000)


def test_without_a_conversation_the_contact_waited_all_the_time() -> None:
    found = session(caller(20), leg("b", "SIP/bob-1", 1, 20))
    assert found.is_lost is True
    assert (found.wait_duration, found.total_wait_duration, found.total_duration) == (20, 20, 20)
    assert (found.talk_duration, found.clean_talk_duration, found.postprocess_duration) == (0, 0, None)


def test_a_call_under_way_tells_what_is_known() -> None:
    ringing = session(caller(None), leg("b", "SIP/bob-1", 1, None))
    assert not ringing.is_complete
    assert {ringing.finish, ringing.finish_reason, ringing.total_duration, ringing.wait_duration} == {None}
    assert ringing.is_lost is None
    talking = session(
        caller(None),
        leg("b", "SIP/bob-1", 1, None, 4),
        bridged(4, 9, "b"),
        [event(4, Happening.JOINED, "c", bridge="4")],
    )
    assert (talking.wait_duration, talking.is_lost, talking.total_duration) == (4, False, None)


def test_numbers_and_what_the_virtual_number_belongs_to() -> None:
    found = session(TRANSFERRED)
    assert (found.contact_phone_number, found.virtual_phone_number) == ("493023125017", "493023125100")
    assert (found.scenario_id, found.scenario_name) == (3, "Office hours")
    assert (found.site_id, found.site_domain_name) == (4, "example.com")
    assert (found.campaign_id, found.campaign_name) == (5, "Spring")
    assert (found.key, found.direction, found.source) == ("k", Direction.IN, Source.VA)


def test_an_employees_call_goes_out_to_the_number_dialled() -> None:
    found = session(
        leg("b", "SIP/bob-1", 0, 9, 3, dialled="+49 30 23125044"),
        leg("c", "SIP/trunk-1", 1, 9, 3),
        bridged(3, 9, "b", "c"),
    )
    assert (found.direction, found.contact_phone_number) == (Direction.OUT, "493023125044")
    assert found.virtual_phone_number is None


def test_numbers_are_read_as_one_dials_them_in_the_country() -> None:
    who = msgspec.structs.replace(WHO, country="DE", employees=(Employee(1, "Bob", ("0151 00000001",), ("SIP/bob",)),))
    told = [
        *leg("c", "SIP/trunk-1", 0, 9, number="030/23125017", dialled="030 23125100"),
        *leg("b", "SIP/bob-1", 1, 9, 3),
        *bridged(3, 9, "c", "b"),
    ]
    call = assemble(told, who)
    assert call is not None
    found = derive(call, who)
    assert (found.contact_phone_number, found.virtual_phone_number) == ("493023125017", "493023125100")
    assert (found.scenario_id, found.campaign_name) == (3, "Spring")
    assert [one.called_phone_number for one in found.legs] == ["493023125100", found.operator_phone_number]


def test_the_contacts_number_tells_where_it_is_from() -> None:
    found = session(TRANSFERRED)
    assert (found.cpn_country_id, found.cpn_country_name, found.cpn_region_name) == ("DE", "Germany", "Berlin")
    assert found.cpn_region_id is not None
    withheld = session(leg("c", "SIP/trunk-1", 0, 9, number="anonymous", dialled="s"))
    assert {withheld.cpn_country_id, withheld.cpn_country_name, withheld.cpn_region_id, withheld.cpn_region_name} == {
        None
    }


@pytest.mark.parametrize("withheld", ["anonymous", "", "Restricted", "<unknown>"])
def test_a_withheld_number_is_no_number(withheld: str) -> None:
    found = session(leg("c", "SIP/trunk-1", 0, 9, number=withheld, dialled="s"))
    assert (found.contact_phone_number, found.virtual_phone_number) == (None, None)


def test_first_and_last_employees_go_by_answer_and_by_conversation() -> None:
    found = session(TRANSFERRED)
    assert (found.first_answered_employee_id, found.last_answered_employee_id) == (1, 2)
    assert (found.first_talked_employee_full_name, found.last_talked_employee_full_name) == ("Bob", "Carol")
    assert found.operator_phone_number == "202"


def test_everyone_rung_is_named_once_in_ring_order() -> None:
    found = session(
        caller(50),
        leg("d", "SIP/carol-1", 1, 10),
        leg("b1", "SIP/bob-1", 2, 10),
        leg("b2", "SIP/bob-2", 12, 50, 20),
        bridged(20, 50, "c", "b2"),
    )
    people = [(one.employee_full_name, one.is_answered, one.is_talked) for one in found.employees]
    assert people == [("Carol", False, False), ("Bob", True, True)]
    assert found.operator_phone_number == "201"


def test_the_operator_number_is_the_talking_legs_own_where_the_employee_has_it() -> None:
    mobile = leg("m", "SIP/trunk-2", 2, 9, 3, number="+491510000001")
    assert session(caller(9), mobile, bridged(3, 9, "c", "m")).operator_phone_number == "491510000001"


def test_who_was_rung_last_is_the_operator_where_nobody_talked() -> None:
    found = session(caller(50), leg("b", "SIP/bob-1", 1, 10), leg("d", "SIP/carol-1", 11, 20))
    assert found.operator_phone_number == "202"
    assert session(caller(9)).operator_phone_number is None


def test_a_move_by_a_person_is_a_transfer_and_routing_is_not() -> None:
    assert session(TRANSFERRED).is_transfer
    assert not session([made for made in TRANSFERRED if made.kind is not Happening.TRANSFERRED]).is_transfer


@pytest.mark.parametrize(("taker", "is_transfer"), [("SIP/carol-1", True), ("SIP/bob-2", False)])
def test_a_parked_call_is_a_transfer_when_a_colleague_takes_it(taker: str, is_transfer: bool) -> None:
    found = session(
        caller(60),
        leg("b", "SIP/bob-1", 1, 30, 5),
        leg("d", taker, 38, 60, 40),
        bridged(5, 30, "c", "b"),
        [event(31, Happening.PARKED, "c")],
        bridged(40, 60, "c", "d"),
    )
    assert found.is_transfer is is_transfer


def test_legs_carry_their_party_and_its_conversations() -> None:
    contact, bob, carol = session(TRANSFERRED).legs
    assert [one.party for one in (contact, bob, carol)] == ["contact", "employee", "employee"]
    assert contact.conversations == ((5_000_000, 30_000_000), (40_000_000, 60_000_000))
    assert (bob.employee_id, bob.answer) == (1, 5_000_000)
    assert carol.conversations == ((40_000_000, 60_000_000),)


TALK = [*leg("b", "SIP/bob-1", 1, 9, 3), *bridged(3, 9, "c", "b")]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([caller(9, hung_up_by="SIP/trunk-1"), TALK], FinishReason.SUBSCRIBER_DISCONNECTS),
        ([caller(9, hung_up_by="SIP/bob-1"), TALK], FinishReason.OPERATOR_DISCONNECTS),
        ([caller(9.1), TALK], FinishReason.OPERATOR_DISCONNECTS),
        ([caller(9, hung_up_by="dialplan/builtin"), TALK], FinishReason.SUCCESS_FINISH),
        ([caller(9)], FinishReason.NO_OPERATION),
        ([caller(9, hung_up_by="SIP/trunk-1")], FinishReason.DISCONNECT_BEFORE_CALL_PROCESSING),
        (
            [caller(9, hung_up_by="SIP/trunk-1"), leg("b", "SIP/bob-1", 1, 9, cause=16)],
            FinishReason.SUBSCRIBER_DISCONNECTS,
        ),
        ([caller(9, dial_status="CANCEL"), leg("b", "SIP/bob-1", 1, 9)], FinishReason.SUBSCRIBER_DISCONNECTS),
        ([caller(9), leg("b", "SIP/bob-1", 1, 9, cause=17)], FinishReason.OPERATOR_BUSY),
        ([caller(9), leg("b", "SIP/bob-1", 1, 9, cause=19)], FinishReason.OPERATOR_NOT_RESPONSIBLE),
        ([caller(9), leg("b", "SIP/bob-1", 1, 9, cause=20)], FinishReason.SIP_OFFLINE),
        (
            [caller(9, dial_status="CONGESTION"), leg("b", "SIP/bob-1", 1, 9, cause=34)],
            FinishReason.OPERATOR_NUMBER_PROBLEMS,
        ),
        ([caller(9), leg("b", "SIP/bob-1", 1, 9)], FinishReason.TIMEOUT),
        ([leg("b", "SIP/bob-1", 0, 9), leg("c", "SIP/trunk-1", 1, 9, cause=17)], FinishReason.SUBSCRIBER_BUSY),
        (
            [leg("b", "SIP/bob-1", 0, 9), leg("c", "SIP/trunk-1", 1, 9, cause=18)],
            FinishReason.SUBSCRIBER_NOT_RESPONSIBLE,
        ),
        (
            [leg("b", "SIP/bob-1", 0, 9), leg("c", "SIP/trunk-1", 1, 9, cause=1)],
            FinishReason.SUBSCRIBER_NUMBER_PROBLEMS,
        ),
        (
            [leg("b", "SIP/bob-1", 0, 9, dial_status="CANCEL"), leg("c", "SIP/trunk-1", 1, 9)],
            FinishReason.OPERATOR_DISCONNECTS,
        ),
        ([leg("b", "SIP/bob-1", 0, 9), leg("c", "SIP/trunk-1", 1, 9)], FinishReason.NO_SUCCESS_SUBSCRIBER_CALL),
    ],
)
def test_the_finish_reason_tells_who_ended_the_call_or_why_nobody_talked(
    parts: list[list[CallEvent]], reason: FinishReason
) -> None:
    assert session(*parts).finish_reason is reason
