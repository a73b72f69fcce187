"""Puts a call session together of what is known of a call, however that became known; pure, without input or output."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.directory import VirtualNumber
from ringledger.calls.durations import whole_seconds
from ringledger.calls.phone_numbers import place
from ringledger.calls.session import CallLeg, CallSession, Exact, Participant, RemoteRecording

Person = tuple[int, str]
"""Id and full name of an employee."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call: moments in microseconds; `answered` and `talked` are employees by when they did.

    `entry` is what the directory says of the virtual number.
    """

    key: str
    start: int
    finish: int | None
    is_complete: bool
    direction: Direction
    is_lost: bool | None
    is_transfer: bool
    finish_reason: FinishReason | None
    contact: str | None
    virtual: str | None
    entry: VirtualNumber
    employees: tuple[Participant, ...]
    answered: Sequence[Person]
    talked: Sequence[Person]
    operator_phone_number: str | None
    legs: tuple[CallLeg, ...]
    exact: Exact
    recordings: tuple[str, ...] = ()
    downloads: tuple[RemoteRecording, ...] = ()
    rating: int | None = None


def compose(facts: Facts) -> CallSession:
    """The session of a call."""
    home = place(facts.contact)
    entry, exact = facts.entry, facts.exact
    first_answered, last_answered = _ends(facts.answered)
    first_talked, last_talked = _ends(facts.talked)
    return CallSession(
        key=facts.key,
        start=facts.start,
        finish=facts.finish,
        is_complete=facts.is_complete,
        direction=facts.direction,
        source=Source.VA,
        is_lost=facts.is_lost,
        is_transfer=facts.is_transfer,
        finish_reason=facts.finish_reason,
        contact_phone_number=facts.contact,
        cpn_region_id=home.region_id,
        cpn_region_name=home.region_name,
        cpn_country_id=home.country_id,
        cpn_country_name=home.country_name,
        virtual_phone_number=facts.virtual,
        wait_duration=_seconds(exact.wait),
        total_wait_duration=_seconds(exact.total_wait),
        talk_duration=_seconds(exact.talk),
        clean_talk_duration=_seconds(exact.clean_talk),
        total_duration=_seconds(exact.total),
        postprocess_duration=_seconds(exact.postprocess),
        employees=facts.employees,
        first_answered_employee_id=first_answered[0],
        first_answered_employee_full_name=first_answered[1],
        last_answered_employee_id=last_answered[0],
        last_answered_employee_full_name=last_answered[1],
        first_talked_employee_id=first_talked[0],
        first_talked_employee_full_name=first_talked[1],
        last_talked_employee_id=last_talked[0],
        last_talked_employee_full_name=last_talked[1],
        operator_phone_number=facts.operator_phone_number,
        scenario_id=entry.scenario_id,
        scenario_name=entry.scenario_name,
        site_id=entry.site_id,
        site_domain_name=entry.site_domain_name,
        campaign_id=entry.campaign_id,
        campaign_name=entry.campaign_name,
        recordings=facts.recordings,
        downloads=facts.downloads,
        rating=facts.rating,
        legs=facts.legs,
        exact=exact,
    )


def _ends(people: Sequence[Person]) -> tuple[Person | tuple[None, None], Person | tuple[None, None]]:
    """The first and the last."""
    return (people[0], people[-1]) if people else ((None, None), (None, None))


def _seconds(microseconds: int | None) -> int | None:
    return None if microseconds is None else whole_seconds(microseconds)
