"""The command on uploaded calls: the secret with which their statuses are signed."""

from __future__ import annotations

from typing import Annotated

import typer

from ringledger.cli.command import answer, command, group
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings

uploads = group("What the receivers of uploaded calls' statuses need.")


@command(uploads, "secret")
def secret(
    settings: Settings,
    account: Annotated[str, typer.Option("--account", metavar="NAME", help="The account.")],
) -> None:
    """Prints {"secret": "whsec_..."}: with it the account's receivers check that a status came from this server.

    \b
    ringledger uploads secret --account acme
    """
    from ringledger.intake import upload_news

    with open_registry(settings) as registry:
        answer({"secret": upload_news.secret(registry.keys, registry.accounts.by_name(account).id)})
