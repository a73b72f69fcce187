"""How soon a person sees calls: first view of 90 days and a filter change in Chromium, over 3 million sessions.

    python bench/page.py [--sessions 3000000] [--rounds 10] [--data DIR]

Makes the sessions as bench/load.py does, but in one account, starts the real server on loopback, and prints p50 and
the worst time, from asking for the address, or from the click, until what was asked for is drawn; and the processor
time that the server took meanwhile, which other work on the machine hardly changes. The browser has the page's files
already, as it does from the second visit on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
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


def look(page: Page, address: str, drawn: str) -> None:
    page.goto(address)
    page.wait_for_selector(drawn)
    page.wait_for_selector(READY)


def press(page: Page, name: str) -> None:
    """Clicks a quick filter and waits until what it chooses is drawn."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector(READY)


def acts(page: Page, base: str, period: str) -> dict[str, Callable[[], object]]:
    """What a person does, in this order."""
    return {
        "first view of 90 days: calls": lambda: look(page, f"{base}/?{period}", "tbody .open"),
        "filter change: calls": lambda: press(page, "Lost"),
        "first view of 90 days: overview, all pictures": lambda: look(page, f"{base}/?view=pictures&{period}", ".bars"),
        "filter change: overview, all pictures": lambda: press(page, "Incoming"),
    }


def measure(page: Page, base: str, rounds: int, process: int) -> dict[str, list[tuple[float, float]]]:
    """The times of each act, taken in turns; each round ends a second earlier, so that no answer is remembered."""
    taken: dict[str, list[tuple[float, float]]] = {}
    for number in range(rounds):
        period = f"period=own&from={FIRST:%Y-%m-%d}%2000:00:00&till={LAST:%Y-%m-%d}%2023:59:{59 - number:02}"
        for name, act in acts(page, base, period).items():
            taken.setdefault(name, []).append(timed(act, process))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-page-bench")
    options = parser.parse_args()
    options.data.mkdir(parents=True, exist_ok=True)
    prepare(options.data, options.sessions)
    server, port = serve(options.data)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(locale="en-GB")
            page.set_default_timeout(60_000)
            base = f"http://127.0.0.1:{port}"
            log_in(page, base)
            print(f"{options.sessions:,} sessions, load {os.getloadavg()[0]:.1f} before", file=sys.stderr)
            print(f"{'':48} {'p50':>8} {'worst':>8} {'server':>8}")
            for name, taken in measure(page, base, options.rounds, server.pid).items():
                times, worked = zip(*taken, strict=True)
                middle = statistics.median(worked)
                print(f"{name:48} {statistics.median(times):6.0f}ms {max(times):6.0f}ms {middle:6.0f}ms")
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
