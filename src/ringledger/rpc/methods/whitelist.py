"""The addresses from which an account may be used, as its administrators see and set them over the API."""

from __future__ import annotations

from collections.abc import Sequence

from ringledger.faults import CallerFault, OperatorFault
from ringledger.registry.whitelist import LOOPBACK, admits, checked
from ringledger.rpc.call import Call, Members, Resources
from ringledger.rpc.methods.reports import Rows


def entries(_: Resources, call: Call) -> Rows:
    """A row an entry: of the account's list, or of the one that is asked about."""
    asked = call.params.get("addresses")
    own = call.account.whitelist if asked is None else _networks(asked)
    return [
        {"address": network, "is_default": not own, "admits_caller": admits((network,), call.address)}
        for network in own or LOOPBACK
    ]


def replace_entries(resources: Resources, call: Call) -> Members:
    """Replaces the whole list; whether the caller is still admitted is the caller's care."""
    resources.registry.accounts.set_whitelist(call.account.id, _networks(call.params["addresses"]))
    return {"data": {}}


def _networks(addresses: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for at, address in enumerate(addresses):
        try:
            found += checked([address])
        except OperatorFault:
            raise CallerFault("invalid_parameter_value", f"addresses.{at}", address) from None
    return tuple(dict.fromkeys(found))
