"""FreeSWITCH records that are rare or hostile: attended transfers, queues, conferences, loopbacks, broken JSON."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from ringledger.calls.assembly import group
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Directory, Employee, External
from ringledger.calls.events import RejectedLine
from ringledger.calls.session import CallSession
from ringledger.intake import freeswitch

WHO = Directory(
    (
        Employee(1, "Bob", ("1002",), ("sofia/internal/1002",)),
        Employee(2, "Carol", ("1003",), ("sofia/internal/1003",)),
    ),
    (External(None, ("sofia/external",)),),
)
BASE = 1_773_135_900
CONTACT = "sofia/external/493023125017@sbc"
BOB = "sofia/internal/1002@pbx"
CAROL = "sofia/internal/1003@pbx"


def at(second: float) -> str:
    return str(int((BASE + second) * 1_000_000))


def number(channel: str) -> str:
    return channel.rpartition("/")[2].partition("@")[0]


def profile(
    index: int = 1, callees: tuple[tuple[str, str], ...] = (), dialled: str = "100", **times: float
) -> dict[str, Any]:
    profiles = [{"uuid": uuid, "chan_name": name, "destination_number": number(name)} for uuid, name in callees]
    return {
        "profile_index": str(index),
        "caller_profile": {
            "caller_id_number": "493023125017",
            "destination_number": dialled,
            "originatee": {"originatee_caller_profiles": profiles},
        },
        "times": {f"{name}_time": at(value) for name, value in times.items()},
    }


def record(uuid: str, channel: str, start: float, end: float, *flow: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A leg's record; `answer` and `bridge` in seconds, everything else is a variable."""
    stamps = {name: at(more.pop(name)) if name in more else "0" for name in ("answer", "bridge")}
    return {
        "variables": {
            "uuid": uuid,
            "direction": "inbound",
            "channel_name": channel,
            "start_uepoch": at(start),
            "end_uepoch": at(end),
            **{f"{name}_uepoch": stamp for name, stamp in stamps.items()},
            "hangup_cause": "NORMAL_CLEARING",
            **more,
        },
        "callflow": list(reversed(flow)),
    }


