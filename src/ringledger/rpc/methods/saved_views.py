"""Views of calls under a name: what a caller saved, and what others of its account share."""

from __future__ import annotations

from typing import Any

from ringledger.faults import CallerFault
from ringledger.registry.rights import WHOLE
from ringledger.rpc.call import Call, Members, Resources
from ringledger.rpc.methods.directory import own
from ringledger.rpc.methods.reports import Rows


def saved_views(resources: Resources, call: Call) -> Rows:
    """A row a view. Who sees a part of the calls sees no views of others: filters name what that user may not see."""
    return resources.registry.saved_views.rows(call.account.id, _user(call), sees_shared=call.view == WHOLE)


def create_saved_view(resources: Resources, call: Call) -> Members:
    """Saves a view for the caller."""
    made = resources.registry.saved_views.create(call.account.id, _user(call), _given(call))
    return {"id": made, "data": {"id": made}}


def update_saved_view(resources: Resources, call: Call) -> Members:
    """Changes a view of the caller's."""
    given = _given(call)
    resources.registry.saved_views.update(call.account.id, _user(call), given.pop("id"), given)
    return {"data": {}}


def delete_saved_view(resources: Resources, call: Call) -> Members:
    """Takes away a view of the caller's."""
    resources.registry.saved_views.delete(call.account.id, _user(call), call.params["id"])
    return {"data": {}}


def _given(call: Call) -> dict[str, Any]:
    """What is given of a view. Raises CallerFault for texts that do not print."""
    given = {name: value for name, value in own(call).items() if value is not None}
    for name in ("name", "query"):
        if not given.get(name, "").isprintable():
            raise CallerFault("invalid_parameter_value", name, given[name])
    return given


def _user(call: Call) -> int | None:
    return None if call.caller.user is None else call.caller.user.id
