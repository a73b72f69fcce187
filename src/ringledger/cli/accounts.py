"""The commands on accounts, their users and tokens; every rule about them is the registry's."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from ringledger.cli.command import MOMENT, answer, command, group
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings

account = group("Make accounts, and switch them off and on.")
user = group("Make the people who log in.")
token = group("Make, list and block the tokens that programs call with.")

AccountOption = Annotated[str, typer.Option("--account", metavar="NAME", help="The account.")]
CountryOption = Annotated[
    str | None,
    typer.Option(
        metavar="CC", help="The country whose numbers it dials, as ISO 3166 has it. Without: the time zone's."
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account.")]


@command(account, "create")
def create_account(  # noqa: PLR0913, PLR0917 - the options of a command, read by name
    settings: Settings,
    name: NameArgument,
    timezone: Annotated[
        str, typer.Option(metavar="ZONE", help="The IANA time zone of all its times.")
    ] = "Europe/London",
    partner: Annotated[bool, typer.Option("--partner", help="A partner, who has customer accounts.")] = False,  # noqa: FBT002 - a flag
    parent: Annotated[str | None, typer.Option(metavar="PARTNER", help="The partner whose customer it is.")] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="An address or network that may call; repeat it. Without: loopback only."),
    ] = None,
    day_limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Points a day.")] = None,
    minute_limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Points a minute.")] = None,
    country: CountryOption = None,
) -> None:
    """Makes an account and prints {"app_id": ..., "name": ...}.

    \b
    ringledger account create acme
    ringledger account create acme --timezone Europe/Berlin --allow 192.0.2.0/24 --allow 2001:db8::7
    """
    with open_registry(settings) as registry:
        made = registry.accounts.create(
            name,
            timezone=timezone,
            partner=partner,
            parent=parent,
            allow=tuple(allow or ()),
            day_limit=day_limit,
            minute_limit=minute_limit,
            country=country,
        )
        answer({"app_id": made.id, "name": made.name})


@command(account, "set")
def set_account(settings: Settings, name: NameArgument, country: CountryOption = None) -> None:
    """Sets the country by which numbers are read, without --country that of the time zone, and prints what holds.

    Calls that are there already keep their numbers until `ringledger replay`.

    \b
    ringledger account set acme --country DE
    """
    with open_registry(settings) as registry:
        found = registry.accounts.set_country(name, country)
        answer({"app_id": found.id, "name": found.name, "country": found.country})


@command(account, "disable")
def disable_account(settings: Settings, name: NameArgument) -> None:
    """Switches an account off: its tokens are refused until it is enabled again. Nothing is deleted.

    \b
    ringledger account disable acme
    """
    _set_active(settings, name, active=False)


@command(account, "enable")
def enable_account(settings: Settings, name: NameArgument) -> None:
    """Switches an account on again.

    \b
    ringledger account enable acme
    """
    _set_active(settings, name, active=True)


@command(user, "create")
def create_user(
    settings: Settings,
    account: AccountOption,
    login: Annotated[str, typer.Option(metavar="LOGIN", help="What the user logs in with.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The user's name. Without: the login.")] = None,
) -> None:
    """Makes a user and prints {"id": ...}. The password is read from standard input.

    \b
    ringledger user create --account acme --login ann < password.txt
    """
    password = _password()
    with open_registry(settings) as registry:
        made = registry.users.create(account, login, password, name or login)
        answer({"id": made.id})


@command(token, "create")
def create_token(
    settings: Settings,
    account: AccountOption,
    login: Annotated[str | None, typer.Option(metavar="LOGIN", help="The user it stands for.")] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(metavar="MOMENT", formats=MOMENT, help='When it ends, "YYYY-MM-DD hh:mm:ss" in UTC.'),
    ] = None,
) -> None:
    """Makes a token and prints {"access_token": ...}: this once, only its hash is kept.

    \b
    ringledger token create --account acme
    ringledger token create --account acme --login ann --expires "2030-01-01 00:00:00"
    """
    with open_registry(settings) as registry:
        moment = expires.replace(tzinfo=UTC) if expires else None
        answer({"access_token": registry.tokens.create(account, login=login, expires=moment)})


@command(token, "list")
def list_tokens(
    settings: Settings,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Only this account's.")] = None,
) -> None:
    """Prints an array of tokens: id, name, account, login, created, expires, blocked, last_used.

    \b
    ringledger token list
    ringledger token list --account acme
    """
    names = ("id", "name", "account", "login", "created", "expires", "blocked", "last_used")
    with open_registry(settings) as registry:
        answer([{name: getattr(one, name) for name in names} for one in registry.tokens.list(account)])


@command(token, "block")
def block_token(
    settings: Settings,
    token_id: Annotated[int, typer.Argument(metavar="TOKEN_ID", help="The id that `token list` shows.")],
) -> None:
    """Blocks a token for good.

    \b
    ringledger token block 7
    """
    with open_registry(settings) as registry:
        registry.tokens.block(token_id)


def _set_active(settings: Settings, name: str, *, active: bool) -> None:
    with open_registry(settings) as registry:
        registry.accounts.set_active(name, active=active)


def _password() -> str:
    """One line of standard input, or what a person types unseen."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    text = sys.stdin.read()
    return text.removesuffix("\n").removesuffix("\r")
