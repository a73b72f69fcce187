"""The rules that make the legs that users see of a call's channels; pure, without input or output.

docs/call-sessions.md tells them to users.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec import structs

from ringledger.calls.assembly import Call
from ringledger.calls.causes import CAUSES
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Employee, External
from ringledger.calls.durations import Span, union, whole_seconds
from ringledger.calls.leg_outcome import leg_finish_reason
from ringledger.calls.legs import Leg
from ringledger.calls.numbers import employee_number, first_stated
from ringledger.calls.session import CallLeg


class OfSession(NamedTuple):
    """What a session's legs have from it; `group_id` finds the directory's groups by their names."""

    contact_phone_number: str | None
    virtual_phone_number: str | None
    scenario_id: int | None
    scenario_name: str | None
    finish_reason: FinishReason | None
    group_id: Callable[[str], int | None]


def derive_legs(call: Call, session: OfSession) -> tuple[CallLeg, ...]:
    """The legs of a call in the order of their starts."""
    spans = _conversations(call)
    return tuple(_leg(call, leg, spans[leg.key], session) for leg in _parties_legs(call, spans))


def recorded_leg(legs: Iterable[tuple[str, str]], told: str | None) -> str | None:
    """The key of the leg that a recording belongs to, of legs by key and party in the order of their starts.

    That is the one that is told, else the contact's, which is there as long as the call is heard.
    """
    known = list(legs)
    return next(
        (key for key, _ in known if key == told), next((key for key, party in known if party == "contact"), None)
    )


def with_recordings(legs: Sequence[CallLeg], recordings: Iterable[tuple[str, str | None]]) -> tuple[CallLeg, ...]:
    """The legs with the recordings that belong to them; each comes with the key of its leg, where that is told."""
    found: dict[str | None, list[str]] = defaultdict(list)
    for recording, told in recordings:
        found[recorded_leg(((leg.leg_key, leg.party) for leg in legs), told)].append(recording)
    if not found:
        return tuple(legs)
    return tuple(structs.replace(leg, call_records=tuple(dict.fromkeys(found[leg.leg_key]))) for leg in legs)


def with_ratings(legs: tuple[CallLeg, ...], ratings: Iterable[tuple[str, int]]) -> tuple[CallLeg, ...]:
    """The legs of employees with the contact's ratings, which come with the legs' keys; of several the last counts."""
    given = dict(ratings)
    if not given:
        return legs
    return tuple(
        structs.replace(leg, employee_rating=given.get(leg.leg_key)) if leg.is_operator else leg for leg in legs
    )


def _parties_legs(call: Call, spans: dict[str, tuple[Span, ...]]) -> list[Leg]:
    """The legs without the switch's own wires; of a wire that a party stands at, the half that tells most."""
    halves: dict[str, list[Leg]] = defaultdict(list)
    for leg in call.legs:
        if leg.wire and call.parties[leg.key] is not None:
            halves[leg.wire].append(leg)
    told = {
        max(both, key=lambda leg: (bool(spans[leg.key]), leg.answer is not None, bool(leg.cause))).key
        for both in halves.values()
    }
    return [leg for leg in call.legs if not leg.wire or leg.key in told]


def _conversations(call: Call) -> dict[str, tuple[Span, ...]]:
    """When each leg talked."""
    spans: dict[str, list[Span]] = defaultdict(list)
    contacts = call.contact_legs
    for talk in call.conversations:
        for key in (*talk.legs, *(leg.key for leg in contacts if _was_there(leg, talk.span))):
            spans[key].append(talk.span)
    return {leg.key: tuple(union(spans[leg.key])) for leg in call.legs}


def _was_there(leg: Leg, span: Span) -> bool:
    """Whether the leg was in a bridge throughout; in a conversation nobody comes or goes."""
    return any(stay.begin <= span[0] and (stay.end is None or stay.end >= span[1]) for stay in leg.stays)


