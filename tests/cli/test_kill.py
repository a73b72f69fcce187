"""An import that is killed needs no repair: repeated, it makes everything whole, once."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ringledger.cli.demo_calls import cel_lines, directory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

UNTIL = datetime(2026, 5, 20, 12, tzinfo=UTC)
PERIOD = ("--from", "2026-05-01 00:00:00", "--till", "2026-05-31 00:00:00")


def exported(ringledger: Program) -> list[dict[str, object]]:
    done = ringledger("export", "calls", "--account", "acme", *PERIOD, "--out", "-")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(rows, key=lambda row: str(row["id"]))


def prepared(ringledger: Program, folder: Path) -> Path:
    ringledger.answer("account", "create", "acme")
    people, records = folder / "directory.json", folder / "Master.csv"
    people.write_text(json.dumps(directory()))
    records.write_text("\n".join(cel_lines(UNTIL, days=6)) + "\n")
    ringledger.answer("directory", "import", str(people), "--account", "acme")
    return records


@pytest.mark.parametrize("seconds", [0.9, 1.2, 1.6, 2.1])
def test_an_import_of_switch_records_that_was_killed_is_whole_when_repeated(
    ringledger: Program, tmp_path: Path, seconds: float
) -> None:
    records = prepared(ringledger, tmp_path)
    killed = ringledger.start("import", "asterisk-cel", str(records), "--account", "acme")
    time.sleep(seconds)
    killed.kill()
    killed.communicate()
    ringledger.answer("import", "asterisk-cel", str(records), "--account", "acme")
    whole = exported(ringledger)
    assert len({row["id"] for row in whole}) == len(whole) > 100
    again = ringledger.answer("import", "asterisk-cel", str(records), "--account", "acme")
    assert (again["events"], again["sessions"]) == (0, 0)
    assert exported(ringledger) == whole


def test_a_server_that_was_killed_keeps_what_it_had_acknowledged(ringledger: Program, tmp_path: Path) -> None:
    records = prepared(ringledger, tmp_path)
    server = ringledger.start("serve", "--port", "0")
    assert server.stdout is not None
    server.stdout.readline()
    counts = ringledger.answer("import", "asterisk-cel", str(records), "--account", "acme")
    server.kill()
    server.communicate()
    assert len(exported(ringledger)) == counts["sessions"] + counts["waiting"] > 100
