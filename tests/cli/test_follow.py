"""Switches that are followed: whatever is killed, renamed or cut off, every call comes out once, as from an import."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.certificates import self_signed
from tests.cli.conftest import Program
from tests.intake.ami_switch import SECRET, Switch, over_tls

from ringledger.cli.demo_calls import cel_lines, directory

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROWS = list(cel_lines(datetime(2026, 5, 20, 12, tzinfo=UTC), days=2))
PERIOD = ("--from", "2026-05-01 00:00:00", "--till", "2026-05-31 00:00:00")


def exported(program: Program) -> list[dict[str, Any]]:
    done = program("export", "calls", "--account", "acme", *PERIOD, "--out", "-")
    assert done.returncode == 0, done.stderr
    return sorted(map(json.loads, done.stdout.splitlines()), key=lambda row: int(row["id"]))


def prepare(program: Program, folder: Path) -> None:
    people = folder / "directory.json"
    people.write_text(json.dumps(directory()))
    program.answer("account", "create", "acme")
    program.answer("directory", "import", str(people), "--account", "acme")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What an import of the whole file makes."""
    folder = tmp_path_factory.mktemp("imported")
    program, file = Program(folder / "data"), folder / "Master.csv"
    prepare(program, folder)
    file.write_text("\n".join(ROWS) + "\n")
    program.answer("import", "asterisk-cel", str(file), "--account", "acme")
    rows = exported(program)
    assert len(rows) > 50
    return rows


def eventually_equal(program: Program, expected: list[dict[str, Any]], within: float = 120) -> None:
    ends = time.monotonic() + within
    while (found := exported(program)) != expected and time.monotonic() < ends:
        time.sleep(0.5)
    assert found == expected


def wait_for_calls(program: Program) -> None:
    ends = time.monotonic() + 30
    while not exported(program):
        assert time.monotonic() < ends, "the file is not followed"
        time.sleep(0.2)


