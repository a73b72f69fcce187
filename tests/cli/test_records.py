from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

DIRECTORY: Final = {
    "employees": [{"full_name": "Bob", "numbers": ["4321"], "channels": ["PJSIP/bob"]}],
    "external": [{"number": None, "channels": ["PJSIP/trunk"]}],
    "virtual_numbers": [{"number": "442079460000"}],
}


def cel(event: str, time: str, channel: str, number: str, exten: str, own: str, extra: str = "") -> str:
    """A line as Asterisk's cel_custom writes it."""
    fields = [event, time, "", number, number, "", exten, exten, "default", channel, "", "", "3", "", own]
    return ",".join(f'"{field}"' for field in [*fields, "1773133200.0", "", "", "", extra.replace('"', '""')])


def lines() -> list[str]:
    """A call that nobody picks up."""
    outside = ("PJSIP/trunk-00000000", "79990001122", "442079460000", "1773133200.0")
    inside = ("PJSIP/bob-00000001", "4321", "s", "1773133200.1")
    return [
        cel("CHAN_START", "1773133200.1", *outside),
        cel("CHAN_START", "1773133200.2", *inside),
        cel("HANGUP", "1773133220.3", *inside, '{"hangupcause":16,"hangupsource":"","dialstatus":""}'),
        cel("CHAN_END", "1773133220.3", *inside),
        "this is no event",
        cel("HANGUP", "1773133220.4", *outside, '{"hangupcause":16,"hangupsource":"","dialstatus":"NOANSWER"}'),
        cel("CHAN_END", "1773133220.4", *outside),
        cel("LINKEDID_END", "1773133220.4", *outside),
    ]


def test_switch_records_become_a_session_and_broken_lines_are_told(ringledger: Program, tmp_path: Path) -> None:
    who, first, second = tmp_path / "directory.json", tmp_path / "Master.csv.1", tmp_path / "Master.csv"
    who.write_text(json.dumps(DIRECTORY))
    first.write_text("\n".join(lines()[:3]) + "\n")
    second.write_text("\n".join(lines()[3:]) + "\n")
    ringledger.answer("account", "create", "acme")
    counts = ringledger.answer("directory", "import", str(who), "--account", "acme")
    assert ringledger.answer("directory", "import", str(who), "--account", "acme") == counts

    for _ in range(2):
        done = ringledger("import", "asterisk-cel", str(first), str(second), "--account", "acme")
        assert done.returncode == 0, done.stderr
        counts = json.loads(done.stdout)
        assert list(counts) == ["read", "events", "sessions", "waiting", "rejected"]
        assert (counts["read"], counts["waiting"], counts["rejected"]) == (8, 0, 1)
        assert f"{second}:2: " in done.stderr
    assert ringledger("replay", "--account", "acme").returncode == 0

    span = ("--from", "2026-03-10 00:00:00", "--till", "2026-03-10 23:59:59")
    [row] = ringledger("export", "calls", "--account", "acme", *span, "--out", "-").stdout.splitlines()
    assert json.loads(row)["virtual_phone_number"] == "442079460000"


def test_of_many_broken_lines_the_first_are_told_and_all_are_kept(ringledger: Program, tmp_path: Path) -> None:
    ringledger.answer("account", "create", "acme")
    file = tmp_path / "Master.csv"
    file.write_text("".join(f"no event {number}\n" for number in range(500)))
    done = ringledger("import", "asterisk-cel", str(file), "--account", "acme")
    told = done.stderr.splitlines()
    assert (done.returncode, json.loads(done.stdout)["rejected"]) == (0, 500)
    assert len([line for line in told if line.startswith(f"{file}:")]) == 10
    assert [line for line in told if "and 490 more that cannot be read" in line]
    out = tmp_path / "rejected.ndjson"
    assert ringledger("export", "rejected", "--account", "acme", "--out", str(out)).returncode == 0
    kept = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["line"] for row in kept] == list(range(1, 501))
    assert (kept[7]["origin"], kept[7]["text"]) == (str(file), "no event 7")
    assert kept[7]["reason"]
    assert ringledger("export", "rejected", "--account", "acme", "--out", "x.csv").returncode == 2


def test_a_broken_directory_file_is_one_line(ringledger: Program, tmp_path: Path) -> None:
    who = tmp_path / "directory.json"
    who.write_text('{"people": []}')
    ringledger.answer("account", "create", "acme")
    assert "people" in ringledger.complaint("directory", "import", str(who), "--account", "acme")
