"""Calls that another system tells of as a whole, and the sessions that they make; pure, without input or output."""

from __future__ import annotations

import msgspec
from msgspec import structs

from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.composition import Facts, compose
from ringledger.calls.directory import Directory, VirtualNumber
from ringledger.calls.phone_numbers import e164
from ringledger.calls.session import CallSession, Exact, Participant
from ringledger.calls.uploaded_legs import uploaded_legs

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
    """The session of an uploaded call. It knows of no wait or talk that was not told."""
    incoming = call.direction is Direction.IN
    numbers = [e164(number, directory.country) for number in (call.calling_phone_number, call.called_phone_number)]
    contact, virtual = numbers if incoming else reversed(numbers)
    entry = _entry(call, directory.virtual_number(virtual) or VirtualNumber(""))
    people = tuple(_people(call, directory))
    talked = [] if call.is_lost else [(one.employee_id, one.employee_full_name) for one in people]
    session = compose(
        Facts(
            key=call.ext_id,
            start=call.start * _SECOND,
            finish=call.finish * _SECOND,
            is_complete=True,
            direction=call.direction,
            is_lost=call.is_lost,
            is_transfer=call.is_transfer,
            finish_reason=_finish_reason(call),
            contact=contact,
            virtual=virtual,
            entry=entry,
            employees=people,
            answered=talked,
            talked=talked,
            operator_phone_number=None,
            legs=(),
            exact=_durations(call),
        )
    )
    return structs.replace(session, legs=uploaded_legs(session))


def _entry(call: UploadedCall, entry: VirtualNumber) -> VirtualNumber:
    """The virtual number's, with the site that was told where it has none of its own, and with the campaign."""
    if call.site is not None and entry.site_id is None:
        entry = structs.replace(entry, site_id=call.site.id, site_domain_name=call.site.name)
    if call.campaign is not None:
        entry = structs.replace(entry, campaign_id=call.campaign.id, campaign_name=call.campaign.name)
    return entry


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
