"""How fast session files come in and go out, and how much memory that takes at the most.

    python bench/loads.py [--sessions 1000000] [--lines 200000] [--folder DIR] [--keep]

Makes distinct sessions with every field inside the engine, as a Parquet and an NDJSON file, then runs the real commands
on an empty data folder, each in a process of its own whose peak memory the system tells, and a server with nothing to
do. Files that it made before are used again with --keep. 10,000,000 sessions need 10 GB of disk.
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

from product import serve
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from ringledger.store.engine import Engine, Statement

PERIOD = ("--from", "2026-01-01 00:00:00", "--till", "2026-12-31 23:59:59")
STATED = {
    "id": "toInt64(5000000000 + number)",
    "start_time": "begin",
    "finish_time": "begin + toUInt32(h % 340)",
}
MIB = 1024 * 1024


def value(field: Field, salt: int) -> str:
    """SQL for a field's value of session `number`: a third is null, text of few values where it repeats."""
    if field.name in STATED:
        return STATED[field.name]
    draw = f"sipHash64(number, {salt})"
    if field.kind is Kind.ARRAY:
        names = ", ".join(f"'{member.name}'" for member in field.members)
        item = f"tuple({', '.join(value(member, salt * 50 + at) for at, member in enumerate(field.members, 1))})"
        items = f"CAST({item}, 'Tuple({typed(field)})')" if names else text(field, draw)
        return f"arrayResize([{items}], {draw} % 3, {items})"
    some = {
        Kind.NUMBER: f"toInt64({draw} % {3600 if field.bits == 32 else 10**10})",
        Kind.DECIMAL: f"({draw} % 100000) / 100",
        Kind.BOOLEAN: f"({draw} % 2)::Bool",
        Kind.ISO8601: f"begin + toUInt32({draw} % 86400)",
    }.get(field.kind, text(field, draw))
    return some if salt % 3 else f"if({draw} % 3 = 0, NULL, {some})"


def text(field: Field, draw: str) -> str:
    if field.values:
        return f"[{', '.join(repr(str(code)) for code in field.values)}][1 + {draw} % {len(field.values)}]"
    return f"concat('{field.name} ', toString({draw} % {500 if field.repeats else 10**9}))"


def typed(field: Field) -> str:
    kinds = {Kind.NUMBER: "Int64", Kind.BOOLEAN: "Bool", Kind.ISO8601: "DateTime", Kind.DECIMAL: "Float64"}
    return ", ".join(f"{member.name} Nullable({kinds.get(member.kind, 'String')})" for member in field.members)


def made(path: Path, sessions: int, output: str) -> Path:
    """The file, made if it is not there; in a process of its own, for a child's peak begins with its parent's."""
    if not path.exists():
        command = [sys.executable, __file__, "--make", str(path), "--sessions", str(sessions), "--output", output]
        subprocess.run(command, check=True)
    return path


def make(path: Path, sessions: int, output: str) -> None:
    """Writes a file of that many sessions over a year, in the order of their start."""
    year = "toDateTime('2026-01-01 00:00:00', 'UTC') + toUInt32(number * 31536000 / {n:UInt64})"
    fields = ", ".join(f"{value(field, at)} AS {field.name}" for at, field in enumerate(CALLS_REPORT.fields, 1))
    sql = f"""WITH {year} AS begin, sipHash64(number) AS h SELECT {fields} FROM numbers({{n:UInt64}})
        SETTINGS output_format_json_array_of_rows = 0, output_format_parquet_row_group_size = 65536"""
    engine = Engine(f"chdb://{path.parent}/maker")
    unfinished = path.with_name("unfinished")
    with unfinished.open("wb") as file:
        file.writelines(engine.stream(Statement(sql, {"n": sessions}), output))
    engine.close()
    unfinished.rename(path)


def run(what: str, sessions: int, *arguments: str) -> None:
    """Runs a command and prints its rate and its peak memory."""
    ringledger = str(Path(sys.executable).parent / "ringledger")
    started = time.perf_counter()
    process = subprocess.Popen([ringledger, *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    answer = b""
    while piece := process.stdout.read(1 << 20):
        answer = piece[-1000:]
    _, status, used = os.wait4(process.pid, 0)
    seconds, busy = time.perf_counter() - started, used.ru_utime + used.ru_stime
    if status or (arguments[0] == "import" and b'"rejected": 0' not in answer):
        raise SystemExit(f"{what} failed: {answer.decode(errors='replace')}")
    print(
        f"{what:28} {sessions:>10,} sessions {seconds:7.1f} s {sessions / seconds:>9,.0f}/s "
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
        print(f"{'a server with nothing to do':28} {int(held) / 1024:.0f} MiB")
    finally:
        server.terminate()
        server.wait()


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """An empty data folder with an account, gone afterwards."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    ringledger = str(Path(sys.executable).parent / "ringledger")
    command = [ringledger, "account", "create", "acme", "--data", str(data)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    try:
        yield data
    finally:
        shutil.rmtree(data)


def measure(folder: Path, sessions: int, lines: int) -> None:
    many = made(folder / f"sessions-{sessions}.parquet", sessions, "Parquet")
    some = made(folder / f"sessions-{lines}.ndjson", lines, "JSONEachRow")
    account = ("--account", "acme")
    with data_folder(folder) as data:
        here = (*account, "--data", str(data))
        idle_server(data)
        run("import NDJSON", lines, "import", "calls", str(some), *here)
    with data_folder(folder) as data:
        here = (*account, "--data", str(data))
        run("import Parquet", sessions, "import", "calls", str(many), *here)
        run("import Parquet again", sessions, "import", "calls", str(many), *here)
        out = folder / "out.parquet"
        run("export Parquet", sessions, "export", "calls", *here, *PERIOD, "--out", str(out))
        out.unlink()
        run("export NDJSON", sessions, "export", "calls", *here, *PERIOD, "--out", "-")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-loads")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--output", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.sessions, options.output)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(options.folder, options.sessions, options.lines)
    finally:
        if not options.keep:
            shutil.rmtree(options.folder)


if __name__ == "__main__":
    main()
