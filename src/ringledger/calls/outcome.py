"""Why a session ended: who hung up, or why nobody talked; pure rules over a call."""

from __future__ import annotations

from ringledger.calls.assembly import Call
from ringledger.calls.causes import BAD_NUMBER, BUSY, NO_ANSWER, UNREACHABLE
from ringledger.calls.codes import Direction, FinishReason
from ringledger.calls.directory import Employee, External


def finish_reason(call: Call, direction: Direction) -> FinishReason:
    """The reason of a call that is over; causes are Q.850's."""
    if call.fell_silent:
        return FinishReason.ADD_CDR_TIMEOUT
    if call.conversations:
        return _who_hung_up(call)
    if direction is Direction.OUT:
        return _outgoing(call)
    return _incoming(call)


def _who_hung_up(call: Call) -> FinishReason:
    """By the hangup's source, else by who left the bridge first, else by whose channel ended first."""
    party = _by_source(call) or _by_bridge(call) or _by_hangup(call)
    return {
        External: FinishReason.SUBSCRIBER_DISCONNECTS,
        Employee: FinishReason.OPERATOR_DISCONNECTS,
        None: FinishReason.SUCCESS_FINISH,
    }[party]


_Side = type[External] | type[Employee] | None


def _side(call: Call, leg: str) -> _Side:
    party = call.parties[leg]
    return None if party is None else External if isinstance(party, External) else Employee


def _by_source(call: Call) -> _Side:
    channels = {leg.channel: leg.key for leg in call.legs}
    talked = [leg for leg in call.legs if leg.key in call.conversations[-1].legs]
    told = [[leg for leg in legs if leg.hung_up_by in channels] for legs in (call.contact_legs, talked)]
    ended = sorted(told[0] or told[1], key=lambda leg: leg.end or 0)
    return _side(call, channels[ended[-1].hung_up_by or ""]) if ended else None


def _by_bridge(call: Call) -> _Side:
    end = call.conversations[-1].span[1]
    leavers = {_side(call, stay.leg) for leg in call.legs for stay in leg.stays if stay.end == end} - {None}
    return leavers.pop() if len(leavers) == 1 else None


def _by_hangup(call: Call) -> _Side:
    talked = set(call.conversations[-1].legs) | {leg.key for leg in call.contact_legs}
    wires = {leg.wire for leg in call.legs if leg.key in talked and leg.wire}
    ends = [(leg.end, leg.key) for leg in call.legs if leg.end and (leg.key in talked or leg.wire in wires)]
    first = min(end for end, _ in ends) if ends else None
    sides = {_side(call, key) for end, key in ends if end == first} - {None}
    return sides.pop() if len(sides) == 1 else None


def _incoming(call: Call) -> FinishReason:
    contact = call.contact_legs[-1]
    if not call.employee_legs:
        left = contact.hung_up_by == contact.channel
        return FinishReason.DISCONNECT_BEFORE_CALL_PROCESSING if left else FinishReason.NO_OPERATION
    if contact.hung_up_by == contact.channel or contact.dial_status == "CANCEL":
        return FinishReason.SUBSCRIBER_DISCONNECTS
    causes = [leg.cause for leg, _ in call.employee_legs if leg.cause is not None]
    if contact.dial_status == "BUSY" or (causes and all(cause == BUSY for cause in causes)):
        return FinishReason.OPERATOR_BUSY
    if contact.dial_status == "NOANSWER" or NO_ANSWER & set(causes):
        return FinishReason.OPERATOR_NOT_RESPONSIBLE
    if contact.dial_status == "CHANUNAVAIL" or UNREACHABLE & set(causes):
        return FinishReason.SIP_OFFLINE
    if contact.dial_status == "CONGESTION":
        return FinishReason.OPERATOR_NUMBER_PROBLEMS
    return FinishReason.TIMEOUT


def _outgoing(call: Call) -> FinishReason:
    causes = {leg.cause for leg in call.contact_legs}
    statuses = {leg.dial_status for leg, _ in call.employee_legs}
    if BUSY in causes or "BUSY" in statuses:
        return FinishReason.SUBSCRIBER_BUSY
    if NO_ANSWER & causes or "NOANSWER" in statuses:
        return FinishReason.SUBSCRIBER_NOT_RESPONSIBLE
    if BAD_NUMBER & causes:
        return FinishReason.SUBSCRIBER_NUMBER_PROBLEMS
    if "CANCEL" in statuses or any(leg.hung_up_by == leg.channel for leg, _ in call.employee_legs):
        return FinishReason.OPERATOR_DISCONNECTS
    return FinishReason.NO_SUCCESS_SUBSCRIBER_CALL
