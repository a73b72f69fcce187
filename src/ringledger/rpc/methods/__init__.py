"""Which handler answers which method; a family of methods is a module here."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.accounts import ACCESS_TOKENS, ACCOUNT, CUSTOMER_USERS, CUSTOMERS
from ringledger.catalogue.administration import INTAKE_SOURCES, USERS, WHITELIST
from ringledger.catalogue.api_requests import API_REQUESTS
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.calls_summary import CALLS_SUMMARY
from ringledger.catalogue.leg_times import LEG_TIMES
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.saved_views import SAVED_VIEWS
from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.rpc.call import Handler, OpenHandler
from ringledger.rpc.methods import (
    accounts,
    discovery,
    intake,
    reports,
    saved_views,
    sessions,
    tokens,
    uploads,
    users,
    whitelist,
)
from ringledger.rpc.methods.contacts import CONTACT_HANDLERS
from ringledger.rpc.methods.directory import DIRECTORY_HANDLERS
from ringledger.rpc.methods.tags import TAG_HANDLERS

OPEN_HANDLERS: Final[dict[str, OpenHandler]] = {
    "login.user": sessions.login,
    "rpc.discover": discovery.discover,
}
"""Handlers of the methods that need no token."""

HANDLERS: Final[dict[str, Handler]] = {
    "logout.user": sessions.logout,
    ACCOUNT.method: reports.listed(ACCOUNT, accounts.own_account),
    CUSTOMERS.method: reports.listed(CUSTOMERS, accounts.customers),
    CUSTOMER_USERS.method: reports.listed(CUSTOMER_USERS, accounts.customer_users),
    "create.customers": accounts.create_customer,
    "update.customers": accounts.update_customer,
    "update.customer_status": accounts.update_customer_status,
    ACCESS_TOKENS.method: reports.listed(ACCESS_TOKENS, tokens.access_tokens),
    "create.access_tokens": tokens.create_access_token,
    "update.access_tokens": tokens.update_access_token,
    INTAKE_SOURCES.method: reports.listed(INTAKE_SOURCES, intake.sources),
    USERS.method: reports.listed(USERS, users.users),
    "create.users": users.create_user,
    "update.users": users.update_user,
    "delete.users": users.delete_user,
    WHITELIST.method: reports.listed(WHITELIST, whitelist.entries),
    "update.whitelist": whitelist.replace_entries,
    API_REQUESTS.method: reports.stored(API_REQUESTS),
    CALLS_REPORT.method: reports.stored(CALLS_REPORT),
    CALLS_SUMMARY.rows.method: reports.summarised(CALLS_SUMMARY),
    LEGS_REPORT.method: reports.stored(LEGS_REPORT),
    LEG_TIMES.method: reports.stored(LEG_TIMES),
    UPLOADED_CALLS.method: reports.stored(UPLOADED_CALLS),
    SAVED_VIEWS.method: reports.listed(SAVED_VIEWS, saved_views.saved_views),
    "create.saved_views": saved_views.create_saved_view,
    "update.saved_views": saved_views.update_saved_view,
    "delete.saved_views": saved_views.delete_saved_view,
    "upload.calls": uploads.upload_calls,
    **DIRECTORY_HANDLERS,
    **CONTACT_HANDLERS,
    **TAG_HANDLERS,
}
"""Handlers of the methods that need one."""
