"""The fields of get.call_legs_report, a line each; whatever else knows a field has read it here."""

from __future__ import annotations

from typing import Final

from ringledger.calls.codes import Direction, FinishReason
from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.lines import DERIVED, LOOKED_UP, array, code, count, flag, moment, name, number, term, text

_FIELDS: Final[tuple[Field, ...]] = (
    number("id", "FD", "Id of the leg; grows with time", origin=DERIVED, required=True),
    number("call_session_id", "FSD", "Id of the session that the leg belongs to", origin=DERIVED, required=True),
    array("call_records", "D", "Ids of the recordings of the leg, of the call as a whole on the contact's leg"),
    moment("start_time", "SD", "When the leg started", required=True),
    moment("connect_time", "D", "When it was answered; null where it never was"),
    count("duration", "FSD", "Seconds from the answer to the end, 0 without an answer", origin=DERIVED),
    count("total_duration", "FSD", "Seconds from start to end", origin=DERIVED),
    code("finish_reason", "FSD", "Why it ended", FinishReason, origin=DERIVED),
    term("finish_reason_description", "FS", "The same in words", origin=DERIVED),
    term("virtual_phone_number", "FSD", "Number of the account that was called or shown", origin=DERIVED),
    text("calling_phone_number", "FSD", "Number that called", origin=DERIVED, contact_number=True),
    text("called_phone_number", "", "Number that was called", origin=DERIVED, contact_number=True),
    code("direction", "FSD", "Into the switch (in) or out of it (out)", Direction, origin=DERIVED),
    flag("is_transfered", "FSD", "Whether the call was moved on to this leg by a person", origin=DERIVED),
    flag("is_operator", "FSD", "Whether it is an employee's", origin=DERIVED),
    number("employee_id", "FSD", "Id of the employee", origin=DERIVED),
    name("employee_full_name", "FS", "Name of the employee", "employees", "employee_id"),
    term("employee_phone_number", "FS", "Number at which the employee was reached", origin=DERIVED),
    number("employee_rating", "FSD", "Rating that the contact gave the employee"),
    number("scenario_id", "FSD", "Id of the scenario in which the call began", origin=LOOKED_UP),
    name("scenario_name", "", "Name of that scenario", "scenarios", "scenario_id"),
    flag("is_coach", "FSD", "Whether it listened in on another leg", origin=DERIVED),
    count("release_cause_code", "FSD", "Why the line was released, a cause of ITU-T Q.850"),
    term("release_cause_description", "FSD", "The standard's name of that cause", origin=DERIVED),
    flag("is_failed", "FSD", "Whether it ended without an answer", origin=DERIVED),
    flag("is_talked", "FS", "Whether contact and employee talked on it", origin=DERIVED),
    number("contact_id", "", "Id of the address book's contact", origin=LOOKED_UP),
    text("contact_full_name", "", "Name of the address book's contact", origin=LOOKED_UP),
    text("contact_phone_number", "", "Number of the outside party, E.164 digits", origin=DERIVED, contact_number=True),
    number("action_id", "", "Id of the scenario's operation that made the leg; never known, as switches name none"),
    term("action_name", "FD", "Name of that operation, as events state it"),
    number("group_id", "FD", "Id of the directory's group of employees with that name", origin=LOOKED_UP),
    term("group_name", "FD", "Name of the group or queue that the leg rang a member of"),
)  # fmt: skip

LEGS_REPORT: Final = Report(
    method="get.call_legs_report",
    table="call_legs",
    title="The legs of the call sessions of a period",
    fields=_FIELDS,
    moment="start_time",
    finish="finish_time",
    session="call_session_id",
)
