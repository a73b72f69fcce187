"""What a person does with the page, done in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.intake.sounds import wav
from tests.web.conftest import MARKUP, PASSWORD, Open, Site, calls, moment

pytestmark = pytest.mark.browser

LOST = {"field": "is_lost", "operator": "=", "value": True}


def total(page: Page) -> int:
    """The number of calls that the page tells."""
    page.wait_for_selector("main:not([aria-busy])")
    return int(re.sub(r"\D", "", page.locator("p.total").first.inner_text()))


def state(page: Page) -> dict[str, str]:
    """What the address holds."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def period(page: Page) -> dict[str, Any]:
    """The period of the page's last request."""
    found: dict[str, Any] = page.evaluate(
        "import(document.querySelector('script').src.replace('app.js', 'period.js')).then((one) => one.period())"
    )
    return found


def test_a_wrong_password_is_told_a_right_one_leads_to_where_one_was_going_and_logging_out_ends_it(
    visit: Open, site: Site
) -> None:
    page = visit("/?period=30d", login="")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.fill("[name=login]", "ann")
    page.fill("[name=password]", "wrong password")
    page.click("button.primary")
    expect(page.get_by_role("alert")).to_have_text("Login or password is wrong.")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("html[data-ready]")
    assert state(page) == {"period": "30d"}
    expect(page.locator(".account")).to_contain_text("Europe/London")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/")
    expect(page).to_have_url(re.compile("/login"))


def test_the_table_sorts_by_a_click_pages_and_the_address_holds_what_is_seen(visit: Open, site: Site) -> None:
    page = visit("/?period=30d&size=50")
    whole = site.ask("get.calls_report", **period(page), limit=1)["metadata"]["total_items"]
    assert total(page) == whole > 100
    first = page.locator("tbody .open").first
    latest = first.inner_text()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert first.inner_text() != latest
    page.get_by_role("button", name="Next page").click()
    expect(page.locator(".pager")).to_contain_text("Page 2 of")
    assert state(page) == {"period": "30d", "size": "50", "sort": "start_time:asc", "page": "2"}
    shown = page.locator("tbody").nth(1).inner_text()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator("tbody").nth(1).inner_text() == shown
    page.go_back()
    expect(page.locator(".pager")).to_contain_text("Page 1 of")


def test_the_period_is_picked_from_presets_or_typed_and_means_the_accounts_days(visit: Open, site: Site) -> None:
    page = visit("/")
    picker = page.get_by_label("Period", exact=True).get_by_role("combobox")
    for preset in ("today", "yesterday", "30d", "90d", "7d"):
        picker.select_option(preset)
        expect(page).to_have_url(re.compile(f"period={preset}" if preset != "7d" else "/$"))
        chosen = period(page)
        assert chosen["date_till"].endswith(" 23:59:59")
        assert total(page) == site.ask("get.calls_report", **chosen, limit=1)["metadata"]["total_items"]
    picker.select_option("own")
    begin = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d")
    page.get_by_label("From", exact=True).fill(f"{begin}T08:00:00")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile(f"from={begin}"))
    chosen = period(page)
    assert chosen["date_from"] == f"{begin} 08:00:00"
    assert total(page) == site.ask("get.calls_report", **chosen, limit=1)["metadata"]["total_items"]


