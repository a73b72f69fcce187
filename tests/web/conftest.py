"""The real server over calls of a small company, and Debian's Chromium to look at it as a person does."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from tests.cli.conftest import Program

from ringledger.registry.registry import Registry

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).parents[2] / "test-output" / "web"
MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"
ZONE = "Europe/London"
PASSWORD = "correct horse battery"

Row = dict[str, Any]


def moment(ago: timedelta) -> str:
    """A moment in UTC as session files have it."""
    return f"{datetime.now(UTC) - ago:%Y-%m-%d %H:%M:%S}"


def calls() -> Iterator[Row]:
    """Thirty days of calls: twelve a day, every third lost, one whose fields hold markup."""
    names = ("Amelia Hart", "Oliver Singh", "Grace Whitfield")
    for number in range(360):
        ago = timedelta(hours=2 * number + 1)
        lost, name = number % 3 == 0, names[number % len(names)]
        start = datetime.now(UTC) - ago
        yield {
            "id": 1000 + number,
            "communication_id": 5000 + number,
            "start_time": f"{start:%Y-%m-%d %H:%M:%S}",
            "finish_time": f"{start + timedelta(seconds=90):%Y-%m-%d %H:%M:%S}",
            "finish_reason": "timeout" if lost else "operator_disconnects",
            "direction": "out" if number % 4 == 3 else "in",
            "source": "va",
            "is_lost": lost,
            "contact_phone_number": f"4479460{number % 50:05}",
            "virtual_phone_number": f"44207946010{number % 3}",
            "wait_duration": number % 40,
            "talk_duration": 0 if lost else number % 300,
            "total_duration": 90,
            "campaign_name": MARKUP if number == 5 else ("Brand", "Spring", "Newsletter")[number % 3],
            "utm_source": "google" if number % 2 else None,
            "employees": [
                {"employee_id": number % 3, "employee_full_name": name, "is_answered": not lost, "is_talked": not lost}
            ],
            "tags": [{"tag_id": 1, "tag_name": MARKUP}] if number == 5 else [],
        }


class Site(msgspec.Struct):
    """A running server, and the program that works on its folder."""

    url: str
    program: Program
    process: subprocess.Popen[str]
    token: str
    folder: Path

    def import_calls(self, rows: list[Row], account: str = "acme") -> None:
        """Brings calls in while the server runs."""
        path = self.folder / "more.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        done = self.program.answer("import", "calls", str(path), "--account", account)
        assert done["rejected"] == 0, path.with_name("more.ndjson.rejected.ndjson").read_text()

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a method by the account's own token."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"access_token": self.token, **params}}
        return httpx.post(f"{self.url}/v2.0", json=body).json()["result"]


def _people(folder: Path) -> str:
    """Makes acme, an agency with its customers shop and salon, and a broker with its customer atoll, where it is always
    another day than at the broker's; with a user each. The token of acme.
    """
    folder.mkdir(mode=0o700)
    registry = Registry.open(f"sqlite:///{folder}/registry.db")
    registry.accounts.create("acme", timezone=ZONE)
    registry.accounts.create("agency", partner=True)
    registry.accounts.create("shop", parent="agency", timezone="Europe/Berlin")
    registry.accounts.create("salon", parent="agency", timezone="Europe/Berlin")
    registry.accounts.create("broker", partner=True, timezone="Pacific/Pago_Pago")
    registry.accounts.create("atoll", parent="broker", timezone="Pacific/Kiritimati")
    logins = {"acme": "ann", "agency": "paul", "shop": "sam", "salon": "sue", "broker": "bea", "atoll": "ati"}
    for account, login in logins.items():
        registry.users.create(account, login, PASSWORD, login.title())
    token = registry.tokens.create("acme")
    registry.close()
    return token


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server of the account acme with calls and a recording, and of a partner with a customer."""
    folder = tmp_path_factory.mktemp("web")
    program = Program(folder / "data")
    token = _people(folder / "data")
    # Nobody reads its log here: a full pipe would stop it.
    process = program.start("serve", "--port", "0", "--log-level", "error")
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("Ringledger is listening"), process.communicate()[1]
    site = Site(line.split()[-1], program, process, token, folder)
    site.import_calls(list(calls()))
    site.import_calls([next(calls()) | {"id": 7}], "shop")
    site.import_calls([call | {"id": 70 + at} for at, call in enumerate(islice(calls(), 3))], "salon")
    yield site
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0, "the server did not end cleanly"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests: Playwright's loop counts as running in this thread as long as it is there."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def sessions(browser: Browser, site: Site) -> Callable[[str], Any]:
    """Logs a person in by the form, once; what the browser keeps of it."""

    @cache
    def cookies(login: str) -> Any:
        context = browser.new_context(base_url=site.url, locale="en-GB")
        page = context.new_page()
        log_in(page, login)
        page.wait_for_selector("html[data-ready]")
        kept = context.storage_state()
        context.close()
        return kept

    return cookies


@pytest.fixture
def visit(
    browser: Browser, site: Site, sessions: Callable[[str], Any], request: pytest.FixtureRequest
) -> Iterator[Open]:
    """Opens an address in a fresh browser profile, logged in; no test may leave an error in the console."""
    problems: list[str] = []
    pages: list[Page] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(message.text)

    def open_page(path: str = "/", login: str = "ann", **options: Any) -> Page:
        kept = sessions(login) if login else None
        context = browser.new_context(base_url=site.url, locale="en-GB", storage_state=kept, **options)
        context.set_default_timeout(30_000)
        page = context.new_page()
        pages.append(page)
        page.on("console", told)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        page.goto(path)
        if login:
            page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    name = re.sub(r"\W+", "-", request.node.name)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages):
        page.screenshot(path=PICTURES / f"{name}{number or ''}.png")
        page.context.close()
    assert not problems


def log_in(page: Page, login: str, path: str = "/") -> None:
    """Logs in by the form, on the way to the address."""
    page.goto(path)
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
