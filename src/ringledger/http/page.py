"""The page's own routes: its shell, logging in and out, choices kept in cookies; data comes from the public methods."""

from __future__ import annotations

import asyncio
import json
import secrets
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ringledger.http import assets, session
from ringledger.http.body import read_body, request_id
from ringledger.http.pools import Pools
from ringledger.rpc import envelope
from ringledger.rpc.service import Service

_LANGUAGES: Final = ("en", "ru")
_THEMES: Final = ("light", "dark")
_CHOICES: Final = {"language": _LANGUAGES, "theme": _THEMES}
_YEAR: Final = 365 * 86_400
_SESSION_SECONDS: Final = 3600
_LARGEST_FORM: Final = 10_000
_TOLD: Final = {"auth_error", "ip_not_whitelisted", "account_inactive", "forbidden", "limit_exceeded"}
"""Refusals that a visitor is told in words."""

_MODULES: Final = (
    "api.js",
    "calls.js",
    "cells.js",
    "columns.js",
    "dom.js",
    "exports.js",
    "fields.js",
    "filter-builder.js",
    "filters.js",
    "period.js",
    "state.js",
    "story.js",
    "views.js",
    "words.js",
)
"""What app.js imports, named so that the browser asks for all of it at once."""

_HEADERS: Final = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self' blob:; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(assets.WEB / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((assets.WEB / "assets" / "words" / f"{language}.json").read_text("utf-8"))
    return found


class Page:
    """The page over a service; it calls methods as any client does."""

    def __init__(self, service: Service, pools: Pools) -> None:
        self._service = service
        self._pools = pools

    def routes(self) -> list[Route]:
        """What it answers at."""
        return [
            Route("/", self.shell),
            Route("/login", self.login_form),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/page/preferences", self.prefer, methods=["POST"]),
            Route("/assets/{version}/{name:path}", assets.serve),
        ]

    async def shell(self, request: Request) -> Response:
        """The page itself; a visitor without a session is asked to log in first."""
        token = session.token(request)
        if token is None:
            following = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(following)}", HTTPStatus.SEE_OTHER)
        loop = asyncio.get_running_loop()
        user = await loop.run_in_executor(self._pools.requests, self._service.user_of, token)
        return _rendered(request, "page.html", {"modules": _MODULES, "user": user or ""})

    async def login_form(self, request: Request) -> Response:
        """The form that asks for login and password."""
        following = _local(request.query_params.get("next", "/"))
        return _rendered(request, "login.html", {"problem": "", "login": "", "next": following})

    async def login(self, request: Request) -> Response:
        """Calls login.user and keeps its token in a cookie, or tells what is wrong."""
        form = await _form(request)
        given = {name: form.get(name, "") for name in ("login", "password", "csrf", "next")}
        words = _words(_language(request))
        if not session.is_own(request, given["csrf"]):
            return _again(request, given, words["login.fault"])
        asked = {"login": given["login"], "password": given["password"]}
        reply = await self._call(request, "login.user", asked)
        if "error" in reply:
            mnemonic = reply["error"]["data"]["mnemonic"]
            return _again(request, given, words[f"login.{mnemonic}" if mnemonic in _TOLD else "login.fault"])
        response = RedirectResponse(_local(given["next"]), HTTPStatus.SEE_OTHER)
        token = reply["result"]["data"]["access_token"]
        session.keep(response, request, session.SESSION, token, _SESSION_SECONDS)
        return response

    async def logout(self, request: Request) -> Response:
        """Calls logout.user and forgets the cookie."""
        if not session.is_own(request, (await _form(request)).get("csrf", "")):
            return PlainTextResponse("this request does not come from the page\n", HTTPStatus.FORBIDDEN)
        await self._call(request, "logout.user", {"access_token": session.token(request) or ""})
        response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        session.keep(response, request, session.SESSION, "", 0)
        return response

    async def prefer(self, request: Request) -> Response:
        """Keeps a choice of language or theme."""
        if not session.is_own(request, request.headers.get(session.CSRF_HEADER, "")):
            return PlainTextResponse("this request does not come from the page\n", HTTPStatus.FORBIDDEN)
        try:
            chosen = json.loads(await read_body(request.receive, _LARGEST_FORM) or b"")
        except ValueError:
            chosen = None
        if not isinstance(chosen, dict) or any(value not in _CHOICES.get(name, ()) for name, value in chosen.items()):
            return PlainTextResponse("no such choice\n", HTTPStatus.BAD_REQUEST)
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        for name, value in chosen.items():
            session.keep(response, request, f"ringledger_{name}", value, _YEAR)
        return response

    async def _call(self, request: Request, method: str, params: dict[str, str]) -> dict[str, Any]:
        body = envelope.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        address = request.client.host if request.client else ""
        outcome = await asyncio.get_running_loop().run_in_executor(
            self._pools.of(method), self._service.answer, body, address, request_id(request.headers)
        )
        reply: dict[str, Any] = json.loads(b"".join(outcome.parts))
        return reply


async def _form(request: Request) -> dict[str, str]:
    body = await read_body(request.receive, _LARGEST_FORM) or b""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _again(request: Request, given: dict[str, str], problem: str) -> Response:
    shown = {"problem": problem, "login": given["login"], "next": _local(given["next"])}
    return _rendered(request, "login.html", shown)


def _rendered(request: Request, name: str, values: dict[str, Any]) -> Response:
    language, nonce, csrf = _language(request), secrets.token_urlsafe(16), session.csrf(request)
    theme = request.cookies.get("ringledger_theme", "")
    shared = {
        "assets": assets.base(),
        "csrf": csrf,
        "language": language,
        "nonce": nonce,
        "theme": theme if theme in _THEMES else "",
        "words": _words(language),
    }
    text = _templates().get_template(name).render(**shared, **values)
    headers = {**_HEADERS, "content-security-policy": _POLICY.format(nonce=nonce)}
    response = Response(text, headers=headers, media_type="text/html")
    session.keep(response, request, session.CSRF, csrf)
    return response


def _language(request: Request) -> str:
    chosen = request.cookies.get("ringledger_language")
    if chosen in _LANGUAGES:
        return chosen
    accepted = request.headers.get("accept-language", "").lower()
    return "ru" if accepted.startswith("ru") else "en"


def _local(address: str) -> str:
    """The address if it is one of this server's, else that of the page."""
    parts = urlsplit(address)
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address if safe and address.isprintable() else "/"
