"""Who really asks when proxies stand between: forwarded addresses are believed from trusted proxies alone."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

UNKNOWN: Final = "unknown"
"""The address of a client that a trusted proxy does not tell; no whitelist admits it."""


class BelievedProxies:
    """An application behind proxies: the client of a request is the last one that no trusted proxy is."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = app
        self._trusted = tuple(ip_network(entry.strip()) for entry in trusted if entry.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on with the client's own address."""
        if scope["type"] == "http" and scope.get("client"):
            host, port = scope["client"]
            found = client(host, Headers(scope=scope), self._trusted)
            scope = {**scope, "client": (found, port if found == host else 0)}
        await self._app(scope, receive, send)


def client(address: str, headers: Headers, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The address of the client of a request that came from `address`."""
    if not _is_trusted(address, trusted):
        return address
    found = {
        _last_untrusted(hops, address, trusted) for hops in (_x_forwarded_for(headers), _forwarded(headers)) if hops
    }
    # A proxy sets one of the headers and may let the other pass as the client sent it: two that differ tell nothing.
    return UNKNOWN if len(found) > 1 else next(iter(found), address)


def _last_untrusted(hops: list[str], address: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    for hop in reversed(hops):
        address = _plain(hop)
        if not _is_trusted(address, trusted):
            break
    return address


def _x_forwarded_for(headers: Headers) -> list[str]:
    return [hop.strip() for line in headers.getlist("x-forwarded-for") for hop in line.split(",") if hop.strip()]


def _forwarded(headers: Headers) -> list[str]:
    """The `for` of each hop (RFC 7239); one that has none is unknown."""
    hops = []
    for line in headers.getlist("forwarded"):
        for element in line.split(","):
            pairs = (pair.partition("=") for pair in element.split(";"))
            names = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
            hops.append(names.get("for", UNKNOWN))
    return hops


def _plain(hop: str) -> str:
    """The address of a hop without brackets and port; what is no address is unknown."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return str(ip_address(hop))
    except ValueError:
        return UNKNOWN


def _is_trusted(address: str, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain.version == network.version and plain in network for network in trusted)