def test_outgoing_calls_and_those_with_a_tag_are_one_click_away(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.get_by_role("button", name="Outgoing", exact=True).click()
    expect(page.locator(".chip")).to_have_text("Direction is Outgoing")
    outgoing = {"field": "direction", "operator": "=", "value": "out"}
    found = site.ask("get.calls_report", **period(page), filter=outgoing, limit=1)["metadata"]["total_items"]
    assert total(page) == found > 0
    page.get_by_role("button", name="Outgoing", exact=True).click()
    expect(page.locator(".chip")).to_have_count(0)
    box = page.get_by_label("Tag", exact=True)
    box.focus()
    expect(box.locator("option", has_text=MARKUP)).to_have_count(1)
    box.select_option(MARKUP)
    expect(page.locator(".chip")).to_have_count(1)
    assert total(page) == 1


def test_all_is_done_with_the_keyboard_alone(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")

    def go(name: str, key: str = "Tab") -> None:
        for _ in range(60):
            page.keyboard.press(key)
            focused = page.evaluate(
                "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
            )
            if focused.strip() == name:
                return
        raise AssertionError(f"the tab key does not come to {name!r}")

    go("Lost")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Outcome is Lost")
    expect(page.get_by_role("button", name="Lost", exact=True)).to_be_focused()
    go("Remove Outcome is Lost")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(0)
    go("Overview", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".bars")
    go("Spring")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Campaign is Spring")


def test_lost_calls_are_listed_with_how_soon_they_were_called_back(visit: Open, site: Site) -> None:
    page = visit("/?view=pictures&period=30d")
    picture = page.get_by_role("region", name="Latest lost calls").first
    picture.scroll_into_view_if_needed()
    rows = picture.locator("tbody tr")
    expect(rows).to_have_count(10)
    lost = site.ask("get.calls_report", **period(page), filter=LOST, limit=1)["metadata"]["total_items"]
    expect(rows.first).to_contain_text("not yet")
    picture.get_by_role("button", name=f"All {lost} lost calls").click()
    expect(page.locator("p.total")).to_have_text(f"{lost} calls")
    assert json.loads(state(page)["filter"]) == LOST


def test_quick_filters_and_their_chips_choose_the_calls_that_the_api_says(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.get_by_role("button", name="Lost", exact=True).click()
    expect(page.locator(".chip")).to_have_text("Outcome is Lost")
    assert total(page) == site.ask("get.calls_report", **period(page), filter=LOST, limit=1)["metadata"]["total_items"]
    box = page.get_by_label("Employee", exact=True)
    box.focus()
    expect(box.locator("option")).to_have_count(4)
    box.select_option("Amelia Hart")
    expect(page.locator(".chip")).to_have_count(2)
    amelia = {"field": "employees", "operator": "jsquery", "value": '#(employee_full_name = "Amelia Hart")'}
    both = {"condition": "and", "filters": [LOST, amelia]}
    assert total(page) == site.ask("get.calls_report", **period(page), filter=both, limit=1)["metadata"]["total_items"]
    page.get_by_label("Caller's number").fill("00012")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(3)
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_a_filter_tree_is_built_with_the_operators_of_a_field_and_values_that_occur(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.get_by_role("button", name="Filter", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Field").select_option("campaign_name")
    operators = dialog.get_by_label("Operator").locator("option").evaluate_all("all => all.map((one) => one.value)")
    assert operators == ["=", "!=", "like", "regexp", "in", "= null", "!= null"]
    dialog.get_by_label("Value").fill("Bra")
    expect(dialog.locator("datalist option")).to_have_count(1)
    dialog.get_by_label("Value").fill("Brand")
    dialog.get_by_role("button", name="Group").click()
    dialog.get_by_label("Field").nth(1).select_option("wait_duration")
    dialog.get_by_label("Operator").nth(1).select_option(">=")
    dialog.get_by_label("Value").nth(1).fill("20")
    dialog.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    tree = json.loads(state(page)["filter"])
    brand = {"field": "campaign_name", "operator": "=", "value": "Brand"}
    waited = {"condition": "or", "filters": [{"field": "wait_duration", "operator": ">=", "value": 20}]}
    assert tree == {"condition": "and", "filters": [brand, waited]}
    assert total(page) == site.ask("get.calls_report", **period(page), filter=tree, limit=1)["metadata"]["total_items"]


def test_columns_are_chosen_from_all_fields_and_remembered(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog")
    fields = page.evaluate(
        "import(document.querySelector('script').src.replace('app.js', 'fields.js'))"
        ".then((one) => [...one.callFields().keys()].length)"
    )
    assert dialog.locator("input[type=checkbox]").count() == fields
    dialog.get_by_label("Find a column").fill("utm source")
    dialog.get_by_label("UTM source", exact=True).check()
    dialog.get_by_role("button", name="Move UTM source before").click()
    dialog.get_by_role("button", name="Apply").click()
    heads = page.locator("thead th")
    expect(heads.nth(-2)).to_have_text("UTM source")
    page.goto("/?period=30d")
    expect(heads.nth(-2)).to_have_text("UTM source")


def test_a_call_opens_by_keyboard_tells_its_story_and_closes_with_escape(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.locator("tbody .open").nth(1).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Waited 0:01")
    expect(dialog.get_by_role("button", name="Oliver Singh")).to_be_visible()
    assert state(page)["call"] == "1001"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("call="))
    page.goto("/?period=30d&call=1002")
    page.get_by_role("dialog").get_by_role("button", name="Grace Whitfield").click()
    expect(page.locator(".chip")).to_have_text("Employee = Grace Whitfield")


def test_the_story_of_an_outgoing_call_names_whom_it_was_for(visit: Open, site: Site) -> None:
    start = datetime.now(UTC) - timedelta(minutes=7)
    caller = {"event": "leg_started", "leg_id": "a", "number": "282", "party": "employee"}
    callee = {"event": "leg_started", "leg_id": "b", "number": "+447946054321", "party": "contact"}
    events: list[dict[str, Any]] = [
        caller,
        callee,
        {"event": "ended", "leg_id": "b", "cause": 17},
        {"event": "ended", "leg_id": "a"},
    ]
    told = [
        one | {"call_id": "O", "event_id": str(at), "time": f"{start + timedelta(seconds=at):%FT%TZ}"}
        for at, one in enumerate(events)
    ]
    headers = {"Authorization": f"Bearer {site.token}"}
    assert httpx.post(f"{site.url}/intake/events", json=told, headers=headers).status_code == 200
    page = visit("/?period=7d")
    page.locator("tbody tr", has_text="447946054321").locator(".open").click()
    expect(page.locator(".leg strong")).to_have_text(["282", "+447946054321"])


def test_the_story_tells_holds_and_transfers_on_the_time_line(visit: Open, site: Site) -> None:
    people = site.folder / "directory.json"
    people.write_text(json.dumps({"employees": [{"full_name": "Rosa Marsh", "numbers": ["281"]}]}))
    site.program.answer("directory", "import", str(people), "--account", "acme")
    start = datetime.now(UTC) - timedelta(minutes=5)
    happened: list[tuple[int, str, dict[str, Any]]] = [
        (0, "leg_started", {"leg_id": "a", "party": "contact", "number": "+447946012345"}),
        (5, "leg_started", {"leg_id": "b", "number": "281"}),
        (10, "answered", {"leg_id": "b"}),
        (10, "bridged", {"leg_ids": ["a", "b"]}),
        (30, "held", {"leg_id": "b"}),
        (50, "resumed", {"leg_id": "b"}),
        (90, "transferred", {"leg_id": "b"}),
        (90, "ended", {"leg_id": "b"}),
        (100, "ended", {"leg_id": "a"}),
    ]
    events = [
        {
            "event": kind,
            "call_id": "H",
            "event_id": str(at),
            "time": f"{start + timedelta(seconds=second):%FT%TZ}",
            **more,
        }
        for at, (second, kind, more) in enumerate(happened)
    ]
    taken = httpx.post(f"{site.url}/intake/events", json=events, auth=("switch", site.token)).json()
    assert taken == {"accepted": len(events), "rejected": []}
    page = visit("/?period=7d")
    page.locator("tbody tr", has_text="Rosa Marsh").locator(".open").click()
    legs = page.locator(".leg")
    expect(legs.nth(1)).to_contain_text("Rosa Marsh")
    expect(legs.nth(1)).to_contain_text("held for 0:20 · moved the call on at 1:30")
    expect(legs.nth(1).locator(".hold")).to_have_attribute("style", "left: 30%; width: 20%;")
    expect(legs.nth(1).locator(".talk")).to_have_count(2)
    expect(legs.nth(1).locator(".mark")).to_have_attribute("style", "left: 90%;")
    expect(page.locator(".legend")).to_have_text("ringingconnectedtalkingon holdtransferred")


def test_markup_in_a_calls_fields_shows_as_text_everywhere(visit: Open, site: Site) -> None:
    only = quote(json.dumps({"field": "campaign_name", "operator": "=", "value": MARKUP}))
    page = visit(f"/?period=30d&filter={only}")
    expect(page.locator("tbody").nth(1)).to_contain_text(MARKUP)
    expect(page.locator(".chip")).to_contain_text(MARKUP)
    page.locator("tbody .open").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(MARKUP)
    page.goto(f"/?view=pictures&period=30d&filter={only}")
    expect(page.locator(".bars").first).to_be_visible()
    expect(page.get_by_role("button", name=MARKUP, exact=True)).to_be_visible()
    assert page.locator("main img, main b").count() == 0


def test_pictures_show_what_the_engine_works_out_and_a_click_narrows_the_filter(visit: Open, site: Site) -> None:
    page = visit("/?view=pictures&period=30d")
    [whole] = site.ask("get.calls_summary", **period(page))["data"]
    expect(page.locator(".tile").nth(0)).to_contain_text(str(whole["calls_count"]))
    expect(page.locator(".tile").nth(1)).to_contain_text(str(whole["lost_count"]))
    expect(page.locator(".heat tbody td")).to_have_count(7 * 24)
    page.get_by_role("region", name="Campaigns").get_by_role("button", name="Spring").click()
    expect(page.locator(".chip")).to_have_text("Campaign is Spring")
    spring = {"field": "campaign_name", "operator": "=", "value": "Spring"}
    [some] = site.ask("get.calls_summary", **period(page), filter=spring)["data"]
    expect(page.locator(".tile").nth(0)).to_contain_text(str(some["calls_count"]))
    page.locator(".u-over").click(position={"x": 300, "y": 60})
    expect(page).to_have_url(re.compile("period=own"))
    assert len(state(page)["from"]) == len("2026-01-01 00:00:00")


def test_a_click_on_any_picture_narrows_what_is_seen(visit: Open, site: Site) -> None:
    page = visit("/?view=pictures&period=30d")
    [busiest] = site.ask(
        "get.calls_summary", **period(page), dimensions=["weekday", "hour_of_day"], measures=["calls_count"],
        sort=[{"field": "calls_count", "order": "desc"}], limit=1,
    )["data"]  # fmt: skip
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[busiest["weekday"] - 1]
    page.get_by_role("button", name=re.compile(rf"^{day} {busiest['hour_of_day']}:00 ")).click()
    expect(page.locator(".chip")).to_have_text([f"Weekday is {day}", f"Hour of day is {busiest['hour_of_day']}:00"])
    expect(page.locator(".tile").nth(0)).to_contain_text(str(busiest["calls_count"]))
    page.get_by_role("button", name="Clear all").click()
    page.wait_for_selector("main:not([aria-busy])")
    waiting = page.get_by_role("region", name="Waiting time")
    waiting.scroll_into_view_if_needed()
    waiting.get_by_role("button", name="10 s – 15 s").click()
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)
    for name, chip in (("Numbers called", "Our number is 4420794601"), ("Sources", "UTM source ")):
        page.wait_for_selector("main:not([aria-busy])")
        picture = page.get_by_role("region", name=name)
        picture.scroll_into_view_if_needed()
        picture.locator(".track").first.click()
        expect(page.locator(".chip")).to_have_text(re.compile(chip))
        page.get_by_role("button", name="Clear all").click()
        expect(page.locator(".chip")).to_have_count(0)
    page.wait_for_selector("main:not([aria-busy])")
    page.locator(".tile").get_by_role("button", name="Lost", exact=True).click()
    expect(page.locator(".chip")).to_have_text("Outcome is Lost")


def test_the_heat_map_is_one_stop_of_the_tab_key_and_walked_with_arrows(visit: Open, site: Site) -> None:
    page = visit("/?view=pictures&period=30d")
    expect(page.locator(".heat tbody td")).to_have_count(7 * 24)
    page.get_by_role("button", name=re.compile("^Mon 0:00 ")).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name=re.compile("^Tue 1:00 "))).to_be_focused()
    assert page.locator(".heat button[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text(["Weekday is Tue", "Hour of day is 1:00"])


def test_calls_under_way_come_and_go_by_themselves(visit: Open, site: Site) -> None:
    page = visit("/?view=live")
    expect(page.get_by_role("status").first).to_have_text("0 calls under way")
    call = {"id": 90_000, "direction": "in", "contact_phone_number": "447946012345", "source": "va", "is_lost": None}
    site.import_calls([{**call, "start_time": moment(timedelta(seconds=50))}])
    expect(page.locator("tbody tr")).to_contain_text("+447946012345")
    expect(page.locator("[data-since]")).to_have_text(re.compile(r"^[01]:\d\d$"))
    ended = {"finish_time": moment(timedelta()), "finish_reason": "timeout", "is_lost": True}
    site.import_calls([{**call, "start_time": moment(timedelta(seconds=60)), **ended}])
    expect(page.get_by_role("status").first).to_have_text("0 calls under way")


@pytest.mark.parametrize("kind", ["CSV", "XLSX", "PARQUET"])
def test_what_is_seen_is_saved_as_a_file(visit: Open, site: Site, kind: str) -> None:
    lost = quote(json.dumps(LOST))
    page = visit(f"/?period=30d&filter={lost}&columns=id,contact_phone_number,start_time,campaign_name")
    expected = total(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    content = download.value.path().read_bytes()
    match kind:
        case "CSV":
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            assert list(rows[0]) == ["id", "contact_phone_number", "start_time", "campaign_name"]
            assert len(rows) == expected
        case "XLSX":
            sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
            assert sheet.count("<row>") == expected + 1
        case _:
            assert (content[:4], content[-4:]) == (b"PAR1", b"PAR1")
    expect(page.locator(".toast")).to_have_text("The file is saved.")


def test_an_export_tells_how_many_calls_are_written_and_is_cancelled(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    whole = total(page)
    page.route("**/page/export/csv*", lambda _: None)  # never answered
    page.route("**/page/export/progress/*", lambda route: route.fulfill(json={"rows": 100}))
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="CSV", exact=True).click()
    status = page.get_by_role("dialog").get_by_role("status")
    expect(status).to_have_text(f"100 of {whole} calls ({100 * 100 // whole}%)")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    with page.expect_event("requestfailed", lambda request: "/export/csv" in request.url) as failed:
        page.get_by_role("button", name="Cancel").click()
    assert failed.value.failure == "net::ERR_ABORTED"
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)


def test_a_view_is_saved_under_a_name_and_there_in_another_browser(visit: Open, site: Site) -> None:
    page = visit("/?view=pictures&period=30d")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_label("Name of this view").fill(MARKUP)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name=MARKUP)).to_be_visible()
    page.get_by_label(f"Show {MARKUP} to everyone").check()
    page = visit("/?period=7d")
    page.get_by_role("button", name="Saved views").click()
    expect(page.get_by_label(f"Show {MARKUP} to everyone")).to_be_checked()
    page.get_by_role("link", name=MARKUP).click()
    page.wait_for_selector(".tile")
    assert state(page) == {"view": "pictures", "period": "30d"}
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name=f"Remove {MARKUP}").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing is saved yet")


def test_a_shared_view_leads_nowhere_but_to_this_page(visit: Open, site: Site) -> None:
    made = site.ask("create.saved_views", name="Trap", query="//evil.example/?x=javascript:alert(1)", is_shared=True)
    page = visit("/?period=7d")
    page.get_by_role("button", name="Saved views").click()
    link = page.get_by_role("link", name="Trap")
    assert link.evaluate("(one) => new URL(one.href).origin") == site.url
    assert page.get_by_role("button", name="Remove Trap").count() == 0
    site.ask("delete.saved_views", id=made["id"])


def test_a_partner_switches_between_the_users_of_its_customers(visit: Open, site: Site) -> None:
    page = visit("/?period=30d", login="paul")
    choice = page.get_by_label("Customer")
    names = choice.locator("option").all_inner_texts()
    assert [name.split(" · ")[1] for name in names] == ["own account", "Sam", "Sue"]
    assert total(page) == 1
    choice.select_option(label=names[2])
    expect(page.locator("p.total")).to_have_text("3 calls")
    page.locator("tbody .open").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Amelia Hart")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".tile").first).to_contain_text("3")
    page.reload()
    expect(page.locator(".tile").first).to_contain_text("3")


def test_a_partners_periods_are_days_of_the_account_whose_calls_are_shown(visit: Open, site: Site) -> None:
    def today(zone: str) -> dict[str, str]:
        day = f"{datetime.now(ZoneInfo(zone)):%Y-%m-%d}"
        return {"date_from": f"{day} 00:00:00", "date_till": f"{day} 23:59:59"}

    now = moment(timedelta())
    site.import_calls([next(calls()) | {"id": 80, "start_time": now, "finish_time": now}], "atoll")
    page = visit("/?period=today", login="bea")
    choice = page.get_by_label("Customer")
    expect(page.locator(".account")).to_contain_text("Pacific/Kiritimati")
    assert total(page) == 1
    assert period(page) == today("Pacific/Kiritimati")
    choice.select_option(label="broker · own account")
    expect(page.locator(".account")).to_contain_text("Pacific/Pago_Pago")
    expect(page.locator("p.total")).to_have_text("0 calls")
    assert period(page) == today("Pacific/Pago_Pago") != today("Pacific/Kiritimati")
    page.go_back()
    expect(choice.locator("option:checked")).to_contain_text("Ati")
    assert total(page) == 1
    assert period(page) == today("Pacific/Kiritimati")


def test_the_explorer_shows_a_request_in_three_languages_and_tries_it(visit: Open, site: Site) -> None:
    page = visit("/?view=explorer")
    code = page.get_by_label("Request", exact=True)
    expect(code).to_contain_text(f"curl -s {site.url}/v2.0")
    page.get_by_role("button", name="Python").click()
    expect(code).to_contain_text("import requests")
    page.get_by_role("button", name="JavaScript").click()
    expect(code).to_contain_text("await fetch")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_label("Reply")).to_contain_text('"total_items"')
    page.get_by_label("Method").select_option("get.account")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_label("Reply")).to_contain_text('"name": "acme"')


