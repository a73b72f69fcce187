"""The server's door: HTTPS by certificate files, addresses by way of proxies, and what is written when it closes."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.certificates import self_signed

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@contextmanager
def served(program: Program, *arguments: str) -> Iterator[str]:
    """The URL of a server, which is told to end at the end."""
    process = program.start("serve", "--port", "0", *arguments)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log


def ask(
    url: str,
    method: str,
    token: str | None,
    headers: dict[str, str] | None = None,
    trust: Path | None = None,
    **params: Any,
) -> Any:
    access = {"access_token": token} if token else {}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": access | params}
    request = urllib.request.Request(url + "/v2.0", json.dumps(body).encode(), headers or {})
    context = ssl.create_default_context(cafile=trust) if trust else None
    with urllib.request.urlopen(request, timeout=30, context=context) as reply:
        return json.load(reply)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Files with a certificate for 127.0.0.1 and its key."""
    return self_signed(tmp_path)


def test_https_is_served_with_a_certificate(ringledger: Program, certificate: tuple[Path, Path]) -> None:
    ringledger.answer("account", "create", "acme")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    files = ("--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1]))
    with served(ringledger, *files) as url:
        assert url.startswith("https://127.0.0.1:")
        assert ask(url, "get.account", token, trust=certificate[0])["result"]["data"][0]["name"] == "acme"
        with pytest.raises(OSError, match=r"reset|closed|Remote end|BadStatusLine|disconnected"):
            ask(url.replace("https", "http"), "get.account", token)


def test_a_certificate_that_is_none_is_one_line(ringledger: Program, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text("no certificate\n")
    assert "cannot be used for TLS" in ringledger.complaint("serve", "--port", "0", "--tls-certificate", str(file))
    assert "tls_certificate" in ringledger.complaint("serve", "--port", "0", "--tls-key", str(file))


def test_the_whitelist_goes_by_the_address_that_a_trusted_proxy_tells(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--allow", "192.0.2.0/24")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    forwarded = {"x-forwarded-for": "192.0.2.7"}
    with served(ringledger, "--trusted-proxies", "127.0.0.1,10.0.0.0/8") as url:
        assert "result" in ask(url, "get.account", token, forwarded)
        refused = ask(url, "get.account", token, {"x-forwarded-for": "198.51.100.1"})["error"]["data"]
        assert refused["params"] == {"ip": "198.51.100.1"}
    with served(ringledger) as url:
        assert ask(url, "get.account", token, forwarded)["error"]["data"]["params"] == {"ip": "127.0.0.1"}


def test_failed_logins_are_counted_by_the_address_that_a_trusted_proxy_tells(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--allow", "0.0.0.0/0")
    ringledger.answer("user", "create", "--account", "acme", "--login", "ann", stdin="password1")

    def tried(url: str, login: str, address: str, header: str = "for={}") -> str:
        name = "forwarded" if "=" in header else "x-forwarded-for"
        told = ask(url, "login.user", None, {name: header.format(address)}, login=login, password="wrong")
        return str(told["error"]["data"]["mnemonic"])

    with served(ringledger, "--trusted-proxies", "127.0.0.1") as url:
        if time.time() % 60 > 45:  # they are counted by the minute
            time.sleep(60 - time.time() % 60)
        found = [tried(url, f"guess {number}", "192.0.2.7", ("for={}", "{}")[number % 2]) for number in range(21)]
        assert found == ["auth_error"] * 20 + ["limit_exceeded"]
        assert tried(url, "ann", "192.0.2.8") == "auth_error"
        assert [tried(url, "ann", f"192.0.2.{number}") for number in range(9, 14)][-1] == "limit_exceeded"


def test_the_request_log_is_written_when_the_server_ends(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme", "--timezone", "UTC")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    with served(ringledger) as url:
        ask(url, "get.account", token, {"x-request-id": "my own"})
    now = datetime.now(UTC)
    period: dict[str, Any] = {
        "date_from": f"{now - timedelta(hours=1):%F %T}",
        "date_till": f"{now + timedelta(hours=1):%F %T}",
    }
    with served(ringledger) as url:
        rows = ask(url, "get.api_requests", token, **period)["result"]["data"]
    assert [(row["api_request_method"], row["api_request_raw_ext_id"]) for row in rows] == [("get.account", "my own")]


def test_whoever_runs_the_server_sees_what_strangers_asked(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    with served(ringledger) as url:
        ask(url, "get.account", token)
        ask(url, "get.account", "a stranger's")
        deadline = time.monotonic() + 30
        while len(rows := ringledger.answer("requests", "list")) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
    assert [(row["account"], row["api_request_error_mnemonic"]) for row in rows] == [
        (None, "access_token_invalid"),
        ("acme", None),
    ]
    assert ringledger.answer("requests", "list", "--nobody") == rows[:1]
    assert ringledger.answer("requests", "list", "--account", "acme", "--limit", "5") == rows[1:]
    assert ringledger.answer("requests", "list", "--till", "2020-01-01 00:00:00") == []
    assert "nobody" in ringledger.complaint("requests", "list", "--account", "nobody")
