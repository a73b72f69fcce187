"""The command `demo`: an account with invented calls in a folder of its own, served; the calls are demo_calls.py's."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ringledger.cli.command import MOMENT, SERVER_SETTINGS, command
from ringledger.cli.progress import progress
from ringledger.cli.resolving import resolve
from ringledger.cli.settings import CONFIG, SETTINGS, Settings
from ringledger.faults import OperatorFault

if TYPE_CHECKING:
    from ringledger.cli.ledger import Ledger

root = typer.Typer()

_NAME: Final = "demo"
_ZONE: Final = "Europe/London"
_NOTES: Final = "demo.json"
_HARMLESS: Final = {"lock", "ringledger.toml", "tmp"}
_OWN: Final = {CONFIG.variable, *(setting.variable for setting in SETTINGS if not setting.for_server)}


def _demo_settings(flags: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """Settings that never lead to the real data: places are taken from flags only."""
    harmless = {name: value for name, value in environment.items() if name not in _OWN}
    return resolve(flags, harmless, data="./ringledger-demo")


@command(root, "demo", SERVER_SETTINGS, _demo_settings)
def demo(
    settings: Settings,
    days: Annotated[int, typer.Option(metavar="N", min=1, max=1000, help="Days of calls until now.")] = 60,
) -> None:
    """Makes an account with realistic calls in a folder of its own and serves it.

    Prints URL, login, password, token and a curl line to paste. The folder is ./ringledger-demo unless --data
    says otherwise; run again, its calls are kept and a fresh token is made. To start over, remove the folder.

    \b
    ringledger demo
    ringledger demo --port 0 --days 7 --data /tmp/demo
    """
    from ringledger.cli import serving

    stage = Demo(settings.data, days, datetime.now(UTC))
    serving.serve(settings, stage.announce, stage.prepare)


class Demo:
    """The demo of a folder; what it has to remember is in a file there."""

    def __init__(self, folder: Path, days: int, now: datetime) -> None:
        self._file = folder / _NOTES
        self._token = ""
        if self._file.exists():
            self._notes: dict[str, Any] = json.loads(self._file.read_text("utf-8"))
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(found.name not in _HARMLESS for found in folder.iterdir()):
            raise OperatorFault(f"{folder} holds other data than a demo's; choose another --data")
        self._notes = {"password": secrets.token_urlsafe(9), "until": now.isoformat(), "days": days, "done": []}
        self._save()

    def prepare(self, ledger: Ledger) -> None:
        """Makes what is not there yet, and a fresh token."""
        for name, make in (("account", _account), ("user", self._user), ("directory", _directory)):
            if name not in self._notes["done"]:
                make(ledger)
                self._finished(name)
        if "calls" not in self._notes["done"]:
            with progress("Inventing calls") as emit:
                ledger.take(emit, dialect="asterisk-cel", account=_NAME, streams=[(_NAME, self._lines())])
            self._finished("calls")
        self._token = ledger.registry.tokens.create(_NAME, login=_NAME)

    def announce(self, url: str) -> None:
        """Prints how to call it."""
        typer.echo(f"Ringledger is listening on {url}")
        typer.echo(f"login:    {_NAME}\npassword: {self._notes['password']}\ntoken:    {self._token}")
        typer.echo(f"\nThe last week's calls:\n{self._curl(url)}")

    def _curl(self, url: str) -> str:
        from ringledger.reporting.moments import zone

        until = self._until.astimezone(zone(_ZONE))
        first = (until - timedelta(days=min(7, self._notes["days"]))).replace(tzinfo=None)
        params = {
            "access_token": self._token,
            "date_from": first.strftime(MOMENT),
            "date_till": until.strftime(MOMENT),
            "limit": 5,
        }
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "get.calls_report", "params": params})
        return f"curl -s {url}/v2.0 -H 'Content-Type: application/json' -d '{body}'"

    @property
    def _until(self) -> datetime:
        return datetime.fromisoformat(self._notes["until"])

    def _lines(self) -> Iterator[bytes]:
        from ringledger.cli.demo_calls import cel_lines

        for line in cel_lines(self._until, self._notes["days"]):
            yield line.rstrip("\n").encode() + b"\n"

    def _user(self, ledger: Ledger) -> None:
        ledger.registry.users.create(_NAME, _NAME, self._notes["password"], "Demo")

    def _finished(self, name: str) -> None:
        self._notes["done"].append(name)
        self._save()

    def _save(self) -> None:
        unfinished = self._file.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(self._notes), "utf-8")
        unfinished.replace(self._file)


def _account(ledger: Ledger) -> None:
    ledger.registry.accounts.create(_NAME, timezone=_ZONE)


def _directory(ledger: Ledger) -> None:
    from ringledger.cli.demo_calls import directory
    from ringledger.registry.directories import DirectoryFile

    ledger.registry.directories.import_file(_NAME, DirectoryFile.parse(json.dumps(directory()).encode()))
