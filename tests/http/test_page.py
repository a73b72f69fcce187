"""The page's cookies, policies and forms, and that no other site can use them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ringledger.http import assets
from ringledger.http.app import build
from ringledger.intake.door import Door
from ringledger.intake.recordings import Recordings
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine
from ringledger.store.recordings import open_recordings

BODY = {"jsonrpc": "2.0", "id": 1, "method": "get.account"}
PASSWORD = "password1"
ROOT = Path(__file__).parents[2]


class Visitor:
    """A browser's cookies and requests, without the browser."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.registry.accounts.create("acme", timezone="Europe/London")
        self.registry.users.create("acme", "ann", PASSWORD)
        door = Door(engine, lambda: 0)
        recordings = Recordings(open_recordings(f"file://{folder}/recordings"), engine, door)
        self.app = build(engine, self.registry, recordings, door)
        self.cookies = httpx.Cookies()

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://site", cookies=self.cookies) as client:
                reply = await client.request(method, path, **options)
                self.cookies = client.cookies
                return reply

        return asyncio.run(request())

    def csrf(self) -> str:
        """The token of the form."""
        found = re.search(r'name="csrf" value="([^"]+)"', self("GET", "/login").text)
        assert found
        return found[1]

    def log_in(self, following: str = "/", **changes: str) -> httpx.Response:
        form = {"login": "ann", "password": PASSWORD, "csrf": self.csrf(), "next": following} | changes
        return self("POST", "/login", data=form)


@pytest.fixture
def visitor(engine: Engine, tmp_path: Path) -> Iterator[Visitor]:
    visitor = Visitor(engine, tmp_path)
    yield visitor
    visitor.registry.close()


def test_a_visitor_without_a_session_is_led_to_the_form_and_back(visitor: Visitor) -> None:
    reply = visitor("GET", "/?view=pictures&period=30d")
    assert (reply.status_code, reply.headers["location"]) == (303, "/login?next=/%3Fview%3Dpictures%26period%3D30d")
    reply = visitor.log_in("/?view=pictures&period=30d")
    assert (reply.status_code, reply.headers["location"]) == (303, "/?view=pictures&period=30d")
    assert visitor("GET", "/").status_code == 200


def test_the_session_is_in_a_cookie_that_no_script_reads_and_no_other_site_sends(visitor: Visitor) -> None:
    cookie = visitor.log_in().headers["set-cookie"]
    assert cookie.startswith("ringledger_session=")
    assert {"HttpOnly", "SameSite=lax", "Max-Age=3600"} <= set(cookie.split("; "))
    secure = visitor("GET", "/login", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    assert "Secure" in secure.split("; ")


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_page_has_a_policy_without_inline_code(visitor: Visitor, path: str) -> None:
    visitor.log_in()
    reply = visitor("GET", path)
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert "unsafe" not in str(policy)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", reply.text)


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\nx", "evil"]
)
def test_logging_in_never_leads_to_another_site(visitor: Visitor, address: str) -> None:
    assert visitor.log_in(address).headers["location"] == "/"


@pytest.mark.parametrize("changes", [{"csrf": ""}, {"csrf": "x" * 43}, {"password": "wrong password"}, {"login": "é"}])
def test_a_form_that_is_forged_or_wrong_logs_nobody_in(visitor: Visitor, changes: dict[str, str]) -> None:
    reply = visitor.log_in(**changes)
    assert (reply.status_code, 'role="alert"' in reply.text) == (200, True)
    assert "ringledger_session" not in visitor.cookies


def test_what_was_typed_comes_back_as_text(visitor: Visitor) -> None:
    text = visitor.log_in(login='"><script>alert(1)</script>', password="wrong password").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_page_asks_in_the_sessions_name_and_other_sites_cannot(visitor: Visitor) -> None:
    visitor.log_in()
    own = {"x-csrf-token": visitor.cookies["ringledger_csrf"]}
    assert visitor("POST", "/page/v2.0", json=BODY, headers=own).json()["result"]["data"][0]["name"] == "acme"
    for headers in ({}, {"x-csrf-token": "x" * 43}, own | {"sec-fetch-site": "cross-site"}):
        for path in ("/page/v2.0", "/page/export/csv", "/page/preferences", "/logout"):
            assert visitor("POST", path, json=BODY, headers=headers).status_code == 403, (path, headers)
    assert visitor("POST", "/v2.0", json=BODY, headers=own).json()["error"]["data"]["field"] == "access_token"


