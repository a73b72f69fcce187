"""The command that shows the request log to whoever runs the server, strangers' requests included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from ringledger.cli.command import answer, command, group, in_order, moment
from ringledger.cli.settings import Settings
from ringledger.cli.work import perform

requests = group("See who asked the server for what.")

_MOST: Final = 100_000


@command(requests, "list")
def list_requests(
    settings: Settings,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Only this account's.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Only those that belong to no account.")] = False,  # noqa: FBT002 - a flag
    begin: Annotated[
        datetime | None,
        typer.Option(
            "--from", metavar="MOMENT", parser=moment, help='"YYYY-MM-DD hh:mm:ss" in UTC. Without: a day ago.'
        ),
    ] = None,
    till: Annotated[
        datetime | None, typer.Option("--till", metavar="MOMENT", parser=moment, help="Likewise. Without: now.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=_MOST, help="How many, the latest first.")] = 100,
) -> None:
    """Prints an array of requests, the latest first: `account` and the fields of get.api_requests, moments in UTC.

    Requests with an unknown token, failed logins of unknown people and what is no request at all belong to no account:
    theirs is null. A running server writes the log every second.

    \b
    ringledger requests list --account acme
    ringledger requests list --nobody --from "2026-01-01 00:00:00" --limit 1000
    """
    if account is not None and nobody:
        raise typer.BadParameter("give either --account NAME or --nobody")
    now = datetime.now(UTC).replace(tzinfo=None)
    begin, till = begin or (till or now) - timedelta(days=1), till or now
    in_order(begin, till)
    arguments = {"account": account, "nobody": nobody, "begin": _seconds(begin), "till": _seconds(till), "limit": limit}
    answer(perform(settings, "Reading the request log", "list_requests", arguments)["requests"])


def _seconds(utc: datetime) -> int:
    return min(max(int(utc.replace(tzinfo=UTC).timestamp()), 0), 2**32 - 1)
