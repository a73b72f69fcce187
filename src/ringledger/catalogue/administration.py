"""The fields of the get methods by which administrators look after an account, a line each."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Report
from ringledger.catalogue.lines import array, code, count, flag, key, moment, number, text

ROLES: Final = ("administrator", "reader")
_SOURCE_STATUSES: Final = ("active", "silent", "failing", "disconnected", "inactive")

USERS: Final = Report(
    method="get.users",
    title="The users of the account and what they may do and see",
    fields=(
        number("id", "FS", "Id of the user", required=True),
        text("login", "FS", "What the user logs in with"),
        text("name", "FS", "Name of the user"),
        code("role", "FS", "Administrators may change things, readers may not", ROLES),
        flag("is_blocked", "FS", "Whether the user and its tokens are refused"),
        flag("is_masked", "FS", "Whether the user sees the last four digits of contacts' numbers only"),
        flag("is_confined", "FS", "Whether the user sees only calls of the employees, numbers and sites that follow"),
        array(
            "employees", "F", "Employees whose calls a confined user sees",
            number("employee_id", "", "Id of the employee"),
            text("employee_full_name", "", "Name of the employee; null for one who is no more"),
        ),
        array("virtual_numbers", "F", "Virtual numbers whose calls a confined user sees"),
        array(
            "sites", "F", "Sites whose calls a confined user sees",
            number("site_id", "", "Id of the site"),
            text("site_domain_name", "", "Domain of the site; null for one that is no more"),
        ),
    ),
)  # fmt: skip

WHITELIST: Final = Report(
    method="get.whitelist",
    title="The addresses from which the account may be used",
    fields=(
        key("address", "FS", "Address or CIDR range"),
        flag("is_default", "FS", "Whether it is there because the account has no list of its own"),
        flag("admits_caller", "FS", "Whether it admits the address that this request comes from"),
    ),
    key="address",
)

INTAKE_SOURCES: Final = Report(
    method="get.intake_sources",
    title="The sources that calls come from and how each of them does",
    fields=(
        key("source", "FS", "What brings the records: a switch's dialect, events, or uploaded calls"),
        code("status", "FS", "Whether all is well, and what is not", _SOURCE_STATUSES),
        moment("last_event_time", "FS", "When the last event came in"),
        count("silence_duration", "FS", "Seconds since then"),
        count("usual_active_minutes", "FS", "Minutes in which something came during the same time a week before"),
        count("events_count", "FS", "Events that came in within the last 24 hours"),
        count("waiting_count", "FS", "Calls under way; uploaded calls that are not yet worked on"),
        count("rejected_count", "FS", "Records of the last 24 hours that could not be read or taken"),
        text("last_error", "F", "Why the last of those could not be taken"),
        moment("last_error_time", "FS", "When that was"),
        array(
            "connections", "F", "Manager interfaces and files by which a switch is followed",
            text("name", "", "Address of the interface, or name of the file"),
            code("kind", "", "What it is", ("ami", "file")),
            flag("is_connected", "", "Whether it is connected, or the file is there"),
            moment("since_time", "", "Since when"),
            text("error", "", "Why it is not, as far as that is known"),
        ),
    ),
    key="source",
)  # fmt: skip
