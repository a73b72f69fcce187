"""rpc.discover: the description of the API."""

from __future__ import annotations

from ringledger.rpc.call import Members, OpenCall, Resources
from ringledger.rpc.openrpc import document


def discover(_: Resources, __: OpenCall) -> Members:
    """The OpenRPC document."""
    return document()
