"""kill -9 at any moment needs no repair: what was acknowledged is there, and an import that is repeated is whole, once.

RINGLEDGER_KILL_ROUNDS sets how often each of the three is tried; every round has a moment of its own.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.cli.conftest import Program

from ringledger.cli.demo_calls import cel_lines, directory
from ringledger.cli.folder import DataFolder
from ringledger.cli.remote import Remote
from ringledger.faults import OperatorFault
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry

ROUNDS = range(int(os.environ.get("RINGLEDGER_KILL_ROUNDS", "1")))
UNTIL = datetime(2026, 5, 20, 12, tzinfo=UTC)
PERIOD = ("--from", "2026-05-01 00:00:00", "--till", "2026-05-31 00:00:00")
SESSIONS = 10_000
PIECES = 30


class Place:
    """A data folder for all rounds, with files to import and how long a whole import of each takes."""

    def __init__(self, folder: Path) -> None:
        self.program = Program(folder / "data")
        self.records = folder / "Master.csv"
        self.records.write_text("\n".join(cel_lines(UNTIL, days=2)) + "\n", encoding="utf-8")
        self.calls = folder / "calls.ndjson"
        self.calls.write_text("".join(session(number) for number in range(1, SESSIONS + 1)), encoding="utf-8")
        self.program.folder.mkdir(mode=0o700)
        self.account("whole")
        self.seconds: dict[str, float] = {}
        for dialect, file in (("asterisk-cel", self.records), ("calls", self.calls)):
            started = time.monotonic()
            self.take(dialect, file, "whole")
            self.seconds[dialect] = time.monotonic() - started
            if dialect == "asterisk-cel":
                self.whole = facts(self.exported("whole"))

    def account(self, name: str) -> str:
        """Makes an account with the demo's people."""
        registry = Registry.open(f"sqlite:///{self.program.folder}/registry.db")
        registry.accounts.create(name)
        registry.directories.import_file(name, DirectoryFile.parse(json.dumps(directory()).encode()))
        registry.close()
        return name

    def take(self, dialect: str, file: Path, account: str) -> dict[str, int]:
        """Imports a file to its end."""
        counts: dict[str, int] = self.program.answer("import", dialect, str(file), "--account", account)
        return counts

    def killed_import(self, dialect: str, file: Path, account: str, chance: Random) -> None:
        """Starts an import and kills it at a moment of its own, mostly while it writes."""
        process = self.program.start("import", dialect, str(file), "--account", account)
        time.sleep(chance.uniform(0.2, 1.1) * self.seconds[dialect])
        process.kill()
        process.communicate()

    def exported(self, account: str) -> list[dict[str, Any]]:
        """The account's sessions, by the first command after the kill."""
        done = self.program("export", "calls", "--account", account, *PERIOD, "--out", "-")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def session(number: int) -> str:
    start = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=240 * number)
    record = {"id": number, "start_time": f"{start:%Y-%m-%d %H:%M:%S}", "contact_phone_number": f"4420{number:08}"}
    return json.dumps(record | {"direction": "in", "source": "sip", "is_lost": False, "utm_source": "x" * 200}) + "\n"


def facts(rows: list[dict[str, Any]]) -> list[str]:
    """What the sessions tell without the ids, which differ between accounts."""
    return sorted(re.sub(r'"\w*id": \d+', "", json.dumps(row, ensure_ascii=False)) for row in rows)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The folder of all rounds."""
    return Place(tmp_path_factory.mktemp("kill"))


@pytest.mark.parametrize("number", ROUNDS)
def test_a_killed_import_of_switch_records_is_whole_when_repeated(place: Place, number: int) -> None:
    account = place.account(f"records-{number}")
    place.killed_import("asterisk-cel", place.records, account, Random(f"records {number}"))
    place.take("asterisk-cel", place.records, account)
    assert facts(place.exported(account)) == place.whole
    again = place.take("asterisk-cel", place.records, account)
    assert (again["events"], again["sessions"]) == (0, 0)


@pytest.mark.parametrize("number", ROUNDS)
def test_a_killed_import_of_session_files_is_whole_when_repeated(place: Place, number: int) -> None:
    account = place.account(f"calls-{number}")
    place.killed_import("calls", place.calls, account, Random(f"calls {number}"))
    kept = [row["id"] for row in place.exported(account)]
    assert len(set(kept)) == len(kept)
    assert place.take("calls", place.calls, account)["imported"] == SESSIONS
    assert [row["id"] for row in place.exported(account)] == list(range(1, SESSIONS + 1))


@pytest.mark.parametrize("number", ROUNDS)
def test_a_killed_server_keeps_what_it_had_acknowledged(place: Place, tmp_path: Path, number: int) -> None:
    account = place.account(f"served-{number}")
    pieces = list(_pieces(place, tmp_path))
    server = place.program.start("serve", "--port", "0")
    assert server.stdout is not None
    server.stdout.readline()
    kept: list[tuple[str, Path]] = []
    writer = threading.Thread(target=_write, args=(place, account, pieces, kept))
    writer.start()
    time.sleep(Random(f"served {number}").uniform(0.1, 4))
    server.kill()
    server.communicate()
    writer.join()
    ids = {row["id"] for row in place.exported(account)}
    for dialect, file in kept:
        if dialect == "calls":
            assert ids.issuperset(json.loads(line)["id"] for line in file.read_text().splitlines())
    records = [str(file) for dialect, file in kept if dialect == "asterisk-cel"]
    if records:
        # Records that the store already has make no events.
        assert place.program.answer("import", "asterisk-cel", *records, "--account", account)["events"] == 0


def _pieces(place: Place, folder: Path) -> Iterator[tuple[str, Path]]:
    """Small files to be imported one by one, switch records and sessions in turns."""
    records, calls = (file.read_text("utf-8").splitlines(keepends=True) for file in (place.records, place.calls))
    for at in range(PIECES):
        for dialect, lines, ending in (("asterisk-cel", records, "csv"), ("calls", calls, "ndjson")):
            file = folder / f"{at}.{ending}"
            step = len(lines) // PIECES
            file.write_text("".join(lines[at * step : (at + 1) * step]), encoding="utf-8")
            yield dialect, file


def _write(place: Place, account: str, pieces: list[tuple[str, Path]], kept: list[tuple[str, Path]]) -> None:
    """Has the server import piece after piece until it is killed; adds those that it acknowledged to `kept`."""
    remote = Remote(DataFolder(place.program.folder))
    for dialect, file in pieces:
        arguments: dict[str, object] = {"files": [str(file)], "account": account}
        try:
            if dialect == "calls":
                remote.perform("import_calls", arguments | {"account_column": None}, lambda _: None)
            else:
                remote.perform("import_records", arguments | {"dialect": dialect}, lambda _: None)
        except OperatorFault:
            return
        kept.append((dialect, file))
