"""How fast session files come in and go out, and how much memory that takes at the most.

    python bench/files.py [--sessions 1000000] [--lines 200000] [--folder DIR] [--keep]

Makes distinct sessions of one account as a Parquet and an NDJSON file, then runs the real commands on an empty data
folder, each in a process of its own whose peak memory the system tells, and a server with nothing to do. With --keep
files that were made before are used again. 10,000,000 sessions need 10 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chdb.session import Session

import sessions as samples
from product import serve

PERIOD: Final = ("--from", "2026-01-01 00:00:00", "--till", "2026-12-31 23:59:59")
PROGRAM: Final = str(Path(sys.executable).parent / "ringledger")
FORMATS: Final = {".parquet": "Parquet", ".ndjson": "JSONEachRow"}


def made(path: Path, count: int) -> Path:
    """The file, made if it is not there; in a process of its own, for a child's peak begins with its parent's."""
    if not path.exists():
        subprocess.run([sys.executable, __file__, "--make", str(path), "--sessions", str(count)], check=True)
    return path


def make(path: Path, count: int) -> None:
    """Writes a file of that many sessions of one account over a year, in the order of their start."""
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    engine = Session()
    engine.query(
        f"INSERT INTO FUNCTION file('{unfinished}', '{FORMATS[path.suffix]}') "
        f"SELECT * EXCEPT (account) FROM ({samples.selection(count)}) SETTINGS max_threads = 1, "
        "output_format_json_array_of_rows = 0, output_format_json_named_tuples_as_objects = 1, "
        "output_format_json_quote_64bit_integers = 0, output_format_parquet_row_group_size = 100000"
    )
    engine.close()
    unfinished.rename(path)


def run(what: str, count: int, *arguments: str, unit: str = "sessions") -> None:
    """Runs a command and prints its rate, the time of processors that it took, and its peak memory."""
    started = time.perf_counter()
    process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    answer = b""
    while piece := process.stdout.read(1 << 20):
        answer = piece[-1000:]
    _, status, used = os.wait4(process.pid, 0)
    seconds, busy = time.perf_counter() - started, used.ru_utime + used.ru_stime
    if status or (arguments[0] == "import" and b'"rejected": 0' not in answer):
        raise SystemExit(f"{what} failed: {answer.decode(errors='replace')}")
    print(
        f"{what:28} {count:>10,} {unit} {seconds:7.1f} s {count / seconds:>9,.0f}/s "
        f"{busy:7.1f} s of processors, peak {used.ru_maxrss / 1024:6.0f} MiB",
        flush=True,
    )


def idle_server(folder: Path) -> None:
    """Prints what a server with nothing to do holds in memory."""
    server, _ = serve(folder)
    try:
        time.sleep(3)
        status = Path(f"/proc/{server.pid}/status").read_text("ascii")
        held = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        print(f"{'a server with nothing to do':28} {int(held) / 1024:.0f} MiB", flush=True)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """An empty data folder with an account, gone afterwards."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    command = [PROGRAM, "account", "create", "acme", "--data", str(data)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    try:
        yield data
    finally:
        shutil.rmtree(data)


def measure(folder: Path, count: int, lines: int) -> None:
    many = made(folder / f"sessions-{count}.parquet", count)
    some = made(folder / f"sessions-{lines}.ndjson", lines)
    account = ("--account", "acme")
    with data_folder(folder) as data:
        here = (*account, "--data", str(data))
        idle_server(data)
        run("import NDJSON", lines, "import", "calls", str(some), *here)
    with data_folder(folder) as data:
        here = (*account, "--data", str(data))
        run("import Parquet", count, "import", "calls", str(many), *here)
        out = folder / "out.parquet"
        run("export Parquet", count, "export", "calls", *here, *PERIOD, "--out", str(out))
        out.unlink()
        run("export NDJSON", count, "export", "calls", *here, *PERIOD, "--out", "-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-files")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.sessions)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(options.folder, options.sessions, options.lines)
    finally:
        if not options.keep:
            shutil.rmtree(options.folder)


if __name__ == "__main__":
    main()
