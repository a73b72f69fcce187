"""The fields of get.call_leg_times, a line each; whatever else knows a field has read it here."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.lines import DERIVED, array, flag, moment, name, number


def _periods(label: str, meaning: str) -> Field:
    begin = moment("start_time", "", "When it began", origin=DERIVED)
    end = moment("finish_time", "", "When it ended", origin=DERIVED)
    return array(label, "D", meaning, begin, end, origin=DERIVED)


def _moments(label: str, meaning: str) -> Field:
    return array(label, "D", meaning, moment("event_time", "", "When it was", origin=DERIVED), origin=DERIVED)


_FIELDS: Final[tuple[Field, ...]] = (
    number("id", "FD", "Id of the leg, as get.call_legs_report has it", origin=DERIVED, required=True),
    number("call_session_id", "FSD", "Id of the session that the leg belongs to", origin=DERIVED, required=True),
    moment("start_time", "SD", "When the leg started", required=True),
    moment("connect_time", "D", "When it was answered; null where it never was"),
    moment("finish_time", "D", "When it ended"),
    flag("is_operator", "FSD", "Whether it is an employee's", origin=DERIVED),
    number("employee_id", "FSD", "Id of the employee", origin=DERIVED),
    name("employee_full_name", "FSD", "Name of the employee", "employees", "employee_id"),
    _periods("conversations", "Periods in which contact and employee talked on it, holds left out"),
    _periods("holds", "Periods in which its party held the call"),
    _moments("transfers", "Moments at which its party moved the call on"),
    _moments("parks", "Moments at which its party parked the call"),
)

LEG_TIMES: Final = Report(
    method="get.call_leg_times",
    table=LEGS_REPORT.table,
    title="What happened when on the legs of the call sessions of a period",
    fields=_FIELDS,
    moment="start_time",
    finish="finish_time",
    session="call_session_id",
)
