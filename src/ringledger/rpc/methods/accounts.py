"""Rows about the caller's account, its customers and their users."""

from __future__ import annotations

from ringledger.rpc.call import Call, Resources
from ringledger.rpc.methods.reports import Rows


def own_account(_: Resources, call: Call) -> Rows:
    """The one row of get.account."""
    return [{"app_id": call.account.id, "name": call.account.name, "timezone": call.account.timezone}]


def customers(resources: Resources, call: Call) -> Rows:
    """A row a customer of the partner."""
    return resources.registry.customers.rows(call.account.id)


def customer_users(resources: Resources, call: Call) -> Rows:
    """A row a user of the partner's customers."""
    return resources.registry.customers.users(call.account.id)
