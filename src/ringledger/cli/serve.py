"""The commands `serve` and `settings`; how a server is put together is serving.py's."""

from __future__ import annotations

import typer

from ringledger.cli.command import SERVER_SETTINGS, answer, command
from ringledger.cli.resolving import shown
from ringledger.cli.settings import Settings

root = typer.Typer()


@command(root, "serve", SERVER_SETTINGS)
def serve(settings: Settings) -> None:
    """Serves the Data API at /v2.0, the web page at /, /healthz and /metrics.

    Prints one line with its URL when it is ready. SIGTERM ends it cleanly: running requests are finished first.

    \b
    ringledger serve
    ringledger serve --data /srv/ringledger --host 0.0.0.0 --port 80
    """
    from ringledger.cli import serving

    serving.serve(settings, lambda url: typer.echo(f"Ringledger is listening on {url}"))


@command(root, "settings", SERVER_SETTINGS)
def show_settings(settings: Settings) -> None:
    """Prints every setting with its effective value and where that comes from.

    A flag wins over the environment variable, that over the TOML file, that over the default. Passwords in URLs
    are masked.

    \b
    ringledger settings
    RINGLEDGER_PORT=9000 ringledger settings --data /srv/ringledger
    """
    answer(shown(settings))