@pytest.fixture
def followers(ringledger: Program) -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Starts the command that follows; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(file: Path) -> subprocess.Popen[str]:
        started.append(ringledger.start("import", "asterisk-cel", "--follow", str(file), "--account", "acme"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_file_is_followed_through_the_server_while_both_are_killed_and_the_file_is_rotated(
    ringledger: Program,
    serving: Callable[[Program], tuple[str, subprocess.Popen[str]]],
    followers: Callable[[Path], subprocess.Popen[str]],
    tmp_path: Path,
    imported: list[dict[str, Any]],
) -> None:
    chance = random.Random(7)
    prepare(ringledger, tmp_path)
    file = tmp_path / "Master.csv"
    file.touch()
    _, server = serving(ringledger)
    follower = followers(file)
    cuts = [0, *sorted(chance.sample(range(1, len(ROWS)), 7)), len(ROWS)]
    for number, (begin, end) in enumerate(pairwise(cuts)):
        text = "\n".join(ROWS[begin:end]) + "\n"
        half = chance.randrange(len(text))
        for part in (text[:half], text[half:]):
            with file.open("a", newline="") as growing:
                growing.write(part)
            time.sleep(chance.uniform(0, 0.6))
        if number == 0:
            wait_for_calls(ringledger)
        if number % 4 == 1:
            follower.kill()
        if number % 4 == 2:
            file.rename(tmp_path / f"Master.csv.{9 - number}")
            file.touch()
        if number == 4:
            for process in (server, follower):  # the one that follows alone would keep the folder
                process.kill()
                process.communicate()
            _, server = serving(ringledger)
        if follower.poll() is not None or number % 4 == 1:
            follower = followers(file)
    eventually_equal(ringledger, imported)


def test_a_switch_is_followed_by_its_manager_interface_and_the_file_fills_the_gaps(
    ringledger: Program,
    serving: Callable[[Program], tuple[str, subprocess.Popen[str]]],
    tmp_path: Path,
    imported: list[dict[str, Any]],
) -> None:
    chance = random.Random(11)
    prepare(ringledger, tmp_path)
    file = tmp_path / "Master.csv"
    file.touch()
    switch = Switch(file)
    (ringledger.folder / "ringledger.toml").write_text(
        f"""[[asterisk_ami]]
account = "acme"
port = {switch.port}
user = "ringledger"
secret = "{SECRET}"
cel_file = "{file}"
"""
    )
    _, server = serving(ringledger)
    logs = ""
    cuts = [0, *sorted(chance.sample(range(1, len(ROWS)), 5)), len(ROWS)]
    for number, (begin, end) in enumerate(pairwise(cuts)):
        half = chance.randint(begin, end)
        if number != 3:
            switch.wait_for_listener()
        switch.tell(ROWS[begin:half], zone=1)
        if number in {0, 3}:
            switch.cut()
        if number == 1:
            server.kill()
            logs += server.communicate()[1]
            switch.cut()
        switch.tell(ROWS[half:end], zone=1)
        if number == 1:
            _, server = serving(ringledger)
    switch.cut()  # the file's exact times are taken over at the next login
    eventually_equal(ringledger, imported)
    assert SECRET not in json.dumps(ringledger.answer("settings"))
    server.terminate()
    logs += server.communicate()[1]
    assert server.returncode == 0
    assert "ami_connected" in logs
    assert SECRET not in logs
    switch.stop()


def test_a_switch_is_heard_over_tls_by_the_settings_of_its_table(
    ringledger: Program, serving: Callable[[Program], tuple[str, subprocess.Popen[str]]], tmp_path: Path
) -> None:
    prepare(ringledger, tmp_path)
    switch, (certificate, key) = Switch(), self_signed(tmp_path)
    with over_tls(switch.port, certificate, key) as port:
        (ringledger.folder / "ringledger.toml").write_text(
            f"""[[asterisk_ami]]
account = "acme"
port = {port}
user = "ringledger"
secret = "{SECRET}"
tls = true
tls_ca_file = "{certificate}"
"""
        )
        _, server = serving(ringledger)
        switch.wait_for_listener()
        switch.tell(ROWS[:200])
        wait_for_calls(ringledger)
        server.terminate()
        server.communicate()
    switch.stop()


def test_a_ca_file_that_is_none_stops_the_start(ringledger: Program, tmp_path: Path) -> None:
    ringledger.answer("account", "create", "acme")
    lines = ('account = "acme"', 'user = "u"', 'secret = "hidden"', "tls = true", f'tls_ca_file = "{tmp_path}/no.pem"')
    (ringledger.folder / "ringledger.toml").write_text("\n".join(("[[asterisk_ami]]", *lines)))
    complaint = ringledger.complaint("serve", "--port", "0")
    assert "no.pem of the switch at 127.0.0.1:5038 cannot be used: No such file" in complaint


def test_following_ends_with_the_server_that_it_goes_through(
    ringledger: Program,
    serving: Callable[[Program], tuple[str, subprocess.Popen[str]]],
    followers: Callable[[Path], subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    prepare(ringledger, tmp_path)
    file = tmp_path / "Master.csv"
    file.write_text("\n".join(ROWS[:100]) + "\n")
    _, server = serving(ringledger)
    follower = followers(file)
    wait_for_calls(ringledger)
    server.terminate()
    assert "the server is stopping" in follower.communicate(timeout=60)[1]
    assert follower.returncode == 1


def sources(url: str, token: str) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """The account's sources with status and connections, as its administrators see them."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "get.intake_sources", "params": {"access_token": token}}
    rows = httpx.post(f"{url}/v2.0", json=asked).json()["result"]["data"]
    return [
        (row["source"], row["status"], [(one["name"], one["kind"], one["is_connected"]) for one in row["connections"]])
        for row in rows
    ]


def test_what_is_followed_is_shown_to_administrators_as_long_as_it_is_followed(
    ringledger: Program,
    serving: Callable[[Program], tuple[str, subprocess.Popen[str]]],
    followers: Callable[[Path], subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    prepare(ringledger, tmp_path)
    switch, file = Switch(tmp_path / "Master.csv"), tmp_path / "other.csv"
    table = f'account = "acme"\nport = {switch.port}\nuser = "ringledger"\nsecret = "{SECRET}"\n'
    (ringledger.folder / "ringledger.toml").write_text(f'[[asterisk_ami]]\n{table}cel_file = "{tmp_path}/Master.csv"\n')
    url, _ = serving(ringledger)
    token = ringledger.answer("token", "create", "--account", "acme")["access_token"]
    switch.wait_for_listener()
    file.touch()
    follower = followers(file)
    name = f"AMI 127.0.0.1:{switch.port}"

    def told(status: str, *connections: tuple[str, str, bool]) -> None:
        ends = time.monotonic() + 30
        while sorted((found := sources(url, token)) and found[0][2]) != sorted(connections):
            assert time.monotonic() < ends, found
            time.sleep(0.1)
        assert [one[:2] for one in found] == [("asterisk-cel", status)]

    heard = (name, "ami", True)
    told("disconnected", heard, ("Master.csv", "file", False), ("other.csv", "file", True))
    file.unlink()
    told("disconnected", heard, ("Master.csv", "file", False), ("other.csv", "file", False))
    follower.kill()
    told("disconnected", heard, ("Master.csv", "file", False))
    switch.stop()
    told("disconnected", (name, "ami", False), ("Master.csv", "file", False))


def test_one_file_can_be_followed(ringledger: Program, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    two = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert ringledger("import", "asterisk-cel", "--follow", *two, "--account", "acme").returncode == 2
    complaint = ringledger.complaint("import", "asterisk-cel", "--follow", two[0], "--account", "nobody")
    assert "no account named 'nobody'" in complaint


def test_a_source_of_an_account_that_there_is_not_stops_the_start(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    table = '[[asterisk_ami]]\naccount = "other"\nuser = "u"\nsecret = "hidden"\n'
    (ringledger.folder / "ringledger.toml").write_text(table)
    complaint = ringledger.complaint("serve", "--port", "0")
    assert "no account named 'other'" in complaint
    assert "hidden" not in complaint
