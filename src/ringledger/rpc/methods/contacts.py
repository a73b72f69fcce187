"""create, update and delete of contacts, which old calls learn of too."""

from __future__ import annotations

from typing import Any, Final

from ringledger.faults import CallerFault
from ringledger.rpc.call import Call, Handler, Members, Resources
from ringledger.rpc.methods import directory
from ringledger.store.contacts import tell_calls


def create(resources: Resources, call: Call) -> Members:
    """Makes a contact and names it on the calls with its numbers."""
    answer = directory.create(resources, call)
    tell_calls(resources.engine, resources.registry, call.account.id)
    return answer


def update(resources: Resources, call: Call) -> Members:
    """Changes a contact, on its calls too."""
    answer = directory.update(resources, call)
    tell_calls(resources.engine, resources.registry, call.account.id)
    return answer


def delete(resources: Resources, call: Call) -> Members:
    """Takes contacts away, from their calls too: the one that `id` names, or all of `ids`."""
    one, several = call.params.get("id"), call.params.get("ids")
    if one is not None and several is not None:
        raise CallerFault("invalid_parameters_combination", "ids", several)
    if one is None and several is None:
        raise CallerFault("required_parameter_missed", "id")
    chosen: dict[str, Any] = {"id": one} if several is None else {f"ids.{at}": each for at, each in enumerate(several)}
    resources.registry.entries.delete_all(call.account, "contacts", chosen)
    tell_calls(resources.engine, resources.registry, call.account.id)
    return {"data": {}}


CONTACT_HANDLERS: Final[dict[str, Handler]] = {
    "create.contacts": create,
    "update.contacts": update,
    "delete.contacts": delete,
}
"""Handlers of the methods that change contacts."""