def called(uuid: str, channel: str, originator: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    own = profile(dialled=number(channel), created=start)
    return record(uuid, channel, start, end, own, direction="outbound", originator=originator, **more)


def sessions(*records: dict[str, Any]) -> list[CallSession]:
    """The sessions of the records, which must be the same in every order and when records come twice."""
    events = [freeswitch.recorded(json.dumps(one).encode()) for one in records]
    found = [
        [session for tied in group([*order, *order[:2]]) for session in freeswitch.sessions(tied, WHO)]
        for order in itertools.islice(itertools.permutations(events), 24)
    ]
    assert all(other == found[0] for other in found)
    return found[0]


def test_an_attended_transfer_joins_four_legs_to_one_session() -> None:
    """Bob calls Carol on a second line and hands the contact over: the consultation is no conversation."""
    (session,) = sessions(
        record("a", CONTACT, 0, 60, profile(callees=(("b1", BOB),), created=0, answered=4, bridged=30),
               answer=4, bridge=30, last_bridge_to="c", originate_causes="b1;NONE", originated_legs="b1;x;1002",
               transfer_history=f"{BASE + 30}:x:uuid_br:c", sip_hangup_disposition="recv_bye"),
        called("b1", BOB, "a", 1, 30, answer=4, bridge=4, last_bridge_to="a", hangup_cause="ATTENDED_TRANSFER",
               hold_events="{{" + at(15) + "," + at(29) + "}}"),
        record("b2", BOB, 16, 30, profile(callees=(("c", CAROL),), created=16, answered=20, bridged=20),
               answer=20, bridge=20, last_bridge_to="c"),
        called("c", CAROL, "b2", 17, 60, answer=20, bridge=30, last_bridge_to="a", sip_hangup_disposition="send_bye"),
    )  # fmt: skip
    assert (session.key, session.is_transfer, session.finish_reason) == (
        "a", True, FinishReason.SUBSCRIBER_DISCONNECTS
    )  # fmt: skip
    assert [(one.employee_full_name, one.is_talked) for one in session.employees] == [("Bob", True), ("Carol", True)]
    assert (session.wait_duration, session.talk_duration, session.clean_talk_duration) == (4, 56, 11 + 1 + 30)
    assert session.total_duration == 60


def test_an_outgoing_call_that_is_handed_on_lasts_until_its_last_conversation() -> None:
    (session,) = sessions(
        record("a", BOB, 0, 20, profile(callees=(("k", CONTACT),), created=0, answered=5, bridged=5),
               answer=5, bridge=5, last_bridge_to="k", hangup_cause="BLIND_TRANSFER"),
        called("k", CONTACT, "a", 1, 50, answer=5, bridge=25, last_bridge_to="c",
               sip_hangup_disposition="send_bye"),
        called("c", CAROL, "k", 21, 50, answer=25, bridge=25, last_bridge_to="k", sip_hangup_disposition="recv_bye"),
    )  # fmt: skip
    assert (session.direction, session.is_transfer, session.total_duration) == (Direction.OUT, True, 50)
    assert session.finish_reason is FinishReason.OPERATOR_DISCONNECTS
    assert [one.employee_full_name for one in session.employees] == ["Bob", "Carol"]


def test_a_queue_that_rings_agents_one_after_another_is_one_session_and_no_transfer() -> None:
    """mod_callcenter calls agents on its own: only cc_member_session_uuid ties a failed attempt to the caller."""
    agent = {"direction": "outbound", "cc_side": "agent", "cc_member_session_uuid": "m"}
    (session,) = sessions(
        record("m", CONTACT, 0, 90, profile(created=0, answered=1, bridged=30), answer=1, bridge=30, last_bridge_to="c",
               cc_side="member", cc_queue="support@default", transfer_history=f"{BASE + 30}:x:uuid_br:c",
               sip_hangup_disposition="recv_bye"),
        record("b", BOB, 5, 20, profile(dialled="1002", created=5), hangup_cause="NO_ANSWER", **agent),
        record("c", CAROL, 21, 90, profile(created=21), answer=30, bridge=30, last_bridge_to="m", **agent),
    )  # fmt: skip
    assert (session.direction, session.is_transfer, session.is_lost) == (Direction.IN, False, False)
    assert [(one.employee_full_name, one.is_answered) for one in session.employees] == [("Bob", False), ("Carol", True)]
    assert (session.wait_duration, session.talk_duration) == (30, 60)
    assert [leg.group_name for leg in session.legs] == [None, "support", "support"]


def test_a_caller_who_gives_up_in_a_queue_is_lost() -> None:
    (session,) = sessions(
        record("m", CONTACT, 0, 40, profile(created=0, answered=1), answer=1, cc_side="member",
               cc_cancel_reason="BREAK_OUT", sip_hangup_disposition="recv_bye"),
        record("b", BOB, 5, 40, profile(created=5), direction="outbound", cc_member_session_uuid="m",
               hangup_cause="ORIGINATOR_CANCEL"),
    )  # fmt: skip
    assert (session.is_lost, session.finish_reason) == (True, FinishReason.SUBSCRIBER_DISCONNECTS)
    assert (session.wait_duration, session.talk_duration) == (40, 0)


def test_an_attempt_of_a_queue_waits_for_the_callers_record() -> None:
    assert sessions(
        record("b", BOB, 5, 20, profile(created=5), direction="outbound", cc_member_session_uuid="m")
    ) == []  # fmt: skip


def test_an_announcement_that_is_answered_and_routed_on_is_no_transfer() -> None:
    (session,) = sessions(
        record("a", CONTACT, 0, 60, profile(1, created=0, answered=1, transfer=10),
               profile(2, (("b", BOB),), created=10, answered=1, bridged=20), answer=1, bridge=20, last_bridge_to="b",
               originate_causes="b;NONE", originated_legs="b;x;1002",
               transfer_history=f"{BASE + 10}:x:bl_xfer:1002/default/XML"),
    )  # fmt: skip
    assert (session.is_transfer, session.wait_duration, session.talk_duration) == (False, 20, 40)


def test_a_transfer_whose_first_conversation_only_the_answer_shows_is_told_from_one_record() -> None:
    (session,) = sessions(
        record("a", CONTACT, 0, 60, profile(callees=(("b", BOB),), created=0, answered=4, bridged=30),
               answer=4, bridge=30, last_bridge_to="c", bridge_channel=CAROL, originate_causes="b;NONE",
               originated_legs="b;x;1002", transfer_history=f"{BASE + 30}:x:att_xfer:1002@pbx/1003@pbx"),
    )  # fmt: skip
    assert (session.is_transfer, session.talk_duration, session.clean_talk_duration) == (True, 56, 56)
    assert [one.employee_full_name for one in session.employees] == ["Bob", "Carol"]


def test_devices_that_fail_are_told_in_ring_order_with_their_causes() -> None:
    (session,) = sessions(
        record("a", CONTACT, 0, 30, profile(callees=(("b", BOB), ("c", CAROL)), created=1),
               originated_legs="ARRAY::z;x;1003|:b;x;1002", hangup_cause="USER_BUSY", DIALSTATUS="BUSY",
               originate_causes="ARRAY::z;USER_BUSY|:b;USER_BUSY"),
    )  # fmt: skip
    assert [one.employee_full_name for one in session.employees] == ["Carol", "Bob"]
    assert [leg.release_cause_code for leg in session.legs if leg.party == "employee"] == [17, 17]
    assert session.finish_reason is FinishReason.OPERATOR_BUSY


def test_the_two_ends_of_a_loopback_are_one_wire() -> None:
    (session,) = sessions(
        record("a", CONTACT, 0, 30, profile(callees=(("l1", "loopback/1002-a"),), created=0, bridged=5),
               answer=5, bridge=5, last_bridge_to="l1"),
        called("l1", "loopback/1002-a", "a", 1, 30, answer=5, bridge=5, last_bridge_to="a",
               other_loopback_leg_uuid="l2"),
        record("l2", "loopback/1002-b", 1, 30, profile(callees=(("b", BOB),), created=1, bridged=5), answer=5, bridge=5,
               last_bridge_to="b", other_loopback_leg_uuid="l1"),
        called("b", BOB, "l2", 2, 30, answer=5, bridge=5, last_bridge_to="l2"),
    )  # fmt: skip
    assert (session.is_lost, session.talk_duration) == (False, 25)
    assert [one.employee_full_name for one in session.employees] == ["Bob"]


def test_legs_of_one_conference_talk_with_each_other() -> None:
    log = {"applications": [{"app_name": "conference", "app_stamp": at(10)}]}
    legs = [
        record(uuid, channel, start, end, profile(created=start, answered=start), answer=start, conference_uuid="k")
        for uuid, channel, start, end in (("a", CONTACT, 0, 60), ("b", BOB, 2, 50), ("c", CAROL, 5, 40))
    ]
    (session,) = sessions(*({**leg, "app_log": log} for leg in legs))
    assert (session.wait_duration, session.talk_duration) == (10, 40)
    assert [(one.employee_full_name, one.is_talked) for one in session.employees] == [("Bob", True), ("Carol", True)]


def test_who_hung_up_is_nobody_where_the_switch_ended_both_legs() -> None:
    (session,) = sessions(
        record("a", CONTACT, 0, 30, profile(callees=(("b", BOB),), created=0, bridged=5), bridge=5, last_bridge_to="b",
               sip_hangup_disposition="send_bye", hangup_cause="ALLOTTED_TIMEOUT"),
    )  # fmt: skip
    assert session.finish_reason is FinishReason.SUCCESS_FINISH


def test_a_record_without_a_callflow_and_with_seconds_only_is_enough() -> None:
    bare = {"uuid": "a", "channel_name": CONTACT, "start_epoch": str(BASE), "answer_epoch": str(BASE + 5),
            "bridge_epoch": str(BASE + 5), "end_epoch": BASE + 25, "last_bridge_to": "b", "bridge_channel": BOB,
            "hangup_cause": "NORMAL_CLEARING", "call_uuid": None}  # fmt: skip
    (session,) = sessions({"variables": bare})
    assert (session.total_duration, session.talk_duration) == (25, 20)


def test_of_two_records_of_one_leg_the_later_counts() -> None:
    short = record("a", CONTACT, 0, 10, profile(created=0))
    (session,) = sessions(short, record("a", CONTACT, 0, 20, profile(created=0)))
    assert session.total_duration == 20


GOOD = record("a", CONTACT, 0, 10, profile(created=0))


def changed(**variables: Any) -> str:
    return json.dumps({**GOOD, "variables": {**GOOD["variables"], **variables}})


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("nonsense", "not JSON: JSON is malformed: invalid character (byte 1)"),
        ('{"variables": ', "not JSON: Input data was truncated"),
        ("[" * 10_000, "the record is nested too deep"),
        ('{"variables": {"a": "\\ud800"}}', "not JSON: Input data was truncated"),
        ("[]", "the record is no object"),
        ("{}", "variables is missing"),
        ('{"variables": []}', "variables is no object"),
        ('{"variables": {}}', "variables.uuid is missing"),
        (changed(uuid="x" * 300), "variables.uuid is no identifier"),
        (changed(sip_from={"a": 1}), "variables.sip_from is no text"),
        (changed(start_uepoch="0"), "variables.start_uepoch is missing"),
        (changed(start_uepoch="yesterday"), "variables.start_uepoch 'yesterday' is no time"),
        (changed(end_uepoch="-5"), "variables.end_uepoch '-5' is no time"),
        (changed(end_uepoch="1"), "variables.end_uepoch is before variables.start_uepoch"),
        (changed(end_uepoch="9" * 17), "variables.end_uepoch is outside the years 1970 to 2105"),
        (json.dumps({**GOOD, "callflow": "x"}), "callflow is no array"),
        (json.dumps({**GOOD, "callflow": [1]}), "callflow.0 is no object"),
        (json.dumps({**GOOD, "callflow": [{"times": {"bridged_time": []}}]}),
         "callflow.0.times.bridged_time '[]' is no time"),
        (json.dumps({**GOOD, "callflow": [{"caller_profile": {"originatee": 5}}]}),
         "callflow.0.caller_profile.originatee is no object"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(broken: str, reason: str) -> None:
    (found,) = freeswitch.read([broken.encode()])
    assert isinstance(found, RejectedLine)
    assert (found.line, found.reason.partition(" (byte")[0]) == (1, reason.partition(" (byte")[0])


def test_random_damage_never_ends_the_reading() -> None:
    rng = random.Random(5)
    whole = json.dumps(GOOD).encode()
    for _ in range(500):
        torn = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            torn[rng.randrange(len(torn))] = rng.randrange(256)
        assert list(freeswitch.read([bytes(torn[: rng.randint(1, len(torn))])])) or not torn.strip()
