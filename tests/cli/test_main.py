from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ringledger.cli.main import app

if TYPE_CHECKING:
    from tests.cli.conftest import Program

SLOW = ("chdb", "clickhouse_connect", "sqlalchemy", "alembic", "argon2", "uvicorn", "starlette", "rich", "structlog")

COMMANDS = [
    ["serve"],
    ["demo"],
    ["settings"],
    ["account", "create"],
    ["account", "disable"],
    ["account", "enable"],
    ["user", "create"],
    ["token", "create"],
    ["token", "list"],
    ["token", "block"],
    ["directory", "import"],
    ["import", "asterisk-cel"],
    ["import", "asterisk-cdr"],
    ["import", "freeswitch"],
    ["import", "events"],
    ["import", "calls"],
    ["export", "calls"],
    ["replay"],
]


def test_help_needs_none_of_the_slow_libraries() -> None:
    check = (
        "import sys; from typer.testing import CliRunner; from ringledger.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_takes_a_data_folder_and_shows_an_example(command: list[str]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"], prog_name="ringledger")
    assert shown.exit_code == 0
    assert "--data DIR" in shown.output
    assert f"\n  {' '.join(['ringledger', *command])}" in shown.output.replace("RINGLEDGER_PORT=9000 ", "")


SPAN = ("--from", "2030-01-01 00:00:00", "--till", "2030-01-01 00:00:00")
BACKWARDS = ("--from", "2030-01-02 00:00:00", "--till", "2030-01-01 00:00:00")
WRONG = [
    (["paint"], "No such command 'paint'"),
    (["account", "create"], "Missing argument"),
    (["account", "create", "acme", "--colour", "red"], "No such option: --colour"),
    (["account", "create", "acme", "--day-limit", "0"], "--day-limit"),
    (
        ["token", "create", "--account", "a", "--expires", "2030-01-01"],
        "'--expires': '2030-01-01' is no moment; write it as \"YYYY-MM-DD hh:mm:ss\"",
    ),
    (["token", "block", "first"], "TOKEN_ID"),
    (["import", "calls", "x.ndjson"], "either --account NAME or --account-column COLUMN"),
    (["import", "calls", "x.ndjson", "--account", "a", "--account-column", "b"], "either --account NAME or"),
    (["import", "asterisk-cel", "--account", "a"], "Missing argument"),
    (["export", "calls", "--account", "a", *SPAN, "--out", "x.doc"], "x.doc ends in none of .ndjson, .jsonl, "),
    (["export", "calls", "--account", "a", *SPAN, "--out", "nowhere/x.csv"], "there is no folder nowhere"),
    (["export", "calls", "--account", "a", *BACKWARDS, "--out", "x.csv"], "is earlier than --from"),
    (["replay", "--account", "a", *BACKWARDS], "is earlier than --from"),
    (["serve", "--port", "http"], "ringledger: port is 'http' (flag --port) and must be a whole number"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_wrong_usage_is_status_2(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_settings_tells_values_and_sources(ringledger: Program) -> None:
    environment = {"RINGLEDGER_STORE": "clickhouse://me:secret@host/calls", "RINGLEDGER_DATA": "/not/this"}
    done = ringledger("settings", "--port", "9000", environment=environment)
    found = json.loads(done.stdout)
    assert found["data"] == {"value": str(ringledger.folder), "source": "flag --data"}
    assert found["port"] == {"value": 9000, "source": "flag --port"}
    assert found["store"] == {
        "value": "clickhouse://me:***@host/calls",
        "source": "environment RINGLEDGER_STORE",
    }
    assert found["max_body"] == {"value": 1048576, "source": "default"}
    assert not ringledger.folder.exists()


def test_a_bad_value_of_the_environment_is_status_1(ringledger: Program) -> None:
    done = ringledger("settings", environment={"RINGLEDGER_PORT": "0x"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ringledger: port is '0x' (environment RINGLEDGER_PORT) and must be")


def test_completion_knows_the_commands(ringledger: Program) -> None:
    environment = {
        "_RINGLEDGER_COMPLETE": "complete_bash",
        "COMP_WORDS": "ringledger acc",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv = ['ringledger']; from ringledger.cli.main import main; main()"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["account"]
