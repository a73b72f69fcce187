"""Real SIP traffic through a real Kamailio comes into the reports by the configuration that docs/kamailio ships."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.cli.sip import (
    acknowledges,
    answers,
    asks,
    finish,
    gets_through,
    gives_up,
    hears,
    is_called,
    marks,
    pause,
    replies,
    takes_refusal,
    wait_for,
)
from tests.cli.switchboard import Site

pytestmark = pytest.mark.kamailio

OFFICE = "442079460101"
HOSTILE_CALLER = '"\\\\\\"}<" <sip:+442079461209%22}{%5C\'é;ext=1@there.example>'
HOSTILE_NUMBER = 'x"},{"+209'
HOSTILE_CALL_ID = 'x"}{\\%u-%p@%s'
"""What breaks out of strings, where somebody lets it."""

A_SECOND = pause(1.1)
RINGS = [is_called(), replies(180)]
ANSWERS = [*RINGS, A_SECOND, replies(200), hears("ACK")]
IS_CANCELLED = [*RINGS, hears("CANCEL"), answers(200), replies(487), hears("ACK")]
GETS_THROUGH = [hears(180, maybe=True), hears(180, maybe=True), gets_through(), acknowledges()]
HANGS_UP = [A_SECOND, asks("BYE", 9), hears(200)]
IS_LEFT = [hears("BYE"), answers(200)]
HOLDS = [asks("INVITE", 2, called=True, direction="sendonly"), hears(100, maybe=True), hears(200)]
GOES_ON = [asks("INVITE", 3, called=True, direction="sendrecv"), hears(100, maybe=True), hears(200)]
REFERS = [asks("REFER", 4, called=True, header="Refer-To: <sip:202@phones.example>\n"), hears(202)]
LEAVES = [asks("BYE", 9, called=True, header='Reason: Q.850;cause=31;text="Normal"\n'), hears(200)]


def refused(number: str, status: int) -> list[str]:
    """What a caller does whose call is not answered."""
    return [hears(180, maybe=True), hears(status), takes_refusal(number)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server and a proxy for all tests of this file."""
    made = Site(tmp_path_factory.mktemp("kamailio"))
    try:
        made.serve()
        made.proxy.start()
        yield made
    finally:
        made.close()


Happened = Callable[[int], dict[str, Any]]


@pytest.fixture(scope="module")
def happened(site: Site) -> Happened:
    """All kinds of calls happen; gives the session with the contact whose number ends so."""
    proxy = site.proxy
    busy = [proxy.line([is_called(), replies(486), hears("ACK")]), site.goes_out(212, *refused("+442079461212", 486))]
    finish(busy)
    held = [A_SECOND, *HOLDS, acknowledges(2, called=True), pause(1.5), *GOES_ON, acknowledges(3, called=True)]
    left = [hears(180), A_SECOND, gives_up("+442079460204"), hears(200, maybe=True), *refused("204", 487)]
    asks_for_password = [is_called(), replies(407), hears("ACK"), is_called()]
    knows_password = [*refused("+442079461211", 407), site.call_out(211, sequence=2), hears(100, maybe=True)]
    is_held = [hears("INVITE"), answers(200), hears("ACK")]
    parties = [
        proxy.line([*asks_for_password, A_SECOND, replies(200, sequence=2), hears("ACK"), *IS_LEFT]),
        proxy.phone("201", [*ANSWERS, *IS_LEFT]),
        proxy.phone("202", [*ANSWERS, A_SECOND, *LEAVES]),
        proxy.phone("203", [is_called(), replies(486), hears("ACK")]),
        proxy.phone("204", IS_CANCELLED),
        proxy.phone("206", IS_CANCELLED),
        proxy.phone("206", [*ANSWERS, *IS_LEFT]),
        proxy.phone("207", [*ANSWERS, *held, A_SECOND, *REFERS, *LEAVES]),
        proxy.phone("208", [is_called(), replies(480, "Reason: Q.850 ;cause=20\n"), hears("ACK")]),
        proxy.phone("209", [*ANSWERS, *IS_LEFT]),
        site.comes_in(201, *GETS_THROUGH, *HANGS_UP),
        site.comes_in(202, *GETS_THROUGH, *IS_LEFT),
        site.comes_in(203, *refused("203", 486)),
        site.comes_in(204, *left),
        site.comes_in(206, *GETS_THROUGH, *HANGS_UP),
        site.comes_in(207, *GETS_THROUGH, *is_held, *is_held, hears("REFER"), answers(202), *IS_LEFT),
        site.comes_in(208, *refused("208", 480)),
        site.calls_in(HOSTILE_CALLER, HOSTILE_NUMBER, *GETS_THROUGH, *HANGS_UP, call_id=HOSTILE_CALL_ID),
        site.comes_in(219, *refused("219", 404)),
        site.goes_out(211, *knows_password, gets_through(), acknowledges(2), *HANGS_UP),
    ]
    finish(parties)
    return site.session_with