def test_without_a_session_the_pages_requests_are_refused_as_the_api_does(visitor: Visitor) -> None:
    visitor("GET", "/login")
    own = {"x-csrf-token": visitor.cookies["ringledger_csrf"]}
    error = visitor("POST", "/page/v2.0", json=BODY, headers=own).json()["error"]
    assert error["data"]["mnemonic"] == "required_parameter_missed"


def test_logging_out_ends_the_session_for_good(visitor: Visitor) -> None:
    visitor.log_in()
    token = visitor.cookies["ringledger_session"]
    reply = visitor("POST", "/logout", data={"csrf": visitor.cookies["ringledger_csrf"]})
    assert (reply.status_code, reply.headers["location"]) == (303, "/login")
    assert "ringledger_session" not in visitor.cookies
    again = visitor("POST", "/v2.0", json=BODY | {"params": {"access_token": token}}).json()
    assert again["error"]["data"]["mnemonic"] == "access_token_invalid"


def test_a_choice_is_kept_and_what_is_none_is_refused(visitor: Visitor) -> None:
    visitor.log_in()
    own = {"x-csrf-token": visitor.cookies["ringledger_csrf"]}
    assert visitor("POST", "/page/preferences", json={"language": "ru"}, headers=own).status_code == 204
    assert '<html lang="ru">' in visitor("GET", "/").text
    wrongs: tuple[object, ...] = ({"language": "xx"}, {"colour": "red"}, [], "ru")
    for wrong in wrongs:
        assert visitor("POST", "/page/preferences", json=wrong, headers=own).status_code == 400


def test_a_token_in_the_header_stands_for_the_parameter(visitor: Visitor) -> None:
    token = visitor.registry.tokens.create("acme")
    reply = visitor("POST", "/v2.0", json=BODY, headers={"authorization": f"Bearer {token}"})
    assert reply.json()["result"]["data"][0]["name"] == "acme"
    assert "result" in visitor("POST", "/v2.0", json=BODY | {"params": {"access_token": token}}).json()


def test_assets_are_kept_for_good_and_compressed_and_nothing_else_is_served(visitor: Visitor) -> None:
    reply = visitor("GET", f"{assets.base()}/app.js", headers={"accept-encoding": "gzip"})
    assert "immutable" in reply.headers["cache-control"]
    assert (reply.headers["content-encoding"], reply.headers["content-type"]) == (
        "gzip",
        "text/javascript; charset=utf-8",
    )
    assert visitor("GET", "/assets/old/app.js").headers["cache-control"] == "no-store"
    for name in ("../templates/login.html", "nope.js", "..%2f..%2fweb/libraries.json", ""):
        assert visitor("GET", f"{assets.base()}/{name}").status_code == 404


def test_the_libraries_are_the_files_that_were_taken() -> None:
    import hashlib

    for library in json.loads((assets.WEB / "libraries.json").read_text("utf-8")).values():
        for name, digest in library["sha256"].items():
            path = ROOT / name if "/" in name else assets.WEB / "assets" / "libraries" / name
            assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name


def test_both_languages_have_the_same_texts_and_every_module_is_there() -> None:
    from ringledger.http.page import _MODULES

    texts = [json.loads((assets.WEB / "assets" / "words" / f"{one}.json").read_text("utf-8")) for one in ("en", "ru")]
    # What English says by the API's own names and texts is translated only.
    of_the_api = ("field.", "code.", "help.", "error.")
    english, russian = ({name for name in text if not name.startswith(of_the_api)} for text in texts)
    assert english == russian
    assert texts[0].keys() <= texts[1].keys()
    used = set()
    for module in (assets.WEB / "assets").glob("*.js"):
        used |= set(re.findall(r'\bword\("([^"]+)"', module.read_text("utf-8")))
    assert used <= texts[0].keys()
    loaded = (assets.WEB / "assets" / "app.js").read_text("utf-8")
    assert set(re.findall(r'^import .* from "\./([^"]+)"', loaded, re.MULTILINE)) <= set(_MODULES)
