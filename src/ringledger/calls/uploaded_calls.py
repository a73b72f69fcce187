"""Calls that another system tells of as a whole, and the sessions that they make; pure, without input or output."""

from __future__ import annotations

import msgspec

from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.directory import Directory, VirtualNumber
from ringledger.calls.phone_numbers import e164, place
from ringledger.calls.session import CallSession, Exact, Participant

_SECOND = 1_000_000


class Named(msgspec.Struct, frozen=True):
    """An entry of the directory."""

    id: int
    name: str


class UploadedCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was told of a call: `start` and `finish` in Unix seconds, `uploaded` in microseconds, durations in seconds.

    `employees` talked with the contact in this order, or were rung where nobody talked. What was not told is None.
    """

    ext_id: str
    uploaded: int
    direction: Direction
    calling_phone_number: str
    called_phone_number: str
    start: int
    finish: int
    is_lost: bool
    is_transfer: bool = False
    wait_duration: int | None = None
    talk_duration: int | None = None
    employees: tuple[Named, ...] = ()
    site: Named | None = None
    campaign: Named | None = None


def derive_uploaded(call: UploadedCall, directory: Directory) -> CallSession:
    """The session of an uploaded call. It knows of no legs, and of no wait or talk that was not told."""
    incoming = call.direction is Direction.IN
    numbers = [e164(number, directory.country) for number in (call.calling_phone_number, call.called_phone_number)]
    contact, virtual = numbers if incoming else reversed(numbers)
    home = place(contact)
    entry = directory.virtual_number(virtual) or VirtualNumber("")
    site = (entry.site_id, entry.site_domain_name)
    if call.site is not None and entry.site_id is None:
        site = (call.site.id, call.site.name)
    campaign = (entry.campaign_id, entry.campaign_name)
    if call.campaign is not None:
        campaign = (call.campaign.id, call.campaign.name)
    exact = _durations(call)
    people = _people(call, directory)
    first, last = (people[0], people[-1]) if people and not call.is_lost else (None, None)
    return CallSession(
        key=call.ext_id,
        start=call.start * _SECOND,
        finish=call.finish * _SECOND,
        is_complete=True,
        direction=call.direction,
        source=Source.VA,
        is_lost=call.is_lost,
        is_transfer=call.is_transfer,
        finish_reason=_finish_reason(call),
        contact_phone_number=contact,
        cpn_region_id=home.region_id,
        cpn_region_name=home.region_name,
        cpn_country_id=home.country_id,
        cpn_country_name=home.country_name,
        virtual_phone_number=virtual,
        wait_duration=_seconds(exact.wait),
        total_wait_duration=_seconds(exact.total_wait),
        talk_duration=_seconds(exact.talk),
        clean_talk_duration=_seconds(exact.clean_talk),
        total_duration=_seconds(exact.total),
        postprocess_duration=None,
        employees=tuple(people),
        first_answered_employee_id=first.employee_id if first else None,
        first_answered_employee_full_name=first.employee_full_name if first else None,
        last_answered_employee_id=last.employee_id if last else None,
        last_answered_employee_full_name=last.employee_full_name if last else None,
        first_talked_employee_id=first.employee_id if first else None,
        first_talked_employee_full_name=first.employee_full_name if first else None,
        last_talked_employee_id=last.employee_id if last else None,
        last_talked_employee_full_name=last.employee_full_name if last else None,
        operator_phone_number=None,
        scenario_id=entry.scenario_id,
        scenario_name=entry.scenario_name,
        site_id=site[0],
        site_domain_name=site[1],
        campaign_id=campaign[0],
        campaign_name=campaign[1],
        legs=(),
        exact=exact,
    )


def _durations(call: UploadedCall) -> Exact:
    total = (call.finish - call.start) * _SECOND
    talk = 0 if call.is_lost else _micros(call.talk_duration)
    wait = _micros(call.wait_duration)
    return Exact(
        total=total,
        wait=total if wait is None and call.is_lost else wait,
        total_wait=None if talk is None else total - talk,
        talk=talk,
        clean_talk=talk,
        postprocess=None,
    )


def _people(call: UploadedCall, directory: Directory) -> list[Participant]:
    """Everyone once, under the name that the directory has today."""
    names = {one.id: one.full_name for one in directory.employees}
    people = {one.id: names.get(one.id, one.name) for one in call.employees}
    talked = not call.is_lost
    return [Participant(id_, name, is_answered=talked, is_talked=talked) for id_, name in people.items()]


def _finish_reason(call: UploadedCall) -> FinishReason:
    """Who hung up was not told; who could not be reached is the party that was called."""
    if not call.is_lost:
        return FinishReason.SUCCESS_FINISH
    if call.direction is Direction.IN:
        return FinishReason.NO_SUCCESS_OPERATOR_CALL
    return FinishReason.NO_SUCCESS_SUBSCRIBER_CALL


def _micros(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * _SECOND


def _seconds(micros: int | None) -> int | None:
    return None if micros is None else micros // _SECOND