def _leg(call: Call, leg: Leg, conversations: tuple[Span, ...], session: OfSession) -> CallLeg:
    party = call.parties[leg.key]
    employee = party if isinstance(party, Employee) else None
    own = _own_number(call, leg, session.contact_phone_number)
    direction = _direction(call, leg, own)
    answer = leg.answer if leg.answer is not None or not conversations else conversations[0][0]
    end = call.last if leg.end is None and call.is_complete else leg.end
    reason = None
    if end is not None:
        reason = leg_finish_reason(
            call, leg, direction, is_connected=answer is not None, session_reason=session.finish_reason
        )
    calling, called = _numbers(call, leg, direction, own, session)
    return CallLeg(
        leg_key=leg.key,
        channel=leg.channel,
        party="other" if party is None else "contact" if employee is None else "employee",
        start=leg.start,
        answer=answer,
        end=end,
        hangup_source=leg.hung_up_by,
        conversations=conversations,
        holds=tuple(leg.holds),
        transfers=tuple(leg.transferred),
        parks=tuple(leg.parked),
        duration=None if end is None else whole_seconds(max(0, end - (end if answer is None else answer))),
        total_duration=None if end is None else whole_seconds(end - leg.start),
        finish_reason=reason,
        finish_reason_description=reason.label if reason else None,
        virtual_phone_number=session.virtual_phone_number,
        calling_phone_number=calling,
        called_phone_number=called,
        direction=direction,
        is_transfered=_is_transfered(call, leg, conversations),
        is_operator=employee is not None,
        employee_id=employee.id if employee else None,
        employee_full_name=employee.full_name if employee else None,
        employee_phone_number=own if employee else None,
        scenario_id=session.scenario_id,
        scenario_name=session.scenario_name,
        is_coach=leg.coaches,
        release_cause_code=leg.cause or None,  # 0 stands for a cause that the switch does not know
        release_cause_description=CAUSES.get(leg.cause or 0),
        is_failed=None if end is None else answer is None,
        is_talked=bool(conversations),
        contact_phone_number=session.contact_phone_number,
        action_name=leg.action or None,
        group_id=session.group_id(leg.group) if leg.group else None,
        group_name=leg.group or None,
    )


def _direction(call: Call, leg: Leg, own: str | None) -> Direction:
    """Into the switch: the first leg, and one that dialled another number than that at which the switch calls it."""
    dialled = None if leg.wire else first_stated([leg.dialled], call.country)
    calls = leg is call.legs[0] or dialled not in {None, own}
    return Direction.IN if calls else Direction.OUT


def _own_number(call: Call, leg: Leg, contact: str | None) -> str | None:
    party = call.parties[leg.key]
    if isinstance(party, Employee):
        return employee_number(leg, party, call.country)
    return first_stated([leg.number], call.country) if party is None else contact


def _numbers(
    call: Call, leg: Leg, direction: Direction, own: str | None, session: OfSession
) -> tuple[str | None, str | None]:
    """Who called and who was called on a leg: into the switch its own party called, out of it the other side did."""
    if direction is Direction.IN:
        return own, first_stated([leg.dialled], call.country)
    is_contact = isinstance(call.parties[leg.key], External)
    return session.virtual_phone_number if is_contact else session.contact_phone_number, own


def _is_transfered(call: Call, leg: Leg, conversations: tuple[Span, ...]) -> bool:
    """Whether the leg came to the contact by another's moving the call on, or by taking it from where it was parked."""
    if not isinstance(call.parties[leg.key], Employee):
        return False
    since = conversations[0][0] if conversations else leg.start
    moved = (time for other in call.legs if other is not leg for time in (*other.transferred, *other.parked))
    return any(since >= time for time in moved) and not _talked_before(call, leg, since)


def _talked_before(call: Call, leg: Leg, since: int) -> bool:
    """Whether the employee had talked on another leg before: who parks a call and takes it again moves nothing on."""
    employee = call.employee(leg.key).id
    return any(
        talk.span[0] < since and employee in {call.employee(key).id for key in talk.legs} for talk in call.conversations
    )
