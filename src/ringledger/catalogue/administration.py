"""The fields of the get methods by which administrators look after an account, a line each."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Report
from ringledger.catalogue.lines import array, code, flag, key, number, text

ROLES: Final = ("administrator", "reader")

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
