"""The commands on users, their rights and passwords; every rule about them is the registry's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ringledger.cli.accounts import AccountOption
from ringledger.cli.command import answer, command, group
from ringledger.cli.opening import open_registry
from ringledger.cli.settings import Settings
from ringledger.faults import OperatorFault

if TYPE_CHECKING:
    from ringledger.registry.rights import Role, View
    from ringledger.registry.users import User

user = group("Make the people who log in, and say what they may see.")

LoginOption = Annotated[str, typer.Option(metavar="LOGIN", help="What the user logs in with.")]
RoleOption = Annotated[
    str, typer.Option(metavar="ROLE", help="administrator, or reader, who changes nothing and sees no request log.")
]
EmployeeOption = Annotated[
    list[int] | None, typer.Option("--employee", metavar="ID", help="Only calls of this employee; repeat it.")
]
NumberOption = Annotated[
    list[str] | None, typer.Option("--virtual-number", metavar="N", help="Only calls of this number; repeat it.")
]
SiteOption = Annotated[
    list[int] | None, typer.Option("--site", metavar="ID", help="Only calls of this site; repeat it.")
]
MaskOption = Annotated[bool, typer.Option("--mask", help="Show only the last four digits of contacts' numbers.")]


@command(user, "create")
def create_user(  # noqa: PLR0913, PLR0917 - the options of a command, read by name
    settings: Settings,
    account: AccountOption,
    login: LoginOption,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The user's name. Without: the login.")] = None,
    role: RoleOption = "administrator",
    employee: EmployeeOption = None,
    virtual_number: NumberOption = None,
    site: SiteOption = None,
    mask: MaskOption = False,  # noqa: FBT002 - a flag
) -> None:
    """Makes a user and prints {"id": ...}. The password is read from standard input.

    A user with --employee, --virtual-number or --site sees the calls of any of them, and no others.

    \b
    ringledger user create --account acme --login ann < password.txt
    ringledger user create --account acme --login bob --role reader --employee 7 --employee 8 --mask < password.txt
    """
    password = _password()
    with open_registry(settings) as registry:
        made = registry.users.create(
            account, login, password, name or login, _role(role), _view(employee, virtual_number, site, mask=mask)
        )
        answer({"id": made.id})


@command(user, "set")
def set_user(
    settings: Settings,
    login: LoginOption,
    role: RoleOption,
    employee: EmployeeOption = None,
    virtual_number: NumberOption = None,
    site: SiteOption = None,
    mask: MaskOption = False,  # noqa: FBT002 - a flag
) -> None:
    """Sets what a user may do and see, whole and at once, and prints it.

    \b
    ringledger user set --login bob --role reader --site 3
    """
    with open_registry(settings) as registry:
        view = _view(employee, virtual_number, site, mask=mask)
        answer(_shown(registry.users.set_rights(login, _role(role), view)))


@command(user, "list")
def list_users(
    settings: Settings,
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Only this account's.")] = None,
) -> None:
    """Prints an array of users with what they may do and see.

    \b
    ringledger user list --account acme
    """
    with open_registry(settings) as registry:
        answer([_shown(one) | {"account": name} for one, name in registry.users.list(account)])


@command(user, "password")
def set_password(settings: Settings, login: LoginOption) -> None:
    """Sets the password of a user, read from standard input, and ends the user's sessions.

    \b
    ringledger user password --login ann < password.txt
    """
    password = _password()
    with open_registry(settings) as registry:
        registry.users.set_password(login, password)


def _role(text: str) -> Role:
    from ringledger.registry.rights import Role

    try:
        return Role(text)
    except ValueError:
        raise OperatorFault(f"{text!r} is no role; there are {' and '.join(Role)}") from None


def _view(employees: list[int] | None, numbers: list[str] | None, sites: list[int] | None, *, mask: bool) -> View:
    from ringledger.registry.rights import Scope, View

    if not (employees or numbers or sites):
        return View(is_masked=mask)
    return View(Scope(tuple(employees or ()), tuple(numbers or ()), tuple(sites or ())), mask)


def _shown(user: User) -> dict[str, object]:
    scope = user.view.scope
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "employees": list(scope.employee_ids) if scope else None,
        "virtual_numbers": list(scope.virtual_numbers) if scope else None,
        "sites": list(scope.site_ids) if scope else None,
        "masked": user.view.is_masked,
        "blocked": user.is_blocked,
    }


def _password() -> str:
    """One line of standard input, or what a person types unseen."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    text = sys.stdin.read()
    return text.removesuffix("\n").removesuffix("\r")
