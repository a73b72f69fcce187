"""A call session and its legs as the store keeps them; holds no rules."""

from __future__ import annotations

import msgspec

from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.durations import Span


class Participant(msgspec.Struct, frozen=True):
    """An employee who was rung or who called."""

    employee_id: int
    employee_full_name: str
    is_answered: bool
    is_talked: bool


class CallLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg, its times in microseconds since 1970 UTC; `party` is "contact", "employee" or "other"."""

    leg_key: str
    channel: str
    direction: Direction
    party: str
    employee_id: int | None
    employee_full_name: str | None
    phone_number: str | None
    start: int
    answer: int | None
    end: int | None
    release_cause_code: int | None
    hangup_source: str | None
    is_transfered: bool
    conversations: tuple[Span, ...]


class Exact(msgspec.Struct, frozen=True):
    """Durations in microseconds, before they are rounded to the report's whole seconds; None while unknown."""

    total: int | None
    wait: int | None
    total_wait: int | None
    talk: int | None
    clean_talk: int | None
    postprocess: int | None


class CallSession(msgspec.Struct, frozen=True, kw_only=True):
    """What the records tell of a session: `start` and `finish` in microseconds, durations in whole seconds.

    A session under way has no finish, and what is not known yet is None.
    """

    key: str
    start: int
    finish: int | None
    is_complete: bool
    direction: Direction
    source: Source
    is_lost: bool | None
    is_transfer: bool
    finish_reason: FinishReason | None
    contact_phone_number: str | None
    virtual_phone_number: str | None
    wait_duration: int | None
    total_wait_duration: int | None
    talk_duration: int | None
    clean_talk_duration: int | None
    total_duration: int | None
    postprocess_duration: int | None
    employees: tuple[Participant, ...]
    first_answered_employee_id: int | None
    first_answered_employee_full_name: str | None
    last_answered_employee_id: int | None
    last_answered_employee_full_name: str | None
    first_talked_employee_id: int | None
    first_talked_employee_full_name: str | None
    last_talked_employee_id: int | None
    last_talked_employee_full_name: str | None
    operator_phone_number: str | None
    scenario_id: int | None
    scenario_name: str | None
    site_id: int | None
    site_domain_name: str | None
    campaign_id: int | None
    campaign_name: str | None
    legs: tuple[CallLeg, ...]
    exact: Exact