def outcome(session: dict[str, Any]) -> tuple[str, bool, str, list[tuple[str, bool]]]:
    """Direction, whether lost, why over, and who was there with whether they talked."""
    there = [(one["employee_full_name"], one["is_talked"]) for one in session["employees"]]
    return session["direction"], session["is_lost"], session["finish_reason"], there


def legs(session: dict[str, Any]) -> list[tuple[bool, int | None, str]]:
    """Of each leg whether it is an employee's, its cause and why it ended."""
    found = [(leg["is_operator"], leg["release_cause_code"], leg["finish_reason"]) for leg in session["legs"]]
    return sorted(found, key=lambda leg: (leg[0], leg[1] or 0))


def talked(session: dict[str, Any]) -> bool:
    """Whether it rang and talked for a second each, without hold, as far as a busy machine can tell."""
    waited, talked, clean, total = (int(session[f"{of}_duration"]) for of in ("wait", "talk", "clean_talk", "total"))
    return waited >= 1 <= talked == clean < total


def test_a_contact_hangs_up(happened: Happened) -> None:
    session = happened(201)
    assert outcome(session) == ("in", False, "subscriber_disconnects", [("Phone 201", True)])
    assert session["virtual_phone_number"] == "442079460201"
    assert talked(session)
    assert legs(session) == [(False, 16, "subscriber_disconnects"), (True, 16, "subscriber_disconnects")]


def test_an_employee_hangs_up_for_a_reason(happened: Happened) -> None:
    session = happened(202)
    assert outcome(session) == ("in", False, "operator_disconnects", [("Phone 202", True)])
    assert talked(session)
    assert legs(session) == [(False, 31, "operator_disconnects"), (True, 31, "operator_disconnects")]


def test_a_phone_is_busy(happened: Happened) -> None:
    session = happened(203)
    assert outcome(session) == ("in", True, "operator_busy", [("Phone 203", False)])
    assert legs(session) == [(False, 17, "operator_busy"), (True, 17, "operator_busy")]


def test_a_contact_gives_up(happened: Happened) -> None:
    session = happened(204)
    assert outcome(session) == ("in", True, "subscriber_disconnects", [("Phone 204", False)])
    assert 1 <= session["wait_duration"] == session["total_duration"]
    assert legs(session) == [(False, None, "subscriber_disconnects"), (True, None, "subscriber_disconnects")]


def test_nobody_answers(site: Site) -> None:
    site.proxy.kill()
    site.proxy.start(ring_time=1100)
    finish([site.proxy.phone("205", IS_CANCELLED), site.comes_in(205, *refused("205", 408))])
    session = site.session_with(205)
    assert outcome(session) == ("in", True, "operator_not_responsible", [("Phone 205", False)])
    assert 1 <= session["wait_duration"] == session["total_duration"]
    assert legs(session) == [(False, 19, "operator_not_responsible"), (True, 19, "operator_not_responsible")]


def test_one_of_two_phones_answers(happened: Happened) -> None:
    session = happened(206)
    assert outcome(session) == ("in", False, "subscriber_disconnects", [("Phone 206", True)])
    assert talked(session)
    caller, answered, stopped = legs(session)
    assert [caller, answered] == [(False, 16, "subscriber_disconnects"), (True, 16, "subscriber_disconnects")]
    assert stopped == (True, 26, "another_operator_answer")


