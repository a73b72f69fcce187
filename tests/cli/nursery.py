"""A process that has the program's libraries loaded and forks for every command, which then starts in no time.

Run as a script, it reads an order a line from standard input and writes the command's exit status. The engine is loaded
by the commands that need it: it has threads, which forks do not take along.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

PATIENCE: Final = 120
"""Seconds after which a command that hangs is ended."""
LOADED: Final = (
    *("ringledger.cli.main", "ringledger.cli.serving", "ringledger.cli.ledger", "ringledger.cli.logs"),
    *("ringledger.registry.registry", "ringledger.store.schema", "ringledger.intake.door"),
    *("typer._adapters", "clickhouse_connect"),
)


class Order(msgspec.Struct):
    """A command and its surroundings; its input and outputs are the files 0, 1 and 2 of a folder."""

    arguments: list[str]
    environment: dict[str, str]
    cwd: str
    streams: str


class Nursery:
    """The process, started when the first command needs it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._alone = threading.Lock()

    def run(self, arguments: list[str], environment: dict[str, str], cwd: Path, stdin: str) -> tuple[int, str, str]:
        """Runs a command to its end: its exit status, output and error output."""
        with tempfile.TemporaryDirectory() as streams, self._alone:
            files = [Path(streams, str(number)) for number in range(3)]
            files[0].write_text(stdin, "utf-8")
            order = msgspec.json.encode(Order(arguments, environment, str(cwd), streams)).decode()
            source, sink = self._pipes()
            source.write(order + "\n")
            source.flush()
            status = int(sink.readline())
            return status, files[1].read_text("utf-8"), files[2].read_text("utf-8")

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        if self._process is None:
            command = [sys.executable, __file__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            atexit.register(self._process.communicate)  # closes its input, at which it ends
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def _children() -> Iterator[Order]:
    """Yields an order in a fork of its own, in which the command is run; the first process never gets it."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            yield msgspec.json.decode(line, type=Order)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - the answer


def _ended(main: Callable[[], None]) -> int:
    """Runs the program and ends it as the interpreter would, but for taking its heap apart, which a fork must copy."""
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    else:
        status = 0
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _serve() -> None:
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    for order in _children():
        signal.alarm(PATIENCE)
        os.chdir(order.cwd)
        os.environ.clear()
        os.environ.update(order.environment)
        for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT)):
            file = os.open(Path(order.streams, str(number)), mode)
            os.dup2(file, number)
            os.close(file)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - what the first process read is gone
        sys.argv = ["ringledger", *order.arguments]
        os._exit(_ended(sys.modules["ringledger.cli.main"].main))


if __name__ == "__main__":
    _serve()
