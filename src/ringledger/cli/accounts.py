"""The commands on accounts and their tokens; every rule about them is the registry's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ringledger.cli.command import answer, command, group, moment
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings

if TYPE_CHECKING:
    from ringledger.registry.accounts import Account

account = group("Make accounts, change them, switch them off and on.")
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
def set_account(
    settings: Settings,
    name: NameArgument,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The country whose numbers it dials; none for the time zone's.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="The addresses and networks that may call from now on; repeat it."),
    ] = None,
    day_limit: Annotated[int | None, typer.Option(metavar="N", min=0, help="Points a day; 0 for no limit.")] = None,
    minute_limit: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Points a minute; 0 for no limit.")
    ] = None,
) -> None:
    """Changes what is given of an account, at once, and prints what holds.

    The networks of --allow take the place of those before. After a change of the country, calls that are there
    already keep their numbers until `ringledger replay`.

    \b
    ringledger account set acme --country DE
    ringledger account set acme --allow 192.0.2.0/24 --allow 2001:db8::7 --day-limit 10000 --minute-limit 0
    """
    with open_registry(settings) as registry:
        registry.accounts.change(name, allow=allow, day_limit=day_limit, minute_limit=minute_limit)
        if country is not None:
            registry.accounts.set_country(name, None if country == "none" else country)
        answer(_shown(registry.accounts.by_name(name)))


@command(account, "list")
def list_accounts(settings: Settings) -> None:
    """Prints an array of accounts: app_id, name, timezone, country, status, partner, parent, allow and limits.

    \b
    ringledger account list
    """
    with open_registry(settings) as registry:
        accounts = registry.accounts.all()
    names = {one.id: one.name for one in accounts}
    answer([_shown(one) | {"parent": names.get(one.parent_id or 0)} for one in accounts])


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


@command(token, "create")
def create_token(
    settings: Settings,
    account: AccountOption,
    login: Annotated[str | None, typer.Option(metavar="LOGIN", help="The user it stands for.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What it is for; the request log names it.")] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(metavar="MOMENT", parser=moment, help='When it ends, "YYYY-MM-DD hh:mm:ss" in UTC.'),
    ] = None,
) -> None:
    """Makes a token and prints {"access_token": ...}: this once, only its hash is kept.

    \b
    ringledger token create --account acme
    ringledger token create --account acme --login ann --expires "2030-01-01 00:00:00"
    """
    with open_registry(settings) as registry:
        moment = expires.replace(tzinfo=UTC) if expires else None
        answer({"access_token": registry.tokens.create(account, login=login, expires=moment, name=name)})


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


def _shown(account: Account) -> dict[str, object]:
    return {
        "app_id": account.id,
        "name": account.name,
        "timezone": account.timezone,
        "country": account.country,
        "status": account.status,
        "partner": account.is_partner,
        "allow": list(account.whitelist),
        "day_limit": account.day_limit,
        "minute_limit": account.minute_limit,
    }
