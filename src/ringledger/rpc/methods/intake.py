"""How the sources of an account's calls do, as its administrators see it over the API."""

from __future__ import annotations

from pathlib import PurePath

from msgspec import structs

from ringledger.intake.health import Health, health
from ringledger.rpc.call import Call, Resources
from ringledger.rpc.methods.reports import Rows


def sources(resources: Resources, call: Call) -> Rows:
    """A row a source."""
    connections = resources.registry.connections.of(call.account.id, call.now)
    return [_row(one) for one in health(resources.engine, call.account.id, connections, call.now)]


def _row(found: Health) -> dict[str, object]:
    connections = [
        {
            # Where the server keeps a file is not the account's business.
            "name": PurePath(one.name).name if one.kind == "file" else one.name,
            "kind": one.kind,
            "is_connected": one.is_connected,
            "since_time": one.since,
            "error": one.error,
        }
        for one in found.connections
    ]
    return structs.asdict(found) | {"connections": connections}
