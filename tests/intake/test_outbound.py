"""Requests to addresses that callers name: bounded, and never into the server's own network."""

from __future__ import annotations

import http.server
import io
import time
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from tests.intake.site import Site, answering

from ringledger.intake.outbound import Failure, Outbound, OutboundFault, is_public, networks
from ringledger.intake.web_address import is_web_address

LOOPBACK = networks("127.0.0.0/8")


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def fetched(outbound: Outbound, url: str, most: int = 10_000, seconds: float = 10) -> bytes:
    target = io.BytesIO()
    outbound.download(url, target, most, seconds)
    return target.getvalue()


def failure(outbound: Outbound, url: str, most: int = 10_000, seconds: float = 10) -> Failure:
    with pytest.raises(OutboundFault) as caught:
        fetched(outbound, url, most, seconds)
    return caught.value.failure


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104 - listed, not listened on
        *("100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "::7f00:1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:c0a8:101::", "64:ff9b::7f00:1"),
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ],
)  # fmt: skip
def test_addresses_of_the_own_network_are_not_however_they_are_written(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_the_own_network_is_refused_by_every_name_of_it(site: Site, host: str) -> None:
    assert failure(Outbound(), site.url("/secret", host)) in {Failure.REFUSED, Failure.UNREACHABLE}
    assert site.asked == []


def test_an_allowed_network_is_reached(site: Site) -> None:
    site.answers["/a?b=c"] = answering(200, b"sound")
    assert fetched(Outbound(LOOPBACK), site.url("/a?b=c")) == b"sound"
    assert site.asked == [("GET", "/a?b=c", f"127.0.0.1:{site.port}")]


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(site: Site) -> None:
    site.answers["/"] = answering(200, b"sound")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    outbound = Outbound(LOOPBACK, resolve=lambda *_: next(answers))
    assert fetched(outbound, f"http://calls.example:{site.port}/") == b"sound"
    assert site.asked == [("GET", "/", f"calls.example:{site.port}")]
    assert next(answers) == ["10.0.0.1"]


def test_a_name_of_public_and_own_addresses_leads_to_the_public_one_only() -> None:
    outbound = Outbound(resolve=lambda *_: ["127.0.0.1", "::ffff:10.0.0.1"])
    assert failure(outbound, "http://calls.example/") is Failure.REFUSED


def test_a_redirect_is_followed_and_checked_like_the_first_address(site: Site) -> None:
    site.answers["/moved"] = answering(302, location="/sound")
    site.answers["/sound"] = answering(200, b"sound")
    site.answers["/inside"] = answering(301, location=f"http://127.9.9.9:{site.port}/secret")
    site.answers["/file"] = answering(302, location="file:///etc/passwd")
    outbound = Outbound(networks("127.0.0.1/32"))
    assert fetched(outbound, site.url("/moved")) == b"sound"
    assert failure(outbound, site.url("/inside")) is Failure.REFUSED
    assert failure(outbound, site.url("/file")) is Failure.REFUSED


def test_redirects_without_an_end_are_given_up(site: Site) -> None:
    site.answers["/round"] = answering(302, location="/round")
    assert failure(Outbound(LOOPBACK), site.url("/round")) is Failure.BROKEN
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, Failure.NOT_FOUND),
        (410, Failure.NOT_FOUND),
        (403, Failure.BROKEN),
        (500, Failure.BROKEN),
        (204, Failure.BROKEN),
    ],
)
def test_another_status_than_success_is_a_failure(site: Site, status: int, expected: Failure) -> None:
    site.answers["/"] = answering(status)
    assert failure(Outbound(LOOPBACK), site.url("/")) is expected


def test_a_file_that_is_too_large_is_given_up_whether_it_says_so_or_not(site: Site) -> None:
    def endless(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b"x" * 10_000)
        except OSError:
            return

    site.answers["/large"] = answering(200, b"x" * 101)
    site.answers["/endless"] = endless
    assert failure(Outbound(LOOPBACK), site.url("/large"), most=100) is Failure.TOO_LARGE
    assert failure(Outbound(LOOPBACK), site.url("/endless"), most=1_000_000) is Failure.TOO_LARGE


def test_a_server_that_drips_or_is_silent_is_given_up_in_time(site: Site) -> None:
    def dripping(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(100):
                request.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            return

    site.answers["/drip"] = dripping
    site.answers["/silent"] = lambda _: time.sleep(3)
    started = time.monotonic()
    assert failure(Outbound(LOOPBACK), site.url("/drip"), seconds=0.5) is Failure.TIMEOUT
    assert failure(Outbound(LOOPBACK), site.url("/silent"), seconds=0.5) is Failure.TIMEOUT
    assert time.monotonic() - started < 2.5


def test_an_answer_that_breaks_off_is_a_failure(site: Site) -> None:
    def short(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("content-length", "1000")
        request.end_headers()
        request.wfile.write(b"x" * 10)

    site.answers["/"] = short
    assert failure(Outbound(LOOPBACK), site.url("/")) is Failure.BROKEN


def test_nobody_listening_is_told(site: Site) -> None:
    assert failure(Outbound(LOOPBACK), "http://127.0.0.1:1/") is Failure.UNREACHABLE
    assert failure(Outbound(LOOPBACK), "http://name.invalid/") is Failure.UNREACHABLE


def test_a_certificate_is_asked_for_the_name(site: Site) -> None:
    outbound = Outbound(LOOPBACK, resolve=lambda *_: ["127.0.0.1"])
    assert failure(outbound, f"https://calls.example:{site.port}/") is Failure.UNREACHABLE


def test_a_body_is_sent_and_anything_but_success_is_a_failure(site: Site) -> None:
    site.answers["/hook"] = answering(204)
    site.answers["/moved"] = answering(302, location="/hook")
    outbound = Outbound(LOOPBACK)
    outbound.post(site.url("/hook"), b"{}", {"content-type": "application/json"}, 5)
    with pytest.raises(OutboundFault):
        outbound.post(site.url("/moved"), b"{}", {}, 5)
    assert [asked[:2] for asked in site.asked] == [("POST", "/hook"), ("POST", "/moved")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://pbx.example/rec/1.wav?key=a%20b", True),
        ("http://[2001:db8::1]:8080/x", True),
        ("https://münchen.example/x", True),
        ("ftp://pbx.example/x", False),
        ("https://user:password@pbx.example/x", False),
        ("https:///x", False),
        ("https://pbx.example:99999/x", False),
        ("https://pbx.example/a b", False),
        ("http://[::1/x", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_what_counts_as_a_web_address(url: str, expected: bool) -> None:
    assert is_web_address(url) is expected