def test_lists_of_the_account_are_shown_from_the_apis_description(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=account")
    expect(page.locator("tbody")).to_contain_text("acme")


def test_a_tag_is_made_set_on_a_call_and_taken_off(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=tags")
    page.get_by_role("button", name="New").click()
    page.get_by_label("Name").fill("Important")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("tbody")).to_contain_text("Important")
    page.goto("/?period=30d&call=1003")
    box = page.get_by_role("dialog").get_by_label("Add a tag")
    box.focus()
    expect(box.locator("option", has_text="Important")).to_have_count(1)
    box.select_option("Important")
    tag = page.get_by_role("dialog").locator(".tag", has_text="Important")
    expect(tag).to_be_visible()
    tag.get_by_role("button").click()
    expect(tag).to_have_count(0)


def test_a_recording_plays_in_place_with_its_wave_form(visit: Open, site: Site) -> None:
    sound = site.folder / "talk.wav"
    sound.write_bytes(wav(30.0))
    site.program.answer("recordings", "attach", str(sound), "--account", "acme", "--session", "1004")
    page = visit("/?period=30d&call=1004")
    player = page.get_by_role("dialog").locator(".player").first
    expect(player).to_contain_text("0:30")
    player.get_by_role("button", name="Play").click()
    expect(player).to_contain_text(re.compile(r"0:0\d / 0:30"))
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_the_request_log_tells_what_was_asked(visit: Open, site: Site) -> None:
    page = visit("/?view=admin&item=api_requests&period=today")
    expect(page.locator("tbody")).to_contain_text("get.account")


def test_the_page_speaks_russian_and_remembers_language_and_theme(visit: Open, site: Site) -> None:
    page = visit("/?period=30d")
    page.get_by_role("button", name="RU, русский язык").click()
    expect(page.get_by_role("link", name="Звонки")).to_be_visible()
    page.get_by_role("button", name="Светлая или тёмная тема").click()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    page.reload()
    expect(page.locator("html[data-theme=dark][lang=ru]")).to_have_count(1)


def test_ten_thousand_rows_scroll_while_only_those_in_sight_are_drawn(visit: Open, site: Site) -> None:
    rows = [
        {"id": 200_000 + number, "start_time": "2026-01-15 10:00:00", "finish_time": "2026-01-15 10:01:00",
         "contact_phone_number": f"4420{number:08}", "direction": "in", "is_lost": False}
        for number in range(10_000)
    ]  # fmt: skip
    site.import_calls(rows)
    page = visit("/?period=own&from=2026-01-15%2000:00:00&till=2026-01-15%2023:59:59&size=10000&sort=start_time:asc")
    assert total(page) == 10_000
    scroller = page.locator(".scroller")
    for part in (0.5, 1):
        scroller.evaluate("(one, part) => (one.scrollTop = part * one.scrollHeight)", part)
        expect(page.locator(f'tbody tr[aria-rowindex="{round(part * 10_000)}"]')).to_be_visible()
        assert page.locator("tbody tr[aria-rowindex]").count() < 80
    expect(page.locator("tbody tr[aria-rowindex]").last).to_contain_text("+442000009999")


VIEWS = {
    "login": "/login",
    "calls": "/?period=30d",
    "story": "/?period=30d&call=1001",
    "pictures": "/?view=pictures&period=30d",
    "live": "/?view=live",
    "admin": "/?view=admin&item=account",
    "explorer": "/?view=explorer",
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 390)])
def test_every_view_is_accessible_and_fits_the_screen(visit: Open, site: Site, scheme: str, width: int) -> None:
    axe = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
    page = visit("/", color_scheme=scheme, viewport={"width": width, "height": 800})
    for name, path in VIEWS.items():
        page.goto(path)
        if name != "login":
            page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(200)
        page.evaluate(axe)
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
        faults = [(one["id"], node["target"], node["any"][:1]) for one in found["violations"] for node in one["nodes"]]
        assert faults == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_the_first_load_is_small(visit: Open, site: Site) -> None:
    page = visit("/", login="")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.fill("[name=login]", "ann")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("html[data-ready]")
    page.goto("/?view=pictures")
    page.wait_for_selector(".bars")
    page.wait_for_load_state("networkidle")
    assert 50_000 < sum(sizes) < 300_000, sizes
