"""The methods about sessions, accounts, customers, tokens and the request log; holds no code that answers them."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.accounts import ACCESS_TOKENS, ACCOUNT, CUSTOMER_USERS, CUSTOMERS
from ringledger.catalogue.api_requests import API_REQUESTS
from ringledger.catalogue.method import Method, report_method
from ringledger.catalogue.parameter_lines import choice, integer, moment, string, strings, truth
from ringledger.catalogue.parameters import ACCESS, ACCESS_TOKEN, Parameter

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1000
LONGEST_NAME: Final = 100
_MOST_ADDRESSES: Final = 5
SETTABLE_STATUSES: Final = ("active", "archive", "manual_lock")


def _limits(*, required: bool) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    for name in ("monthly_base", "monthly_calls", "daily_calls"):
        found += [
            integer(f"{name}_limit", "Money limit; kept, not acted on"),
            integer(f"{name}_notify_limit", "Where a letter is sent; kept, not acted on"),
            strings(f"{name}_notify_emails", "Addresses of that letter", required=required, most=_MOST_ADDRESSES),
        ]
    return tuple(found)


def _customer(*, required: bool) -> tuple[Parameter, ...]:
    return (
        string("name", "Name of the customer's account", required=required, least=1, most=LONGEST_NAME),
        string("description", "What the partner notes about the customer", most=1000),
        integer("tariff_plan_id", "Id of the tariff plan; kept, not acted on", required=required),
        string("email", "Login of the customer's first user", required=required, least=3, most=LONGEST_NAME),
        string("password", "That user's password", required=required, least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD),
        *_limits(required=required),
    )


_SESSIONS: Final = (
    Method(
        name="login.user",
        summary="Begins a session of one hour",
        parameters=(
            string("login", "The user's login", required=True, most=None),
            string("password", "The user's password", required=True, most=None),
        ),
        needs_token=False,
    ),
    Method(name="logout.user", summary="Ends the session of the token", parameters=(ACCESS_TOKEN,), for_confined=True),
)

_ACCOUNTS: Final = (
    Method(name=ACCOUNT.method, summary=ACCOUNT.title, parameters=(ACCESS_TOKEN,), report=ACCOUNT, for_confined=True),
    report_method(CUSTOMERS, of_customers=False, for_partners=True),
    report_method(CUSTOMER_USERS, of_customers=False, for_partners=True),
    Method(
        name="create.customers",
        summary="Makes a customer account of the partner, with a user",
        parameters=(ACCESS_TOKEN, *_customer(required=True)),
        for_partners=True,
    ),
    Method(
        name="update.customers",
        summary="Changes a customer account of the partner",
        parameters=(ACCESS_TOKEN, integer("id", "Id of the account", required=True), *_customer(required=False)),
        for_partners=True,
    ),
    Method(
        name="update.customer_status",
        summary="Locks, archives or reopens a customer account of the partner",
        parameters=(
            ACCESS_TOKEN,
            integer("customer_id", "Id of the account", required=True),
            choice("status", "What becomes of it", SETTABLE_STATUSES, required=True),
        ),
        for_partners=True,
    ),
)

_TOKENS: Final = (
    report_method(ACCESS_TOKENS, for_administrators=True),
    Method(
        name="create.access_tokens",
        summary="Makes an access token of the account or of a user of it; it is shown this once",
        parameters=(
            *ACCESS,
            string("name", "What the token is for", least=1, most=200),
            string("login", "Login of the user that it stands for; the account itself if absent", most=LONGEST_NAME),
            moment("expiration_time", "When it ends; never if absent"),
        ),
        for_administrators=True,
    ),
    Method(
        name="update.access_tokens",
        summary="Names, blocks or unblocks an access token",
        parameters=(
            *ACCESS,
            integer("id", "Id of the token", required=True),
            string("name", "What the token is for", least=1, most=200),
            truth("is_blocked", "Whether it is refused"),
        ),
        for_administrators=True,
    ),
    report_method(API_REQUESTS, for_administrators=True),
)

ACCOUNT_METHODS: Final = (*_SESSIONS, *_ACCOUNTS, *_TOKENS)
"""The methods about who may do what, and who did."""
