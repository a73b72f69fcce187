"""The real program as a process of its own, for the tests of the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.nursery import Nursery

NURSERY = Nursery()
PROGRAM = [sys.executable, "-c", "from ringledger.cli.main import main; main()"]


def surroundings(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGLEDGER_")}
    return kept | (extra or {})


class Program:
    """Runs `ringledger ... --data FOLDER`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, *arguments: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        given = [*arguments, "--data", str(self.folder)]
        ended = NURSERY.run(given, surroundings(environment), self.folder.parent, stdin)
        return subprocess.CompletedProcess(given, *ended)

    def answer(self, *arguments: str, stdin: str = "") -> Any:
        """The JSON document of a command that must succeed."""
        done = self(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def complaint(self, *arguments: str, stdin: str = "", status: int = 1) -> str:
        """The one line of a command that must fail."""
        done = self(*arguments, stdin=stdin)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("ringledger: "), done.stderr
        return done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The program left running."""
        return subprocess.Popen(
            [*PROGRAM, *arguments, "--data", str(self.folder)],
            env=surroundings(),
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def ringledger(tmp_path: Path) -> Program:
    """The program on an empty data folder."""
    return Program(tmp_path / "data")


@pytest.fixture
def serving() -> Iterator[Callable[[Program], tuple[str, subprocess.Popen[str]]]]:
    """Starts a server on a program's folder; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(program: Program) -> tuple[str, subprocess.Popen[str]]:
        process = program.start("serve", "--port", "0")
        started.append(process)
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("Ringledger is listening on http://127.0.0.1:"), process.communicate()[1]
        return line.split()[-1], process

    yield start
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate()
