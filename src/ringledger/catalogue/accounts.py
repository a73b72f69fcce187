"""The fields of the get methods about accounts and their users, a line each."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.fields import Report
from ringledger.catalogue.lines import array, code, flag, moment, number, text

CUSTOMER_STATUSES: Final = ("waiting", "active", "manual_lock", "limit_lock", "debt_lock")

ACCOUNT: Final = Report(
    method="get.account",
    title="The caller's account",
    fields=(
        number("app_id", "", "Id of the account", required=True),
        text("name", "", "Name of the account"),
        text("timezone", "", "IANA time zone of all its times"),
    ),
    key="app_id",
)

CUSTOMERS: Final = Report(
    method="get.customers",
    title="The customer accounts of a partner",
    fields=(
        number("id", "F", "Id of the customer's account", required=True),
        text("name", "F", "Name of the customer's account"),
        text("description", "", "What the partner notes about the customer"),
        moment("creation_date_time", "F", "When the account was made"),
        code("status", "FS", "Whether the account may be used", CUSTOMER_STATUSES),
        moment("status_change_date_time", "", "When the status was changed last"),
        number("monthly_base_limit", "", "Most that may be charged a month; kept, not acted on"),
        number("monthly_base_notify_limit", "", "Charge of a month at which a letter is sent; kept, not acted on"),
        array("monthly_base_notify_emails", "", "Addresses of that letter"),
        number("monthly_calls_limit", "", "Most that calls may cost a month; kept, not acted on"),
        number("monthly_calls_notify_limit", "", "Cost a month at which a letter is sent; kept, not acted on"),
        array("monthly_calls_notify_emails", "", "Addresses of that letter"),
        number("daily_calls_limit", "", "Most that calls may cost a day; kept, not acted on"),
        number("daily_calls_notify_limit", "", "Cost a day at which a letter is sent; kept, not acted on"),
        array("daily_calls_notify_emails", "", "Addresses of that letter"),
        array(
            "sites", "", "Sites of the customer",
            number("site_id", "", "Id of the site"),
            text("site_domain_name", "", "Domain of the site"),
        ),
        number("tariff_plan_id", "F", "Id of the tariff plan; kept, not acted on"),
        text("tariff_plan_name", "F", "Name of the tariff plan, as the command line set it"),
    ),
)  # fmt: skip

CUSTOMER_USERS: Final = Report(
    method="get.customer_users",
    title="The users of a partner's customers, whose ids are user_id in the partner's requests",
    fields=(
        number("id", "FD", "Id of the user", required=True),
        text("login", "D", "What the user logs in with"),
        text("description", "D", "What the partner notes about the user"),
        text("name", "FSD", "Name of the user"),
        number("customer_id", "FSD", "Id of the customer's account"),
        text("timezone", "", "IANA time zone of all times of that account"),
    ),
)

ACCESS_TOKENS: Final = Report(
    method="get.access_tokens",
    title="The access tokens of the account; sessions of users who logged in are none",
    fields=(
        number("id", "FS", "Id of the token", required=True),
        text("name", "FS", "What the token is for"),
        number("user_id", "FS", "Id of the user that it stands for; null for the account itself"),
        text("user_login", "FS", "Login of that user"),
        moment("creation_time", "FS", "When it was made"),
        moment("expiration_time", "FS", "When it ends; null for never"),
        flag("is_blocked", "FS", "Whether it is refused"),
        moment("last_used_time", "FS", "When it was used last, to some seconds"),
    ),
)
