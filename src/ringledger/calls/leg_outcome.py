"""Why a leg ended: who hung up, or why nobody answered it; pure rules over a call."""

from __future__ import annotations

from typing import Final

from ringledger.calls.assembly import Call
from ringledger.calls.causes import ANSWERED_ELSEWHERE, BAD_NUMBER, BUSY, NO_ANSWER, NO_LINE, REJECTED, UNREACHABLE
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Employee, External
from ringledger.calls.legs import Leg

_OPERATORS: Final = {
    BUSY: FinishReason.OPERATOR_BUSY,
    REJECTED: FinishReason.OPERATOR_DISCONNECTS,
    ANSWERED_ELSEWHERE: FinishReason.ANOTHER_OPERATOR_ANSWER,
    **dict.fromkeys(NO_ANSWER, FinishReason.OPERATOR_NOT_RESPONSIBLE),
    **dict.fromkeys(UNREACHABLE, FinishReason.SIP_OFFLINE),
    **dict.fromkeys(BAD_NUMBER | NO_LINE, FinishReason.OPERATOR_NUMBER_PROBLEMS),
}
_SUBSCRIBERS: Final = {
    BUSY: FinishReason.SUBSCRIBER_BUSY,
    REJECTED: FinishReason.SUBSCRIBER_DISCONNECTS,
    **dict.fromkeys(NO_ANSWER, FinishReason.SUBSCRIBER_NOT_RESPONSIBLE),
    **dict.fromkeys(BAD_NUMBER, FinishReason.SUBSCRIBER_NUMBER_PROBLEMS),
}
"""Why a party was not reached, by the cause of its leg."""

_NOT_TOLD: Final = FinishReason.SUCCESS_FINISH
_SOON: Final = 1_000_000
"""How long after a caller gave up the phones ring on, in microseconds."""


def leg_finish_reason(
    call: Call, leg: Leg, direction: Direction, *, is_connected: bool, session_reason: FinishReason | None
) -> FinishReason:
    """The reason of a leg that is over; `direction` is the leg's own, `session_reason` its finished session's."""
    party = call.parties[leg.key]
    if isinstance(party, External):
        return _contacts(call, leg, session_reason, was_reached=is_connected or direction is Direction.IN)
    if leg.transferred:
        return FinishReason.TRANSFER_DISCONNECTS
    if isinstance(party, Employee):
        was_rung = direction is Direction.OUT
        if was_rung and not is_connected:
            return _rung(call, leg)
        was_last = not was_rung or (bool(call.conversations) and leg.key in call.conversations[-1].legs)
        return _by_source(call, leg) or (session_reason if was_last else None) or _NOT_TOLD
    return _NOT_TOLD


def _contacts(call: Call, leg: Leg, session_reason: FinishReason | None, *, was_reached: bool) -> FinishReason:
    if was_reached:
        return session_reason or _by_source(call, leg) or _NOT_TOLD
    known = _SUBSCRIBERS.get(leg.cause or 0)
    return known or (None if call.conversations else session_reason) or FinishReason.NO_SUCCESS_SUBSCRIBER_CALL


def _rung(call: Call, leg: Leg) -> FinishReason:
    if leg.cause in _OPERATORS:
        return _OPERATORS[leg.cause]
    end = call.last if leg.end is None else leg.end
    others = (other for other, _ in call.employee_legs if other is not leg and other.answer is not None)
    if any(leg.start <= (other.answer or 0) <= end for other in others):
        return FinishReason.ANOTHER_OPERATOR_ANSWER
    if any(_gave_up(contact) and (contact.end or 0) <= end + _SOON for contact in call.contact_legs):
        return FinishReason.SUBSCRIBER_DISCONNECTS
    return FinishReason.TIMEOUT


def _gave_up(contact: Leg) -> bool:
    return contact.end is not None and (contact.hung_up_by == contact.channel or contact.dial_status == "CANCEL")


def _by_source(call: Call, leg: Leg) -> FinishReason | None:
    ended = next((other.key for other in call.legs if leg.hung_up_by and other.channel == leg.hung_up_by), None)
    party = call.parties[ended] if ended is not None else None
    if isinstance(party, External):
        return FinishReason.SUBSCRIBER_DISCONNECTS
    return FinishReason.OPERATOR_DISCONNECTS if isinstance(party, Employee) else None
