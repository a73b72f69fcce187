"""How a function becomes a command: settings flags, answers and faults; holds no command of its own."""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from ringledger.cli.resolving import BadFlag, resolve
from ringledger.cli.settings import CONFIG, DATA, SETTINGS, Setting, Settings
from ringledger.faults import CallerFault, EngineFault, OperatorFault, RecordFault

BASIC_SETTINGS: Final = (DATA, CONFIG, *(setting for setting in SETTINGS[1:] if not setting.for_server))
"""The settings that every command takes as flags."""

SERVER_SETTINGS: Final = (*(setting for setting in SETTINGS if setting.for_server), *BASIC_SETTINGS)
"""The settings that a command that serves takes as flags."""

MOMENT: Final = "%Y-%m-%d %H:%M:%S"
"""The form of a moment on the command line."""

Resolve = Callable[[Mapping[str, str | None], Mapping[str, str]], Settings]


class Commands(TyperGroup):
    """The root of the commands: a fault becomes one line on standard error and an exit status."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer keeps the type to itself
        """Runs the command; every fault of it ends here."""
        try:
            return super().invoke(ctx)
        except BadFlag as fault:
            status, line = 2, str(fault)
        except (OperatorFault, RecordFault, CallerFault) as fault:
            status, line = 1, str(fault)
        except EngineFault as fault:
            status, line = 1, "the call store failed: " + str(fault)[:500]
        except BrokenPipeError:
            raise
        except OSError as fault:
            status, line = 1, f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault)
        except KeyboardInterrupt:
            status, line = 130, "interrupted"
        complain(line)
        raise typer.Exit(status)


def group(text: str) -> typer.Typer:
    """A group of commands with its help."""
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def command(
    app: typer.Typer,
    name: str,
    offered: Iterable[Setting] = BASIC_SETTINGS,
    find: Resolve = resolve,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds a function to `app` as a command; its first parameter, `settings`, is found from flags and surroundings."""
    settings = tuple(offered)

    def add(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(**given: Any) -> None:  # noqa: ANN401 - as the command's own parameters say
            flags = {setting.name: given.pop(setting.name) for setting in settings}
            function(find(flags, os.environ), **given)

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        parameters = [parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = inspect.Signature([*parameters, *map(_flag, settings)])  # type: ignore[attr-defined]  # what typer reads
        app.command(name)(run)
        return function

    return add


def moment(text: str) -> datetime:
    """The moment of a flag's text. Raises BadParameter."""
    try:
        return datetime.strptime(text, MOMENT)  # noqa: DTZ007 - the command knows in which time zone it is meant
    except ValueError:
        raise typer.BadParameter(f'{text!r} is no moment; write it as "YYYY-MM-DD hh:mm:ss"') from None


def in_order(begin: datetime | None, till: datetime | None) -> None:
    """Raises BadParameter for a period that ends before it begins."""
    if begin is not None and till is not None and till < begin:
        raise typer.BadParameter(f"{till} is earlier than --from, {begin}", param_hint="--till")


def answer(document: object) -> None:
    """Prints the command's one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False))


def complain(line: str) -> None:
    """Prints what is wrong, in one line on standard error."""
    typer.echo("ringledger: " + " ".join(line.split()), err=True)


def _flag(setting: Setting) -> inspect.Parameter:
    option = typer.Option(
        setting.flag,
        metavar=setting.metavar,
        help=f"{setting.help} [${setting.variable}; default: {setting.shown_default or setting.default}]",
        show_default=False,
    )
    annotation = Annotated[str | None, option]
    return inspect.Parameter(setting.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
