"""A call session and its legs as the store keeps them; holds no rules."""

from __future__ import annotations

import msgspec
from msgspec import structs

from ringledger.calls.codes import Direction, FinishReason, Source
from ringledger.calls.durations import Span


class Contact(msgspec.Struct, frozen=True):
    """An entry of the address book."""

    id: int
    full_name: str


class Participant(msgspec.Struct, frozen=True):
    """An employee who was rung or who called."""

    employee_id: int
    employee_full_name: str
    is_answered: bool
    is_talked: bool


class CallLeg(msgspec.Struct, frozen=True, kw_only=True):
    """A leg: `start`, `answer` and `end` in microseconds since 1970 UTC, durations in whole seconds.

    `party` is "contact", "employee" or "other". What is not known before the leg's end is None. `holds` are the periods
    in which its party held the call, `transfers` and `parks` the moments at which it moved the call on or parked it.
    `call_records` are ids that join those of others.
    """

    leg_key: str
    channel: str
    party: str
    start: int
    answer: int | None
    end: int | None
    hangup_source: str | None
    conversations: tuple[Span, ...]
    holds: tuple[Span, ...]
    transfers: tuple[int, ...]
    parks: tuple[int, ...]
    duration: int | None
    total_duration: int | None
    finish_reason: FinishReason | None
    finish_reason_description: str | None
    virtual_phone_number: str | None
    calling_phone_number: str | None
    called_phone_number: str | None
    direction: Direction
    is_transfered: bool
    is_operator: bool
    employee_id: int | None
    employee_full_name: str | None
    employee_phone_number: str | None
    scenario_id: int | None
    scenario_name: str | None
    is_coach: bool
    release_cause_code: int | None
    release_cause_description: str | None
    is_failed: bool | None
    is_talked: bool
    contact_phone_number: str | None
    contact_id: int | None = None
    contact_full_name: str | None = None
    call_records: tuple[str, ...] = ()
    action_name: str | None = None
    group_id: int | None = None
    group_name: str | None = None
    employee_rating: int | None = None


class RemoteRecording(msgspec.Struct, frozen=True):
    """A recording that is to be fetched from an address; `leg_key` is the leg that was recorded, where that is told."""

    url: str
    leg_key: str | None = None
    is_voice_mail: bool = False


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

    A session under way has no finish, and what is not known yet is None. `recordings` are ids that join those of
    others, `downloads` recordings that do so when they are fetched. `rating` is
    the last answered employee's, where it was told.
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
    cpn_region_id: int | None
    cpn_region_name: str | None
    cpn_country_id: str | None
    cpn_country_name: str | None
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
    recordings: tuple[str, ...] = ()
    downloads: tuple[RemoteRecording, ...] = ()
    rating: int | None = None
    legs: tuple[CallLeg, ...]
    exact: Exact
    contact_id: int | None = None
    contact_full_name: str | None = None

    def of_contact(self, contact: Contact | None) -> CallSession:
        """The session and its legs with the address book's contact."""
        if contact is None:
            return self
        named = {"contact_id": contact.id, "contact_full_name": contact.full_name}
        legs = tuple(structs.replace(leg, **named) if leg.contact_phone_number else leg for leg in self.legs)
        return structs.replace(self, legs=legs, **named)
