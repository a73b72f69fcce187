"""The users of an account as its administrators manage them over the API."""

from __future__ import annotations

from typing import Any

from ringledger.rpc.call import Call, Members, Resources
from ringledger.rpc.methods.directory import own
from ringledger.rpc.methods.reports import Rows


def users(resources: Resources, call: Call) -> Rows:
    """A row a user of the account."""
    return resources.registry.account_users.rows(call.account.id)


def create_user(resources: Resources, call: Call) -> Members:
    """Makes a user."""
    made = resources.registry.account_users.create(call.account, _given(call))
    return {"id": made, "data": {"id": made}}


def update_user(resources: Resources, call: Call) -> Members:
    """Changes, blocks or unblocks a user, or gives it another password."""
    given = _given(call)
    resources.registry.account_users.update(call.account, given.pop("id"), given)
    return {"data": {}}


def delete_user(resources: Resources, call: Call) -> Members:
    """Takes a user away."""
    resources.registry.account_users.delete(call.account, call.params["id"])
    return {"data": {}}


def _given(call: Call) -> dict[str, Any]:
    return {name: value for name, value in own(call).items() if value is not None}
