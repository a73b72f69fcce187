"""Forwarded addresses: believed from trusted proxies, hop by hop, and never where anything is odd."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from starlette.datastructures import Headers

from ringledger.http.proxies import UNKNOWN, client

TRUSTED = tuple(ip_network(entry) for entry in ("10.0.0.0/8", "2001:db8:ffff::/48"))
PROXY = "10.0.0.1"
XFF, FORWARDED = "x-forwarded-for", "forwarded"


def found(address: str, *headers: tuple[str, str]) -> str:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return client(address, Headers(raw=raw), TRUSTED)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], PROXY),
        ([(XFF, "192.0.2.7")], "192.0.2.7"),
        ([(XFF, "192.0.2.7:4711")], "192.0.2.7"),
        ([(XFF, "[2001:db8::7]:4711")], "2001:db8::7"),
        ([(XFF, "2001:DB8::7")], "2001:db8::7"),
        ([(XFF, "198.51.100.1, 192.0.2.7")], "192.0.2.7"),
        ([(XFF, "192.0.2.7, 10.2.2.2")], "192.0.2.7"),
        ([(XFF, "192.0.2.7"), (XFF, "10.2.2.2, 2001:db8:ffff::1")], "192.0.2.7"),
        ([(XFF, "10.2.2.2")], "10.2.2.2"),
        ([(XFF, "192.0.2.7, nonsense")], UNKNOWN),
        ([(XFF, "nonsense, 192.0.2.7")], "192.0.2.7"),
        ([(XFF, " , ")], PROXY),
        ([(FORWARDED, "for=192.0.2.7;proto=https;by=10.0.0.1")], "192.0.2.7"),
        ([(FORWARDED, 'For="[2001:db8::7]:4711"')], "2001:db8::7"),
        ([(FORWARDED, "for=198.51.100.1, for=192.0.2.7, for=10.3.3.3")], "192.0.2.7"),
        ([(FORWARDED, "for=_hidden")], UNKNOWN),
        ([(FORWARDED, "proto=https")], UNKNOWN),
        ([(XFF, "192.0.2.7"), (FORWARDED, "for=192.0.2.7")], "192.0.2.7"),
        ([(XFF, "192.0.2.7"), (FORWARDED, "for=198.51.100.1")], UNKNOWN),
    ],
)
def test_a_trusted_proxy_tells_the_last_hop_that_is_no_proxy(headers: list[tuple[str, str]], expected: str) -> None:
    assert found(PROXY, *headers) == expected


@pytest.mark.parametrize("address", ["192.0.2.1", "127.0.0.1", "2001:db8::1", ""])
@pytest.mark.parametrize("header", [(XFF, "198.51.100.1"), (FORWARDED, "for=198.51.100.1")])
def test_nobody_else_is_believed(address: str, header: tuple[str, str]) -> None:
    assert found(address, header) == address


def test_a_mapped_address_of_a_proxy_is_the_proxy_s() -> None:
    assert found("::ffff:10.0.0.1", (XFF, "192.0.2.7")) == "192.0.2.7"


def test_no_proxy_is_trusted_by_default() -> None:
    assert client(PROXY, Headers({XFF: "192.0.2.7"}), ()) == PROXY
