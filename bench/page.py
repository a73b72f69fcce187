"""How soon a person sees calls: first view of 90 days and a filter change in Chromium, over 3 million sessions.

    make bench-page     or     python bench/page.py [--sessions 3000000] [--rounds 12] [--data DIR]

Makes the sessions as bench/load.py does, but in one account (a minute or two, once; the folder keeps them), starts the
real server on loopback, and prints p50 and the worst time against the aim: from asking for the address, or from the
click, until what was asked for is painted; and the processor time that the server took meanwhile, which other work on
the machine hardly changes. Nothing is asked twice, so no answer is remembered. The browser has the page's files
already, as it does from the second visit on. Then a page of 10,000 rows is scrolled from end to end, frame by frame.
It ends within eight minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import sessions
from product import import_calls, serve
from ringledger.registry.registry import Registry

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PASSWORD = "a password for the bench"  # noqa: S105 - of no one but the bench
LAST = datetime(2026, 9, 30, tzinfo=UTC)
FIRST = LAST - timedelta(days=89)
READY = "main:not([aria-busy])"
VIEW, CHANGE = 1000, 300
"""The aims, in milliseconds on two quiet cores."""
PAUSE = 1.5
"""Seconds for which a person looks, in which the count of contacts, which comes last, ends too."""
LONGEST = 240
"""Seconds after which no new round begins."""
FRAMES = """async () => {
  const scroller = document.querySelector(".scroller"), frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let at = 0; at < scroller.scrollHeight && frames.length < 700; at += scroller.clientHeight) {
    scroller.scrollTop = at;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""


def prepare(folder: Path, count: int) -> None:
    """Fills the folder: one account has all the sessions of a year."""
    done, made = folder / "prepared", folder / "sessions.parquet"
    if done.exists():
        return
    registry = Registry.open(f"sqlite:///{folder}/registry.db")
    registry.accounts.create("acme", timezone="UTC")
    registry.users.create("acme", "ann", PASSWORD)
    registry.close()
    with multiprocessing.get_context("spawn").Pool(1) as own_process:
        own_process.apply(sessions.write, (made, count), {"accounts": ("acme",)})
    import_calls(made, folder)
    done.touch()


def processor_time(process: int) -> float:
    """Milliseconds of processor time that the process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def timed(act: Callable[[], object], process: int) -> tuple[float, float]:
    """Milliseconds that it takes, and those that the process worked."""
    worked, started = processor_time(process), time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000, processor_time(process) - worked


def log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/login")
    page.fill("[name=login]", "ann")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("html[data-ready]")


def painted(page: Page) -> None:
    """Waits until all that was asked for is there and on the screen."""
    page.wait_for_selector(READY)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def look(page: Page, address: str, drawn: str) -> None:
    page.goto(address)
    page.wait_for_selector(drawn)
    painted(page)


def press(page: Page, name: str) -> None:
    """Clicks a quick filter and waits until what it chooses is drawn."""
    page.get_by_role("button", name=name, exact=True).first.click()
    painted(page)


def click_heat(page: Page) -> None:
    """Narrows to an hour of a weekday."""
    page.get_by_role("button", name=re.compile("^Tue 10:00 ")).click()
    painted(page)


def acts(page: Page, base: str, period: str) -> dict[str, Callable[[], object]]:
    """What a person does, in this order."""
    return {
        "first view of 90 days: calls": lambda: look(page, f"{base}/?{period}", "tbody .open"),
        "filter change: calls, lost ones": lambda: press(page, "Lost"),
        "filter change: calls, incoming too": lambda: press(page, "Incoming"),
        "first view of 90 days: overview, all in sight": lambda: look(page, f"{base}/?view=pictures&{period}", ".bars"),
        "filter change: overview, incoming": lambda: press(page, "Incoming"),
        "filter change: overview, a click on the heat map": lambda: click_heat(page),
    }


def measure(page: Page, base: str, rounds: int, process: int) -> dict[str, list[tuple[float, float]]]:
    """The times of each act, taken in turns; each round ends a second earlier, so that no answer is remembered."""
    taken: dict[str, list[tuple[float, float]]] = {}
    began = time.monotonic()
    for number in range(rounds):
        if time.monotonic() - began > LONGEST:
            break
        period = f"period=own&from={FIRST:%Y-%m-%d}%2000:00:00&till={LAST:%Y-%m-%d}%2023:59:{59 - number:02}"
        for name, act in acts(page, base, period).items():
            taken.setdefault(name, []).append(timed(act, process))
            time.sleep(PAUSE)
    return taken


def scroll(page: Page, base: str) -> list[float]:
    """Milliseconds between the frames while 10,000 rows are scrolled, a screen each frame."""
    period = f"period=own&from={LAST:%Y-%m-%d}%2000:00:00&till={LAST:%Y-%m-%d}%2023:59:59"
    look(page, f"{base}/?{period}&size=10000", "tbody .open")
    frames: list[float] = page.evaluate(FRAMES)
    return frames


def report(taken: dict[str, list[tuple[float, float]]], frames: list[float]) -> None:
    """Prints the numbers against the aims."""
    print(f"{'':50} {'p50':>8} {'worst':>8} {'aim':>8}          {'server':>8}")
    for name, pairs in taken.items():
        times, worked = zip(*pairs, strict=True)
        middle, aim = statistics.median(times), VIEW if name.startswith("first") else CHANGE
        verdict = "met" if middle <= aim else "MISSED"
        cpu = statistics.median(worked)
        print(f"{name:50} {middle:6.0f}ms {max(times):6.0f}ms {aim:6.0f}ms  {verdict:6} {cpu:6.0f}ms")
    middle, last = statistics.median(frames), sorted(frames)[len(frames) * 95 // 100]
    print(f"{'a frame while 10,000 rows are scrolled: p50, p95':50} {middle:6.0f}ms {last:6.0f}ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-page-bench")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    prepare(options.data, options.sessions)
    load = os.getloadavg()[0]
    print(f"{options.sessions:,} sessions there after {time.monotonic() - began:.0f} s, load {load:.1f} before")
    server, port = serve(options.data)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(locale="en-GB")
            page.set_default_timeout(60_000)
            base = f"http://127.0.0.1:{port}"
            log_in(page, base)
            taken = measure(page, base, options.rounds, server.pid)
            report(taken, scroll(page, base))
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
