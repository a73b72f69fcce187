from __future__ import annotations

import json
import signal
import subprocess
from typing import IO, TYPE_CHECKING, Any

from ringledger.cli.demo import _demo_settings
from ringledger.cli.settings import DATA

if TYPE_CHECKING:
    from tests.cli.conftest import Program


def told(output: IO[str]) -> dict[str, str]:
    """What the demo prints, until the curl line."""
    found: dict[str, str] = {}
    for line in output:
        if line.startswith("curl "):
            return found | {"curl": line}
        name, _, value = line.partition(":")
        found[name] = value.strip()
    raise AssertionError(found)


def run(program: Program) -> tuple[dict[str, str], Any]:
    """What a demo printed and what its curl line answered."""
    process = program.start("demo", "--port", "0", "--days", "2")
    assert process.stdout
    try:
        lines = told(process.stdout)
        done = subprocess.run(lines["curl"], shell=True, capture_output=True, check=True)  # noqa: S602
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        _, log = process.communicate()
    assert done.stdout, log
    return lines, json.loads(done.stdout)


def test_the_curl_line_of_a_demo_answers_and_a_second_run_keeps_the_calls(ringledger: Program) -> None:
    first, reply = run(ringledger)
    assert first["login"] == "demo"
    assert reply["result"]["data"]
    second, again = run(ringledger)
    assert again["result"]["data"] == reply["result"]["data"]
    assert second["password"] == first["password"]
    assert second["token"] != first["token"]


def test_a_folder_with_other_data_is_left_alone(ringledger: Program) -> None:
    ringledger.answer("account", "create", "acme")
    line = ringledger.complaint("demo", "--port", "0")
    assert line == f"ringledger: {ringledger.folder} holds other data than a demo's; choose another --data\n"


def test_a_demo_never_takes_the_folder_of_the_environment() -> None:

    environment = {DATA.variable: "/srv/real", "RINGLEDGER_STORE": "clickhouse://real", "RINGLEDGER_PORT": "9"}
    settings = _demo_settings({}, environment)
    assert (settings.data.name, settings.embedded, settings.port) == ("ringledger-demo", True, 9)
