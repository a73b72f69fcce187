"""The caller's account, its customers and their users: rows to read, and customers made and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ringledger.faults import CallerFault
from ringledger.rpc.call import Call, Members, Resources
from ringledger.rpc.methods.reports import Rows

_EMAILS: Final = ("monthly_base_notify_emails", "monthly_calls_notify_emails", "daily_calls_notify_emails")
_NOT_KEPT: Final = frozenset({"access_token", "id"})


def own_account(_: Resources, call: Call) -> Rows:
    """The one row of get.account."""
    return [{"app_id": call.account.id, "name": call.account.name, "timezone": call.account.timezone}]


def customers(resources: Resources, call: Call) -> Rows:
    """A row a customer of the partner."""
    return resources.registry.customers.rows(call.account.id)


def customer_users(resources: Resources, call: Call) -> Rows:
    """A row a user of the partner's customers."""
    return resources.registry.customers.users(call.account.id)


def create_customer(resources: Resources, call: Call) -> Members:
    """Makes a customer with a user; where it may be called from and when its days begin are the partner's."""
    _check(call.params)
    return {"id": resources.registry.customers.create(call.account, _given(call.params), call.now)}


def update_customer(resources: Resources, call: Call) -> Members:
    """Changes what is given of a customer."""
    _check(call.params)
    resources.registry.customers.update(call.account, call.params["id"], _given(call.params))
    return {}


def update_customer_status(resources: Resources, call: Call) -> Members:
    """Locks, archives or reopens a customer."""
    customer, status = call.params["customer_id"], call.params["status"]
    resources.registry.customers.set_status(call.account, customer, status, call.now)
    return {}


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None and name not in _NOT_KEPT}


def _check(params: Mapping[str, Any]) -> None:
    """Refuses a name that does not print and what is no address of letters. Raises CallerFault."""
    name = params.get("name")
    if name is not None and (not name.isprintable() or name != name.strip()):
        raise CallerFault("invalid_parameter_value", "name", name)
    if params.get("email") is not None and not _is_email(params["email"]):
        raise CallerFault("invalid_parameter_value", "email", params["email"])
    for member in _EMAILS:
        for at, email in enumerate(params.get(member) or ()):
            if not _is_email(email):
                raise CallerFault("invalid_parameter_value", f"{member}.{at}", email)


def _is_email(text: str) -> bool:
    name, mark, domain = text.rpartition("@")
    return bool(name and mark and domain) and text.isprintable() and " " not in text
