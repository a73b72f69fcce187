"""The methods by which administrators look after an account; holds no code that answers them."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.account_methods import LONGEST_NAME, LONGEST_PASSWORD, SHORTEST_PASSWORD
from ringledger.catalogue.administration import INTAKE_SOURCES, ROLES, USERS, WHITELIST
from ringledger.catalogue.method import Method, report_method
from ringledger.catalogue.parameter_lines import choice, ids, integer, string, strings, truth
from ringledger.catalogue.parameters import ACCESS, Parameter

_MOST_IN_A_LIST: Final = 1000


def _user(*, required: bool) -> tuple[Parameter, ...]:
    return (
        string("login", "What the user logs in with", required=required, least=1, most=LONGEST_NAME),
        string(
            "password",
            "The user's password; a new one ends the user's sessions",
            required=required,
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        ),
        string("name", "Name of the user; the login if absent", least=1, most=200),
        choice("role", "Administrators may change things, readers may not", ROLES),
        truth("is_confined", "Whether the user sees only calls of the employees, numbers and sites that follow"),
        ids("employee_ids", "Ids of employees whose calls a confined user sees", most=_MOST_IN_A_LIST),
        strings("virtual_numbers", "Virtual numbers whose calls a confined user sees", most=_MOST_IN_A_LIST),
        ids("site_ids", "Ids of sites whose calls a confined user sees", most=_MOST_IN_A_LIST),
        truth("is_masked", "Whether the user sees the last four digits of contacts' numbers only"),
    )


def _change(name: str, summary: str, *own: Parameter) -> Method:
    return Method(name=name, summary=summary, parameters=(*ACCESS, *own), for_administrators=True)


_ID: Final = integer("id", "Id of the user", required=True)
_ENTRIES: Final = "Addresses and CIDR ranges, IPv4 or IPv6; 0.0.0.0/0 admits all, an empty list this machine only"

ADMINISTRATION_METHODS: Final = (
    report_method(INTAKE_SOURCES, for_administrators=True),
    report_method(USERS, for_administrators=True),
    _change("create.users", "Makes a user, an administrator if nothing else is said", *_user(required=True)),
    _change(
        "update.users",
        "Changes, blocks or unblocks a user",
        _ID,
        *_user(required=False),
        truth("is_blocked", "Whether the user and its tokens are refused"),
    ),
    _change("delete.users", "Takes a user away with its tokens", _ID),
    report_method(
        WHITELIST,
        strings("addresses", "Entries to look at in place of the account's own", most=_MOST_IN_A_LIST),
        for_administrators=True,
    ),
    _change(
        "update.whitelist",
        "Replaces the addresses from which the account may be used",
        strings("addresses", _ENTRIES, required=True, most=_MOST_IN_A_LIST),
    ),
)
"""The methods about where calls come from, who the users are and where they come from."""