def test_a_hold_and_a_transfer_are_seen(happened: Happened) -> None:
    session = happened(207)
    assert outcome(session) == ("in", False, "operator_disconnects", [("Phone 207", True)])
    assert session["is_transfer"]
    assert 1 <= session["clean_talk_duration"] < session["talk_duration"] < session["total_duration"]
    assert (True, 31, "transfer_disconnects") in legs(session)


def test_a_reason_header_tells_the_cause(happened: Happened) -> None:
    session = happened(208)
    assert outcome(session) == ("in", True, "sip_offline", [("Phone 208", False)])
    assert legs(session) == [(False, 20, "sip_offline"), (True, 20, "sip_offline")]


def test_a_call_to_no_phone_is_over_at_once(happened: Happened) -> None:
    session = happened(219)
    assert outcome(session) == ("in", True, "no_operation", [])


def test_an_employee_calls_out_where_the_trunk_asks_for_a_password_first(happened: Happened) -> None:
    session = happened(211)
    assert outcome(session) == ("out", False, "operator_disconnects", [("Phone 211", True)])
    assert session["virtual_phone_number"] == OFFICE
    assert talked(session)
    assert [leg[:2] for leg in legs(session)] == [(False, None), (False, 16), (True, 16)]


def test_an_employee_calls_someone_who_is_busy(happened: Happened) -> None:
    session = happened(212)
    assert outcome(session) == ("out", True, "subscriber_busy", [("Phone 212", False)])
    assert legs(session) == [(False, 17, "subscriber_busy"), (True, 17, "subscriber_busy")]


def test_names_that_break_out_of_strings_do_not(happened: Happened, site: Site) -> None:
    assert not happened(201)["is_lost"]
    field = {"field": "virtual_phone_number", "operator": "=", "value": "x?},{?+209"}
    session = site.session(field)
    assert outcome(session) == ("in", False, "subscriber_disconnects", [("Phone 209", True)])
    assert session["contact_phone_number"] == "+442079461209%22}{%5C'??"
    assert [source["rejected_count"] for source in site.report("get.intake_sources", dated=False)] == [0]


def test_nothing_is_lost_and_nothing_twice_while_the_server_is_down_and_kamailio_is_killed(site: Site) -> None:
    proxy = site.proxy
    proxy.kill()
    proxy.start()
    talking, heard, ringing = (proxy.folder / name for name in ("talking", "heard", "ringing"))
    talks = proxy.phone("213", [*ANSWERS, marks(heard), *IS_LEFT])
    rings = proxy.phone("214", [*RINGS, marks(ringing), hears("INFO"), replies(200), hears("ACK"), *IS_LEFT])
    hangs_up = site.comes_in(213, *GETS_THROUGH, marks(talking), hears("INFO"), *HANGS_UP, call_id="call-213")
    parties = [talks, rings, hangs_up, site.comes_in(214, *GETS_THROUGH, *HANGS_UP, call_id="call-214")]
    wait_for(talking, heard, ringing)
    site.wait_until(lambda calls: calls.get("442079461213") is False and "442079461214" in calls)
    site.down()
    meanwhile = [
        proxy.phone("215", [*ANSWERS, *IS_LEFT]),
        proxy.phone("216", [is_called(), replies(486), hears("ACK")]),
        site.comes_in(215, *GETS_THROUGH, *HANGS_UP),
        site.comes_in(216, *refused("216", 486)),
    ]
    finish(meanwhile)
    waiting = proxy.waiting()
    assert waiting > 0
    proxy.kill()
    proxy.start()
    hangs_up.go_on("call-213", f"<sip:called@phones.example>;tag=to-{talks.port}")
    rings.go_on("call-214", "<sip:called@phones.example>")
    finish(parties)
    assert proxy.waiting() > waiting
    site.serve()
    for number in (213, 214, 215):
        session = site.session_with(number)
        assert outcome(session) == ("in", False, "subscriber_disconnects", [(f"Phone {number}", True)])
        assert session["talk_duration"] >= 1
    assert outcome(site.session_with(216)) == ("in", True, "operator_busy", [("Phone 216", False)])
    proxy.wait_until_all_is_told()
    assert site.token not in proxy.log.read_text()
