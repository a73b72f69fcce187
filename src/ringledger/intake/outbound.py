"""HTTP requests to addresses that callers name: bounded, and never into the server's own network; knows no calls.

A name is resolved once and the connection goes to the address that was checked, so a second answer of the resolver
changes nothing; every redirect is checked like the first address.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import BinaryIO, Final
from urllib.parse import SplitResult, urljoin

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeout

from ringledger.intake.web_address import PORTS, host_name, split_address

_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 30.0
RETRIES: Final = (10, 30, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
"""Seconds after each failed try; after the last one a request is given up."""

_MOST_REDIRECTS: Final = 5
_PIECE: Final = 1 << 16
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Failure(StrEnum):
    """What went wrong with a request."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    NOT_FOUND = "not_found"
    BROKEN = "broken"


class OutboundFault(Exception):  # noqa: N818 - a fault like the others
    """A request that was not made or not answered well; the text is for the log."""

    def __init__(self, failure: Failure, text: str) -> None:
        super().__init__(text)
        self.failure = failure


class Interrupted(Exception):  # noqa: N818 - no fault of the request
    """A download was given up because the server stops."""


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a list with commas. Raises ValueError."""
    return tuple(ip_network(entry.strip()) for entry in text.split(",") if entry.strip())


def is_public(address: Address) -> bool:
    """Whether an address is one of the whole internet's; one inside another counts as the inner one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Outbound:
    """Makes the requests; may be used from any thread. `allowed` are networks that are let through although inside."""

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        resolve: Callable[[str, int], list[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve or _resolved
        self._clock = clock
        self._closed = False

    def close(self) -> None:
        """Gives up what is being downloaded."""
        self._closed = True

    def download(self, url: str, target: BinaryIO, most: int, seconds: float) -> None:
        """Writes what the address answers, at most `most` bytes within `seconds`. Raises OutboundFault, Interrupted."""
        deadline = self._clock() + seconds
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._request("GET", url, {"accept-encoding": "identity"}, None, deadline)
            with response:
                location = response.headers.get("location")
                if response.status not in _REDIRECTS or location is None:
                    self._receive(response, target, most, deadline)
                    return
            url = urljoin(url, location)
        raise OutboundFault(Failure.BROKEN, "too many redirects")

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> None:
        """Sends a body; anything but a status of success is a fault. Raises OutboundFault."""
        response = self._request("POST", url, headers, body, self._clock() + seconds)
        with response:
            if not 200 <= response.status < 300:
                raise OutboundFault(Failure.BROKEN, f"answered with status {response.status}")

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> urllib3.BaseHTTPResponse:
        parts = _parts(url)
        pool = self._pool(parts, deadline)
        sent = {"user-agent": "ringledger", **headers, "host": _host(parts)}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            return pool.urlopen(
                method,
                target,
                body,
                sent,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                release_conn=False,
            )
        except (HTTPError, OSError) as error:
            late = isinstance(error, HttpTimeout) and not isinstance(error, NewConnectionError)
            raise OutboundFault(Failure.TIMEOUT if late else Failure.UNREACHABLE, str(error)) from error

    def _pool(self, parts: SplitResult, deadline: float) -> urllib3.HTTPConnectionPool:
        """One connection to the checked address; a certificate is asked for the name all the same."""
        name = host_name(parts)
        port = parts.port or PORTS[parts.scheme]
        address = self._checked(name, port)
        left = max(0.001, deadline - self._clock())
        timeout = urllib3.Timeout(connect=min(_CONNECT_SECONDS, left), read=min(_READ_SECONDS, left))
        if parts.scheme == "http":
            return urllib3.HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
        return urllib3.HTTPSConnectionPool(
            address,
            port,
            timeout=timeout,
            maxsize=1,
            cert_reqs="CERT_REQUIRED",
            server_hostname=name,
            assert_hostname=name,
        )

    def _checked(self, name: str, port: int) -> str:
        try:
            found = [ip_address(address) for address in self._resolve(name, port)]
        except (OSError, ValueError, UnicodeError) as error:
            raise OutboundFault(Failure.UNREACHABLE, f"{name} is not resolved: {error}") from error
        for address in found:
            if is_public(address) or self._is_allowed(address):
                return str(address)
        raise OutboundFault(Failure.REFUSED, f"{name} is inside the server's own network")

    def _is_allowed(self, address: Address) -> bool:
        plain = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
        return any(plain.version == network.version and plain in network for network in self._allowed)

    def _receive(self, response: urllib3.BaseHTTPResponse, target: BinaryIO, most: int, deadline: float) -> None:
        if response.status in {404, 410}:
            raise OutboundFault(Failure.NOT_FOUND, f"answered with status {response.status}")
        if response.status != 200:
            raise OutboundFault(Failure.BROKEN, f"answered with status {response.status}")
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            raise OutboundFault(Failure.TOO_LARGE, f"{length} bytes")
        size = 0
        try:
            while piece := response.read1(_PIECE):
                size += len(piece)
                if size > most:
                    raise OutboundFault(Failure.TOO_LARGE, f"over {most} bytes")
                if self._closed:
                    raise Interrupted
                if self._clock() > deadline:
                    raise OutboundFault(Failure.TIMEOUT, "took too long")
                target.write(piece)
        except HttpTimeout as error:
            raise OutboundFault(Failure.TIMEOUT, str(error)) from error
        except HTTPError as error:
            raise OutboundFault(Failure.BROKEN, str(error)) from error
        if length.isdigit() and size != int(length):
            raise OutboundFault(Failure.BROKEN, f"{size} of {length} bytes")


def _parts(url: str) -> SplitResult:
    try:
        return split_address(url)
    except ValueError:  # UnicodeError is one
        raise OutboundFault(Failure.REFUSED, "no http or https address") from None


def _host(parts: SplitResult) -> str:
    name = host_name(parts)
    host = f"[{name}]" if ":" in name else name
    return host if parts.port is None else f"{host}:{parts.port}"


def _resolved(name: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
