"""The entry point: every command in its place; imports nothing that takes long."""

from __future__ import annotations

from typing import Final

import typer

from ringledger.cli import accounts, demo, recordings, records, requests, serve, tariffs, uploads, users
from ringledger.cli.command import Commands

_HELP: Final = """A ledger of telephone call sessions with a JSON-RPC Data API.

\b
A first look, with invented calls:
    ringledger demo

\b
Your own calls:
    ringledger account create acme
    ringledger token create --account acme
    ringledger directory import directory.json --account acme
    ringledger import asterisk-cel Master.csv --account acme
    ringledger serve

Every command takes --data DIR (default ./ringledger-data, or $RINGLEDGER_DATA) and works the same while a server
runs on that folder. Data is printed as one JSON document; messages go to standard error. Exit status: 0 done,
1 failed, 2 wrong usage. `ringledger COMMAND --help` tells more.
"""

app = typer.Typer(
    name="ringledger",
    cls=Commands,
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.add_typer(serve.root)
app.add_typer(demo.root)
app.add_typer(accounts.account, name="account")
app.add_typer(users.user, name="user")
app.add_typer(accounts.token, name="token")
app.add_typer(tariffs.tariff, name="tariff")
app.add_typer(records.directory, name="directory")
app.add_typer(records.imports, name="import")
app.add_typer(records.exports, name="export")
app.add_typer(recordings.recordings, name="recordings")
app.add_typer(uploads.uploads, name="uploads")
app.add_typer(requests.requests, name="requests")
app.add_typer(records.root)


def main() -> None:
    """Runs the command that the process was called with."""
    app()
