"""The legs of a call that was told of as a whole: what follows from that, and nothing else; pure rules.

docs/uploads.md tells them to users.
"""

from __future__ import annotations

from typing import Final

from ringledger.calls.codes import Direction
from ringledger.calls.durations import Span, whole_seconds
from ringledger.calls.session import CallLeg, CallSession, Participant

CONTACT: Final = "contact"
"""The key of the contact's leg."""


def employee_leg(employee_id: int) -> str:
    """The key of an employee's leg."""
    return f"employee {employee_id}"


def uploaded_legs(session: CallSession) -> tuple[CallLeg, ...]:
    """The contact's leg and one for each employee, the first that called at the front."""
    people = [_employees(session, person, at) for at, person in enumerate(session.employees)]
    contact = _leg(session, CONTACT, "contact", _begins(session), session.finish)
    return (contact, *people) if session.direction is Direction.IN else (*people[:1], contact, *people[1:])


def _employees(session: CallSession, person: Participant, at: int) -> CallLeg:
    """Of several who talked one after the other it is known when the first answered and when the last was done."""
    is_last = at == len(session.employees) - 1
    answer = _begins(session) if at == 0 else None
    end = session.finish if is_last or session.is_lost else None
    return _leg(session, employee_leg(person.employee_id), "employee", answer, end, person, at)


def _leg(
    session: CallSession,
    key: str,
    party: str,
    answer: int | None,
    end: int | None,
    person: Participant | None = None,
    at: int = 0,
) -> CallLeg:
    calls = at == 0 and (session.direction is Direction.IN) is (person is None)
    direction = Direction.IN if calls else Direction.OUT
    talk = _talk(session) if person is None or len(session.employees) == 1 else ()
    calling, called = _numbers(session, person, direction)
    return CallLeg(
        leg_key=key,
        channel="",
        party=party,
        start=session.start,
        answer=answer,
        end=end,
        hangup_source=None,
        conversations=talk,
        holds=(),
        transfers=(),
        parks=(),
        duration=_duration(session, answer, end),
        total_duration=None if end is None else whole_seconds(end - session.start),
        finish_reason=None if end is None else session.finish_reason,
        finish_reason_description=session.finish_reason.label if session.finish_reason and end is not None else None,
        virtual_phone_number=session.virtual_phone_number,
        calling_phone_number=calling,
        called_phone_number=called,
        direction=direction,
        is_transfered=person is not None and at > 0 and session.is_transfer,
        is_operator=person is not None,
        employee_id=person.employee_id if person else None,
        employee_full_name=person.employee_full_name if person else None,
        employee_phone_number=None,
        scenario_id=session.scenario_id,
        scenario_name=session.scenario_name,
        is_coach=False,
        release_cause_code=None,
        release_cause_description=None,
        is_failed=bool(session.is_lost),
        is_talked=not session.is_lost,
        contact_phone_number=session.contact_phone_number,
    )


def _begins(session: CallSession) -> int | None:
    """When contact and employee began to talk, where the wait for it was told."""
    wait = session.exact.wait
    return None if session.is_lost or wait is None else session.start + wait


def _talk(session: CallSession) -> tuple[Span, ...]:
    begin, talk = _begins(session), session.exact.talk
    return () if begin is None or not talk else ((begin, begin + talk),)


def _duration(session: CallSession, answer: int | None, end: int | None) -> int | None:
    if session.is_lost:
        return 0
    return None if answer is None or end is None else whole_seconds(end - answer)


def _numbers(session: CallSession, person: Participant | None, direction: Direction) -> tuple[str | None, str | None]:
    """Who called and who was called; the number at which an employee was reached is not told."""
    contact, virtual = session.contact_phone_number, session.virtual_phone_number
    if person is not None:
        return (None, contact) if direction is Direction.IN else (contact, None)
    return (contact, virtual) if direction is Direction.IN else (virtual, contact)
