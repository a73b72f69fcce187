"""How fast Asterisk's channel events come in, and how much memory that takes at the most.

    python bench/channel_events.py [--legs 250000,500000,1000000] [--folder DIR]

Makes files of CEL rows, a year of calls that ring nine employees at once, of whom one answers, and of five calls one
that nobody answers: ten legs and some 40 rows a call. Each file is imported into an empty data folder by the real
command, in a process of its own whose peak memory the system tells; then the legs in the store are counted.
10,000,000 legs need 12 GB of disk for the file and 4 GB for the data folder.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from files import data_folder, run
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement

LEGS: Final = 10
"""Of a call: the contact's and those of nine employees."""
EMPLOYEES: Final = 40
CALLERS: Final = 200_000
FIRST: Final = 1_767_225_600
"""The first moment of 2026."""
YEAR: Final = 365 * 86_400

_BRIDGE: Final = '"{""bridge_id"":""%d"",""bridge_technology"":""simple_bridge""}"'
_HANGUP: Final = '"{""hangupcause"":%d,""hangupsource"":""%s"",""dialstatus"":""%s""}"'


def rows(call: int, calls: int) -> Iterator[str]:
    """The rows of one call, in order: the contact's leg is number 0, the employee of leg 1 answers."""
    start = FIRST + call * YEAR // calls
    contact = f"+4479{call * 7919 % CALLERS:08}"
    numbers = [contact, *(str(200 + (call + leg) % EMPLOYEES) for leg in range(1, LEGS))]
    channels = [f"PJSIP/trunk-{call:08x}", *(f"PJSIP/{number}-{call:08x}" for number in numbers[1:])]

    def row(event: str, seconds: float, leg: int, app: str = "", extra: str = '""', peer: str = "") -> str:
        exten = "+442079460101" if leg == 0 or event == "HANGUP" else "s"
        dnid, id_, first = "" if leg else exten, call * LEGS + leg, call * LEGS
        return (
            f'"{event}","{start + seconds:.6f}","","{numbers[leg]}","","","{dnid}","{exten}","from-trunk",'
            f'"{channels[leg]}","{app}","","3","","{start}.{id_}","{start}.{first}","{peer}","","",{extra}\n'
        )

    def ended(leg: int, seconds: float, cause: int, source: str = "", status: str = "") -> Iterator[str]:
        yield row("HANGUP", seconds, leg, "AppDial" if leg else "", _HANGUP % (cause, source, status))
        yield row("CHAN_END", seconds, leg, "AppDial" if leg else "")

    yield row("CHAN_START", 0.2, 0)
    yield row("APP_START", 0.21, 0, "Dial")
    for leg in range(1, LEGS):
        yield row("CHAN_START", 0.22 + leg / 100, leg)
    if call % 5 == 0:
        for leg in range(1, LEGS):
            yield from ended(leg, 25.1 + leg / 100, 19)
        yield row("APP_END", 25.2, 0, "Dial")
        yield from ended(0, 25.3, 19, status="NOANSWER")
        yield row("LINKEDID_END", 25.3, 0)
        return
    for leg in range(2, LEGS):
        yield from ended(leg, 6.3 + leg / 100, 26)
    yield row("ANSWER", 6.2, 1, "AppDial")
    yield row("ANSWER", 6.25, 0, "Dial")
    for event, seconds in (("BRIDGE_ENTER", 6.4), ("BRIDGE_EXIT", 60.0 + call % 300)):
        yield row(event, seconds, 1, "AppDial", _BRIDGE % call)
        yield row(event, seconds + 0.01, 0, "Dial", _BRIDGE % call, channels[1])
    yield from ended(1, 60.1 + call % 300, 16, channels[0])
    yield row("APP_END", 60.12 + call % 300, 0, "Dial")
    yield from ended(0, 60.2 + call % 300, 16, channels[0], "ANSWER")
    yield row("LINKEDID_END", 60.2 + call % 300, 0)


def make(path: Path, legs: int) -> int:
    """Writes a file of so many legs; returns how many rows they took."""
    calls, written = legs // LEGS, 0
    with path.open("w", encoding="ascii") as file:
        for call in range(calls):
            told = list(rows(call, calls))
            file.writelines(told)
            written += len(told)
    return written


def import_employees(data: Path) -> None:
    """Tells who has which number: only with them it shows who is the contact."""
    people = [{"full_name": f"Employee {n}", "numbers": [str(200 + n)]} for n in range(EMPLOYEES)]
    registry = Registry.open(f"sqlite:///{data}/registry.db")
    registry.directories.import_file("acme", DirectoryFile.parse(json.dumps({"employees": people}).encode()))
    registry.close()


def kept(data: Path) -> tuple[int, int]:
    """The legs and the sessions that the store has, each once."""
    engine = Engine(f"chdb://{data}/store")
    counts = (
        engine.rows(Statement(f"SELECT count() AS n FROM {table} FINAL")) for table in ("call_legs", "call_sessions")
    )
    legs, sessions = (int(found[0]["n"]) for found in counts)
    engine.close()
    return legs, sessions


def measure(folder: Path, legs: int) -> None:
    """One file of so many legs; a count that is not right ends the program."""
    path = folder / f"cel-{legs}.csv"
    written = make(path, legs)
    try:
        with data_folder(folder) as data:
            import_employees(data)
            command = ("import", "asterisk-cel", str(path), "--account", "acme", "--data", str(data))
            run(f"{legs:,} legs of CEL", written, *command, unit="rows")
            with multiprocessing.get_context("spawn").Pool(1) as own_process:
                found = own_process.apply(kept, (data,))
            if found != (legs, legs // LEGS):
                raise SystemExit(f"the store has {found} legs and sessions of {legs} legs")
    finally:
        path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--legs", default="250000,500000,1000000")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ringledger-channel-events")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        for legs in options.legs.split(","):
            measure(options.folder, int(legs))
    finally:
        shutil.rmtree(options.folder)


if __name__ == "__main__":
    main()
