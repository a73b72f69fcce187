"""The commands that bring in, derive again and hand out records; how each is done is the ledger's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from ringledger.cli.command import answer, command, group, in_order, moment
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings
from ringledger.cli.work import export, perform

directory = group("Tell who is who at an account's switch.")
imports = group("Bring in switch records and call sessions.")
exports = group("Hand out call sessions, and what could not be read.")
root = typer.Typer()

_OUTPUTS: Final = {".ndjson": "NDJSON", ".jsonl": "NDJSON", ".parquet": "Parquet", ".csv": "CSV"}
_LOCAL: Final = "in the account's time zone"

AccountOption = Annotated[str, typer.Option("--account", metavar="NAME", help="The account.")]
FollowOption = Annotated[bool, typer.Option("--follow", help="Go on with one file as it grows, until interrupted.")]
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="The files, read as one stream.")]


@command(directory, "import")
def import_directory(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The directory file, JSON.")],
    account: AccountOption,
) -> None:
    """Imports employees, external parties and virtual numbers, and prints the counts.

    The same file again changes nothing. Sessions that are there already show changed names at once; what else changed
    they learn with `ringledger replay`.

    \b
    ringledger directory import directory.json --account acme
    """
    from ringledger.registry.directories import DirectoryFile

    parsed = DirectoryFile.parse(file.read_bytes())
    with open_registry(settings) as registry:
        answer(registry.directories.import_file(account, parsed))


@command(imports, "asterisk-cel")
def import_asterisk_cel(
    settings: Settings,
    files: FilesArgument,
    account: AccountOption,
    follow: FollowOption = False,  # noqa: FBT002 - a flag
) -> None:
    """Reads Asterisk's channel event log and prints {"read", "events", "sessions", "waiting", "rejected"}.

    Of lines that cannot be read the first ten are told as FILE:LINE: reason, and the others are imported. The same
    lines again change nothing. With --follow the file is read on from where it was left the last time, through
    rotation, and nothing is printed.

    \b
    ringledger import asterisk-cel /var/log/asterisk/cel-custom/Master.csv --account acme
    ringledger import asterisk-cel --follow /var/log/asterisk/cel-custom/Master.csv --account acme
    """
    if not follow:
        _import_records(settings, "asterisk-cel", files, account)
        return
    if len(files) != 1:
        raise typer.BadParameter("one file can be followed", param_hint="--follow")
    arguments = {"dialect": "asterisk-cel", "file": _absolute(files)[0], "account": account}
    perform(settings, "Following", "follow_records", arguments)


@command(imports, "asterisk-cdr")
def import_asterisk_cdr(settings: Settings, files: FilesArgument, account: AccountOption) -> None:
    """Reads Asterisk's call detail records and prints {"read", "events", "sessions", "waiting", "rejected"}.

    They tell less than the channel event log: take that where the switch writes it. The same lines again change
    nothing.

    \b
    ringledger import asterisk-cdr /var/log/asterisk/cdr-csv/Master.csv --account acme
    """
    _import_records(settings, "asterisk-cdr", files, account)


@command(imports, "freeswitch")
def import_freeswitch(settings: Settings, files: FilesArgument, account: AccountOption) -> None:
    """Reads FreeSWITCH's JSON call detail records and prints {"read", "events", "sessions", "waiting", "rejected"}.

    A file holds one record or many; those that mod_json_cdr stored because a post failed are read as they are. The
    same records again change nothing.

    \b
    ringledger import freeswitch /var/log/freeswitch/json_cdr/*.json --account acme
    """
    _import_records(settings, "freeswitch", files, account)


@command(imports, "events")
def import_events(settings: Settings, files: FilesArgument, account: AccountOption) -> None:
    """Reads call events as POST /intake/events takes them and prints {"read", "events", "sessions", "waiting", ...}.

    One JSON object a line, or each over many lines. The same events again change nothing.

    \b
    ringledger import events calls.ndjson --account acme
    """
    _import_records(settings, "events", files, account)


@command(imports, "calls")
def import_calls(
    settings: Settings,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=".ndjson, .jsonl (.gz, .zst) or .parquet.")],
    account: Annotated[str | None, typer.Option(metavar="NAME", help="The account of all records.")] = None,
    account_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column that names each record's account.")
    ] = None,
) -> None:
    """Loads call sessions and prints {"read", "imported", "rejected"}.

    A record is what get.calls_report replies. One that does not fit is written with its reason to
    FILE.rejected.ndjson. The same file again changes nothing.

    \b
    ringledger import calls calls.ndjson --account acme
    ringledger import calls everyone.parquet --account-column customer
    """
    if (account is None) == (account_column is None):
        raise typer.BadParameter("give either --account NAME or --account-column COLUMN")
    arguments = {"files": _absolute(files), "account": account, "account_column": account_column}
    answer(perform(settings, "Importing calls", "import_calls", arguments))


@command(exports, "calls")
def export_calls(
    settings: Settings,
    account: AccountOption,
    begin: Annotated[
        datetime,
        typer.Option("--from", metavar="MOMENT", parser=moment, help=f'"YYYY-MM-DD hh:mm:ss" {_LOCAL}.'),
    ],
    till: Annotated[
        datetime, typer.Option("--till", metavar="MOMENT", parser=moment, help="Likewise; this second included.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help=".ndjson, .parquet or .csv; - for NDJSON on standard output.")
    ],
) -> None:
    """Writes the sessions that started from --from to --till, both in the account's time zone.

    \b
    ringledger export calls --account acme --from "2026-01-01 00:00:00" --till "2026-01-31 23:59:59" --out jan.parquet
    """
    to_stdout = str(out) == "-"
    output = "NDJSON" if to_stdout else _OUTPUTS.get(out.suffix.lower())
    if output is None:
        raise typer.BadParameter(f"{out.name} ends in none of {', '.join(_OUTPUTS)}", param_hint="--out")
    in_order(begin, till)
    arguments = {"account": account, "begin": str(begin), "till": str(till), "output": output}
    _send(out, export(settings, "export_calls", arguments))


@command(exports, "rejected")
def export_rejected(
    settings: Settings,
    account: AccountOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help=".ndjson; - for standard output.")],
) -> None:
    """Writes what came in and could not be read: {"source", "received_time" (UTC), "origin", "line", "reason", "text"}.

    \b
    ringledger export rejected --account acme --out -
    """
    if str(out) != "-" and _OUTPUTS.get(out.suffix.lower()) != "NDJSON":
        raise typer.BadParameter(f"{out.name} does not end in .ndjson", param_hint="--out")
    _send(out, export(settings, "export_rejected", {"account": account}))


@command(root, "replay")
def replay(
    settings: Settings,
    account: AccountOption,
    begin: Annotated[
        datetime | None,
        typer.Option("--from", metavar="MOMENT", parser=moment, help=f'"YYYY-MM-DD hh:mm:ss" {_LOCAL}.'),
    ] = None,
    till: Annotated[
        datetime | None,
        typer.Option("--till", metavar="MOMENT", parser=moment, help="Likewise; this second included."),
    ] = None,
) -> None:
    """Derives the sessions again from the kept switch records, after rules or the directory changed.

    \b
    ringledger replay --account acme
    ringledger replay --account acme --from "2026-01-01 00:00:00"
    """
    in_order(begin, till)
    arguments = {"account": account, "begin": str(begin) if begin else None, "till": str(till) if till else None}
    answer(perform(settings, "Deriving again", "replay", arguments))


def _import_records(settings: Settings, dialect: str, files: list[Path], account: str) -> None:
    arguments = {"dialect": dialect, "files": _absolute(files), "account": account}
    answer(perform(settings, "Importing records", "import_records", arguments))


def _absolute(files: list[Path]) -> list[str]:
    """The paths as another process finds them; a missing file is told before any work begins."""
    for file in files:
        file.open("rb").close()
    return [str(file.absolute()) for file in files]


def _send(out: Path, pieces: Iterable[bytes]) -> None:
    if str(out) == "-":
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    _write(out, pieces)


def _write(out: Path, pieces: Iterable[bytes]) -> None:
    """Writes a file that appears whole or not at all."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
