"""Which addresses a whitelist admits."""

from __future__ import annotations

import pytest

from ringledger.registry.whitelist import admits


@pytest.mark.parametrize(
    ("whitelist", "address", "admitted"),
    [
        ((), "127.0.0.1", True),
        ((), "127.255.0.9", True),
        ((), "::1", True),
        ((), "::ffff:127.0.0.1", True),
        ((), "192.0.2.1", False),
        ((), "2001:db8::1", False),
        (("192.0.2.0/24",), "192.0.2.255", True),
        (("192.0.2.0/24",), "::ffff:192.0.2.7", True),
        (("192.0.2.0/24",), "192.0.3.0", False),
        (("192.0.2.0/24",), "127.0.0.1", False),
        (("192.0.2.7",), "192.0.2.7", True),
        (("192.0.2.7",), "192.0.2.8", False),
        (("2001:db8::/32",), "2001:db8:ffff::1", True),
        (("2001:db8::/32",), "2001:db9::1", False),
        (("0.0.0.0/0",), "203.0.113.9", True),
        (("192.0.2.0/24", "::1"), "::1", True),
        (("0.0.0.0/0",), "testclient", False),
        (("0.0.0.0/0",), "", False),
    ],
)
def test_whitelists(whitelist: tuple[str, ...], address: str, admitted: bool) -> None:
    assert admits(whitelist, address) is admitted
