"""The rules that make a call session of a call: durations, participation, outcome; pure, without input or output.

They follow the protocol's "Meaning of the derived fields"; docs/call-sessions.md tells them to users.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ringledger.calls.assembly import Call
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.composition import Facts, compose
from ringledger.calls.directory import Directory, Employee, VirtualNumber
from ringledger.calls.durations import length, minus, union
from ringledger.calls.leg_derivation import OfSession, derive_legs, with_ratings, with_recordings
from ringledger.calls.numbers import contact_number, first_stated, operator_number, virtual_number
from ringledger.calls.outcome import finish_reason
from ringledger.calls.session import CallLeg, CallSession, Exact, Participant, RemoteRecording


class Stated(msgspec.Struct, frozen=True):
    """What the switch itself says of a call and need not be made out from its legs.

    `leg_recordings` are recordings with the key of the leg that was recorded, where that is told, `ratings` what the
    contact gave the employees of legs, by the legs' keys.
    """

    direction: Direction | None = None
    contact: str | None = None
    virtual: str | None = None
    finish_reason: FinishReason | None = None
    recordings: tuple[str, ...] = ()
    leg_recordings: tuple[tuple[str, str | None], ...] = ()
    downloads: tuple[RemoteRecording, ...] = ()
    ratings: tuple[tuple[str, int], ...] = ()


UNSTATED: Final = Stated()


def derive(call: Call, directory: Directory, stated: Stated = UNSTATED) -> CallSession:
    """The session of a call."""
    direction = stated.direction or _direction(call)
    contact = first_stated([stated.contact], call.country) or contact_number(call, direction)
    virtual = first_stated([stated.virtual], call.country) or virtual_number(call, direction)
    entry = directory.virtual_number(virtual) or VirtualNumber("")
    reason = stated.finish_reason or finish_reason(call, direction) if call.is_complete else None
    of_session = OfSession(contact, virtual, entry.scenario_id, entry.scenario_name, reason, directory.group_id)
    legs = with_ratings(with_recordings(derive_legs(call, of_session), stated.leg_recordings), stated.ratings)
    answered = [(one.id, one.full_name) for one in _answered(call)]
    return compose(
        Facts(
            key=call.key,
            start=call.start,
            finish=call.last if call.is_complete else None,
            is_complete=call.is_complete,
            direction=direction,
            is_lost=not call.conversations if call.is_complete or call.conversations else None,
            is_transfer=is_transfer(call),
            finish_reason=reason,
            contact=contact,
            virtual=virtual,
            entry=entry,
            employees=participants(call),
            answered=answered,
            talked=[(one.id, one.full_name) for one in _talked(call)],
            operator_phone_number=operator_number(call),
            legs=legs,
            exact=durations(call),
            recordings=stated.recordings,
            downloads=stated.downloads,
            rating=_rating(legs, answered[-1][0]) if answered else None,
        )
    )


def _rating(legs: Sequence[CallLeg], employee_id: int) -> int | None:
    """The rating of an employee: of the last leg that was rated."""
    ratings = [leg.employee_rating for leg in legs if leg.employee_id == employee_id]
    return next((rating for rating in reversed(ratings) if rating is not None), None)


def durations(call: Call) -> Exact:
    """The session's durations in microseconds; of a call under way only the wait for its first conversation."""
    spans = union(conversation.span for conversation in call.conversations)
    wait = spans[0][0] - call.start if spans else None
    if not call.is_complete:
        return Exact(None, wait, None, None, None, None)
    total = call.last - call.start
    contact = [(leg.start, leg.end or call.last) for leg in call.contact_legs]
    return Exact(
        total=total,
        wait=total if wait is None else wait,
        total_wait=length(minus(contact, spans)),
        talk=spans[-1][1] - spans[0][0] if spans else 0,
        clean_talk=length(spans),
        postprocess=_postprocess(call) if spans else None,
    )


def _postprocess(call: Call) -> int:
    left = max(leg.end or call.last for leg in call.contact_legs)
    last = call.conversations[-1].legs
    ends = [leg.end or call.last for leg in call.legs if leg.key in last]
    return max(0, max(ends, default=left) - left)


def is_transfer(call: Call) -> bool:
    """Whether a person moved the call on after it was answered, or a colleague took it from where it was parked."""
    if any(leg.transferred for leg in call.legs):
        return True
    return any(_is_taken_over(call, parked) for leg in call.legs for parked in leg.parked)


def _is_taken_over(call: Call, parked: int) -> bool:
    """Whether others talk after the call was parked than who talked last before it."""
    before = [talk for talk in call.conversations if talk.span[0] < parked]
    after = [talk for talk in call.conversations if talk.span[0] >= parked]
    if not before or not after:
        return False
    parkers, takers = ({call.employee(leg).id for leg in talk.legs} for talk in (before[-1], after[0]))
    return not takers <= parkers


def participants(call: Call) -> tuple[Participant, ...]:
    """Everyone rung or calling, in ring order, each once."""
    talked = {call.employee(leg).id for talk in call.conversations for leg in talk.legs}
    found: dict[int, Participant] = {}
    for leg, employee in call.employee_legs:
        known = found.get(employee.id)
        answered = leg.answer is not None or employee.id in talked or (known is not None and known.is_answered)
        found[employee.id] = Participant(employee.id, employee.full_name, answered, employee.id in talked)
    return tuple(found.values())


def _answered(call: Call) -> list[Employee]:
    """Employees by the time at which they answered: that of their first conversation where no answer was told."""
    talked: dict[str, int] = {}
    for talk in call.conversations:
        for key in talk.legs:
            talked[key] = min(talk.span[0], talked.get(key, talk.span[0]))
    moments = [
        (answer, leg.key, employee)
        for leg, employee in call.employee_legs
        if (answer := talked.get(leg.key) if leg.answer is None else leg.answer) is not None
    ]
    return [employee for _, _, employee in sorted(moments, key=lambda found: found[:2])]


def _talked(call: Call) -> list[Employee]:
    """Employees by conversation; the first by when they began, the last by when they ended."""
    firsts = sorted(call.conversations, key=lambda talk: talk.span)
    return [call.employee(leg) for talk in firsts for leg in talk.legs]


def _direction(call: Call) -> Direction:
    """By the first party's leg: a contact called in, an employee called out."""
    first = next(leg for leg in call.legs if call.parties[leg.key] is not None)
    return Direction.OUT if isinstance(call.parties[first.key], Employee) else Direction.IN
