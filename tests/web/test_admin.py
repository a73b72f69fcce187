"""Administration in a real browser, as an account's administrator does it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs
from playwright.sync_api import Locator, Page, expect
from tests.web.conftest import PASSWORD, Open, Site, log_in

from ringledger.registry.connections import Connection
from ringledger.registry.registry import Registry

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
WCAG = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr", has_text=text)


def post_event(site: Site, call_id: str, *, number: str = "447946000009") -> None:
    """A call that comes in now, of a time that no other test looks at."""
    now = datetime.now(UTC) - timedelta(days=300)
    event = {
        "event": "session_started",
        "call_id": call_id,
        "event_id": "1",
        "contact_number": number,
        "time": now.isoformat(),
    }
    headers = {"Authorization": f"Bearer {site.token}"}
    assert httpx.post(f"{site.url}/intake/events", json=event, headers=headers).status_code == 200
    ended = event | {"event": "session_finished", "event_id": "2", "finish_reason": "timeout"}
    ended.pop("contact_number")
    assert httpx.post(f"{site.url}/intake/events", json=ended, headers=headers).status_code == 200


@pytest.fixture
def users(site: Site) -> Iterator[Callable[..., int]]:
    """Makes users of acme, who are gone after the test."""
    made: list[int] = []

    def make(login: str, **params: Any) -> int:
        made.append(site.ask("create.users", login=login, password=PASSWORD, **params)["id"])
        return made[-1]

    yield make
    for one in site.ask("get.users")["data"]:
        if one["login"] != "ann":
            site.ask("delete.users", id=one["id"])


def test_a_user_is_made_confined_by_ticks_and_logs_in(visit: Open, site: Site, users: Any) -> None:
    amelia = site.ask("create.employees", last_name="Hart", first_name="Amelia")["id"]
    page = visit("/?view=admin&item=users")
    expect(row(page, "ann")).to_contain_text("Administrator")
    page.get_by_role("button", name="New", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Login required").fill("rob")
    dialog.get_by_label("Password required").fill("password1")
    dialog.get_by_label("Role").select_option("Reader")
    dialog.get_by_role("checkbox", name="Hart Amelia").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, "rob")).to_contain_text("Hart Amelia")
    [rob] = [one for one in site.ask("get.users")["data"] if one["login"] == "rob"]
    assert (rob["role"], rob["is_confined"]) == ("reader", True)
    assert rob["employees"] == [{"employee_id": amelia, "employee_full_name": "Hart Amelia"}]
    row(page, "rob").get_by_role("button", name="Edit: rob").click()
    expect(dialog.get_by_role("checkbox", name="Hart Amelia")).to_be_checked()
    dialog.get_by_label("Sees only some calls").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    [rob] = [one for one in site.ask("get.users")["data"] if one["login"] == "rob"]
    assert (rob["is_confined"], rob["role"], rob["name"]) == (False, "reader", "rob")


def test_a_user_gets_another_password_is_blocked_unblocked_and_deleted(visit: Open, site: Site, users: Any) -> None:
    users("kim")
    page = visit("/?view=admin&item=users")
    row(page, "kim").get_by_role("button", name="New password: kim").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("input")).to_have_count(1)
    dialog.get_by_label("Password").fill("another password")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    row(page, "kim").get_by_role("button", name="Block: kim").click()
    expect(row(page, "kim").get_by_role("button", name="Unblock: kim")).to_be_visible()
    visitor = visit("/login", login="")
    log_in(visitor, "kim")
    expect(visitor.get_by_role("alert")).to_have_text("Login or password is wrong.")
    visitor.fill("[name=password]", "another password")
    visitor.click("button.primary")
    expect(visitor.get_by_role("alert")).to_have_text("This user is blocked.")
    row(page, "kim").get_by_role("button", name="Unblock: kim").click()
    expect(row(page, "kim").get_by_role("button", name="Block: kim")).to_be_visible()
    visitor.fill("[name=password]", "another password")
    visitor.click("button.primary")
    visitor.wait_for_selector("html[data-ready]")
    row(page, "kim").get_by_role("button", name="Delete: kim").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row(page, "kim")).to_have_count(0)


def test_what_is_done_again_is_told_once(visit: Open, site: Site, users: Any) -> None:
    users("tess", role="reader")
    page = visit("/?view=admin&item=users")
    for button, following in (("Block: tess", "Unblock: tess"), ("Unblock: tess", "Block: tess")) * 2:
        row(page, "tess").get_by_role("button", name=button, exact=True).click()
        expect(row(page, "tess").get_by_role("button", name=following, exact=True)).to_be_visible()
        assert page.locator(".toast", has_text="Done.").count() <= 1
    expect(page.locator(".toast")).to_have_text("Done.")
    row(page, "ann").get_by_role("button", name="Block: ann").click()
    expect(page.locator(".toast", has_text="You have interdependent entities")).to_be_visible()


def test_the_last_administrator_stays_and_the_form_says_so(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=users")
    row(page, "ann").get_by_role("button", name="Edit: ann").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Role").select_option("Reader")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("Role: You have interdependent entities")
    expect(dialog.get_by_label("Role")).to_be_focused()
    page.keyboard.press("Escape")
    row(page, "ann").get_by_role("button", name="Block: ann").click()
    expect(page.locator(".toast")).to_contain_text("You have interdependent entities")
    expect(row(page, "ann")).to_contain_text("Administrator")


def test_a_reader_is_not_led_to_what_only_administrators_see(visit: Open, site: Site, users: Any) -> None:
    users("rita", role="reader")
    page = visit("/login", login="")
    log_in(page, "rita", "/?view=admin&item=users")
    page.wait_for_selector("html[data-ready]")
    side = page.get_by_role("navigation", name="Lists")
    expect(side.get_by_role("button", name="Employees", exact=True)).to_be_visible()
    for name in ("Users", "Access tokens", "Admitted addresses", "Request log", "Sources of calls"):
        expect(side.get_by_role("button", name=name, exact=True)).to_have_count(0)


def until_noted(site: Site, method: str) -> None:
    """Waits for the request log, which is written every second."""
    now, day = datetime.now(UTC), timedelta(days=1)
    period = {"date_from": f"{now - day:%Y-%m-%d %H:%M:%S}", "date_till": f"{now + day:%Y-%m-%d %H:%M:%S}"}
    ends = time.monotonic() + 20
    while all(one["api_request_method"] != method for one in site.ask("get.api_requests", **period)["data"]):
        assert time.monotonic() < ends, f"the log does not tell of {method}"
        time.sleep(0.1)


def lists(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Lists").get_by_role("button", name=name, exact=True).click()
    expect(page.locator("section.panel")).to_have_attribute("aria-label", name)


def make_user_and_token(page: Page, login: str) -> None:
    dialog = page.get_by_role("dialog")
    lists(page, "Users")
    page.get_by_role("button", name="New", exact=True).click()
    dialog.get_by_label("Login required").fill(login)
    dialog.get_by_label("Password required").fill("password1")
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, login)).to_be_visible()
    lists(page, "Access tokens")
    page.get_by_role("button", name="New", exact=True).click()
    dialog.get_by_label("What for").fill(f"for {login}")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("pre")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, f"for {login}")).to_be_visible()


def test_a_partner_manages_its_own_users_and_tokens_and_those_of_a_customer(visit: Open) -> None:
    page = visit("/?view=admin", login="paul")
    choice = page.get_by_label("Customer")
    own, customer, _ = choice.locator("option").all_inner_texts()
    for account, login in ((own, "olga"), (customer, "carl")):
        choice.select_option(label=account)
        make_user_and_token(page, login)
    for account, login, other in ((own, "olga", "carl"), (customer, "carl", "olga")):
        choice.select_option(label=account)
        lists(page, "Access tokens")
        expect(row(page, f"for {login}")).to_be_visible()
        expect(row(page, f"for {other}")).to_have_count(0)
        lists(page, "Users")
        expect(row(page, other)).to_have_count(0)
        row(page, login).get_by_role("button", name=f"Delete: {login}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(row(page, login)).to_have_count(0)


def test_the_whitelist_is_set_and_warns_who_would_lock_oneself_out(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=whitelist")
    expect(page.locator(".addresses")).to_contain_text("127.0.0.0/8")
    box = page.get_by_label("Address or CIDR range")
    box.fill("office")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("“office” is no address or CIDR range.")
    box.fill("192.0.2.0/24")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You would lock yourself out")
    dialog.get_by_role("button", name="Cancel").click()
    assert [one["is_default"] for one in site.ask("get.whitelist")["data"]] == [True, True]
    box.fill("127.0.0.0/8")
    page.keyboard.press("Enter")
    expect(page.locator(".addresses li")).to_have_count(1)
    expect(page.locator(".addresses li")).to_contain_text("your address")
    box.fill("192.0.2.0/24")
    page.keyboard.press("Enter")
    expect(page.locator(".addresses li")).to_have_count(2)
    page.get_by_role("button", name="Delete: 127.0.0.0/8").click()
    expect(dialog).to_contain_text("does not admit the address")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete: 192.0.2.0/24").click()
    expect(page.locator(".addresses li")).to_have_count(1)
    site.ask("update.whitelist", addresses=[])


def test_sources_show_what_came_what_was_refused_and_what_is_lost(visit: Open, site: Site) -> None:
    post_event(site, "W-1")
    bad = httpx.post(f"{site.url}/intake/events?access_token={site.token}", json={"event": "sleep"})
    assert bad.status_code == 422
    page = visit("/?view=admin")
    card = page.get_by_role("article", name="Call events over HTTP")
    expect(card).to_contain_text("Last event")
    expect(card).to_contain_text(re.compile(r"\d+ (second|minute)s? ago"))
    expect(card).to_contain_text("sleep")
    expect(page.get_by_role("status").first).to_have_text(re.compile("needs? attention|All is well"))


def test_a_source_that_is_lost_comes_first_and_says_so(visit: Open, site: Site) -> None:
    post_event(site, "L-1")
    registry = Registry.open(f"sqlite:///{site.folder}/data/registry.db")
    told = Connection("AMI 192.0.2.5:5038", "asterisk-cel", "ami", is_connected=False, since=int(time.time()))
    registry.connections.tell(1, structs.replace(told, error="the switch does not answer"))
    page = visit("/?view=admin&item=intake_sources", color_scheme="dark")
    expect(page.get_by_role("status").first).to_have_text(re.compile("needs? attention"))
    first = page.get_by_role("article").first
    expect(first).to_contain_text("Asterisk: channel events")
    expect(first).to_contain_text("The connection to the switch is lost.")
    expect(first).to_contain_text("AMI 192.0.2.5:5038 manager interface")
    expect(first).to_contain_text("the switch does not answer")
    page.evaluate(AXE)
    assert page.evaluate(WCAG)["violations"] == []
    registry.connections.forget(1, told.name)
    registry.close()


def test_tokens_are_made_shown_once_and_blocked(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=access_tokens")
    page.get_by_role("button", name="New", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What for").fill("crm")
    dialog.get_by_role("button", name="Save").click()
    token = dialog.locator("pre").inner_text()
    asked = {"jsonrpc": "2.0", "id": 1, "method": "get.account", "params": {"access_token": token}}
    assert "result" in httpx.post(f"{site.url}/v2.0", json=asked).json()
    page.keyboard.press("Escape")
    row(page, "crm").get_by_role("button", name="Block: crm").click()
    expect(row(page, "crm").get_by_role("button", name="Unblock: crm")).to_be_visible()
    assert httpx.post(f"{site.url}/v2.0", json=asked).json()["error"]["data"]["mnemonic"] == "access_token_blocked"


def test_an_employee_is_made_and_changed_without_writing_json(visit: Open, site: Site) -> None:
    # Of an account whose calls no other test looks at: a new name shows in old calls.
    page = visit("/?view=admin&item=employees", login="sam")
    page.get_by_role("button", name="New", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Last name required").fill("Moss")
    dialog.get_by_label("First name").fill("Ella")
    numbers = dialog.get_by_role("group", name="Phone numbers")
    if not numbers.is_visible():
        dialog.get_by_text("More").click()
    numbers.get_by_role("button", name="Add").click()
    numbers.get_by_label("Phone number required").fill("447946055555")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, "Moss Ella")).to_contain_text("447946055555")
    row(page, "Moss Ella").get_by_role("button", name="Edit: Moss Ella").click()
    dialog.get_by_label("Last name required").fill("Stone")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, "Stone Ella")).to_contain_text("447946055555")
    row(page, "Stone Ella").get_by_role("button", name="Delete: Stone Ella").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row(page, "Stone Ella")).to_have_count(0)


def test_the_request_log_is_searched_sorted_and_opened_by_keyboard(visit: Open, site: Site) -> None:
    site.ask("get.virtual_numbers")
    until_noted(site, "get.virtual_numbers")
    page = visit("/?view=admin&item=api_requests&period=today")
    page.get_by_label("Search").fill("VIRTUAL_num")
    expect(page.locator("tbody tr").first).to_contain_text("get.virtual_numbers")
    page.get_by_role("button", name="Method", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Method")
    expect(page.get_by_role("button", name="Method", exact=True)).to_be_focused()
    page.locator("tbody .open").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Parameters")
    page.keyboard.press("Escape")
    page.get_by_label("Search").fill("no such thing (")
    expect(page.locator(".empty")).to_have_text("Nothing matches.")


ITEMS = (
    "intake_sources",
    "users",
    "access_tokens",
    "whitelist",
    "api_requests",
    "employees",
    "virtual_numbers",
    "tags",
)


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [("light", 1360, "en"), ("dark", 1360, "ru"), ("light", 390, "ru"), ("dark", 390, "en")],
)
def test_every_page_of_administration_is_accessible_and_fits_the_screen(
    visit: Open, site: Site, scheme: str, width: int, language: str, users: Any
) -> None:
    users("rob", role="reader", virtual_numbers=["442079460101"], name="Robert Example")
    post_event(site, f"A-{scheme}-{width}")
    page = visit("/", color_scheme=scheme, viewport={"width": width, "height": 900})
    cookie = {"name": "ringledger_language", "value": language, "url": site.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    folder = Path(__file__).parents[2] / "test-output" / "web" / "admin"
    folder.mkdir(parents=True, exist_ok=True)
    forms = {"users": True, "employees": True}
    for item in ITEMS:
        page.goto(f"/?view=admin&item={item}&period=today")
        page.wait_for_selector("html[data-ready]")
        page.wait_for_selector("main:not([aria-busy])")
        look(page, item, folder / f"{item}-{scheme}-{width}-{language}.png", width)
        if item in forms:
            page.locator(".table-head .primary").click()
            page.wait_for_selector("dialog[open]")
            page.wait_for_timeout(200)
            look(page, f"{item} form", folder / f"{item}-form-{scheme}-{width}-{language}.png", width)


def look(page: Page, name: str, picture: Path, width: int) -> None:
    page.evaluate(AXE)
    page.screenshot(path=picture, full_page=True)
    found = page.evaluate(WCAG)
    faults = [(one["id"], node["target"], node["any"][:1]) for one in found["violations"] for node in one["nodes"]]
    assert faults == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_nothing_of_administration_stays_english_in_russian(visit: Open, site: Site, users: Any) -> None:
    users("rob", role="reader")
    page = visit("/?view=admin&item=users")
    page.get_by_role("button", name="RU, русский язык").click()
    page.wait_for_selector("html[lang=ru][data-ready]")
    for item in ITEMS:
        page.goto(f"/?view=admin&item={item}&period=today")
        page.wait_for_selector("html[data-ready]")
        page.wait_for_selector("main:not([aria-busy])")
        texts = page.locator("main th, main h2, main button:not(.open), main dt, main .badge").all_inner_texts()
        english = [text for text in texts if re.search("[A-Za-z]{4,}", text) and not re.search("[а-я]", text)]
        assert english == [] or item == "api_requests", (item, english)
        assert not json.dumps(texts).count("field.")
