"""Whether an account admits an address; the default is to deny."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from ringledger.faults import OperatorFault

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""What an account without a whitelist of its own admits."""

EVERYONE: Final = "0.0.0.0/0"
"""The entry that admits all addresses, those of IPv6 too."""


def admits(whitelist: tuple[str, ...], address: str) -> bool:
    """Whether the whitelist, a list of addresses and CIDR ranges, holds the address."""
    found = _address(address)
    if found is None:
        return False
    if EVERYONE in whitelist:
        return True
    networks = _networks(whitelist or LOOPBACK)
    return any(found.version == network.version and found in network for network in networks)


def checked(whitelist: Iterable[str]) -> tuple[str, ...]:
    """The entries as networks in their usual form. Raises OperatorFault for one that is none."""
    found: list[str] = []
    for entry in whitelist:
        try:
            network = ip_network(entry.strip())
        except ValueError:
            raise OperatorFault(f"{entry!r} is no address or CIDR range, such as 192.0.2.0/24") from None
        if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
            raise OperatorFault(f"{entry!r} is a mapped IPv4 range; write it as IPv4")
        found.append(str(network))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, of a mapped one the IPv4 address that it stands for; None for what is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=1024)
def _networks(whitelist: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(entry, strict=False) for entry in whitelist)
