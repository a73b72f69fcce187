"""Who calls, and whether they may: token, account, address, rights, in the protocol's order; denies first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ringledger.catalogue.method import Method
from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE, Role, View
from ringledger.registry.tokens import Caller
from ringledger.registry.users import User
from ringledger.registry.whitelist import admits
from ringledger.rpc.request_log import Parties


class Grant(msgspec.Struct, frozen=True):
    """What a caller was granted: to ask for what `view` shows of the account, or to change it."""

    caller: Caller
    account: Account
    view: View


def identify(registry: Registry, token: object) -> Caller:
    """Whose token a request comes with, whatever has become of it. Raises CallerFault for an unknown one."""
    if token is None:
        raise CallerFault("required_parameter_missed", "access_token")
    if not isinstance(token, str):
        raise CallerFault("data_type_error", "access_token", token)
    found = registry.tokens.find(token)
    if found is None:
        raise CallerFault("access_token_invalid")
    return found


def check_caller(caller: Caller, address: str, now: int) -> None:
    """Refuses a token, an account or an address. `now` is Unix seconds. Raises CallerFault for the first refusal."""
    _check_token(caller, now)
    check_account(caller.account, address)


def grant(
    registry: Registry,
    method: Method,
    caller: Caller,
    params: Mapping[str, Any],
    address: str,
    now: int,
    parties: Parties,
) -> Grant:
    """What a caller that was not refused may do with a request; `parties` is told whose data it is about.

    Raises CallerFault for the first refusal.
    """
    account, users = _named(registry, method, caller, params.get("user_id"))
    parties.account = account
    if account is not caller.account:
        check_account(account, address)
    _check_rights(method, caller, users)
    registry.tokens.touch(caller.token_id, now)
    return Grant(caller, account, _view(users))


def sender(registry: Registry, token: str, address: str, now: int) -> Account:
    """The account that a switch with this token may bring calls to. Raises CallerFault for the first refusal.

    What it brings is the account's own, so a user's token needs the rights to all that the account has.
    """
    caller = identify(registry, token)
    check_caller(caller, address, now)
    user = caller.user
    if user is not None and not user.may_manage:
        raise CallerFault("forbidden")
    registry.tokens.touch(caller.token_id, now)
    return caller.account


def check_account(account: Account, address: str) -> None:
    """Refuses an account that is not active or does not admit the address. Raises CallerFault."""
    if not account.is_active:
        raise CallerFault("account_inactive")
    if not admits(account.whitelist, address):
        raise CallerFault("ip_not_whitelisted", params={"ip": address})


def _check_token(caller: Caller, now: int) -> None:
    if caller.blocked or (caller.user is not None and caller.user.is_blocked):
        raise CallerFault("access_token_blocked")
    if caller.expires is not None and caller.expires <= now:
        raise CallerFault("access_token_expired")


def _named(registry: Registry, method: Method, caller: Caller, user_id: object) -> tuple[Account, tuple[User, ...]]:
    """The account that a request is about, and the users whose rights it has: none for an account's own token."""
    own = () if caller.user is None else (caller.user,)
    if not method.of_customers:
        return caller.account, own
    if user_id is None:
        if caller.account.is_partner:
            raise CallerFault("required_parameter_missed", "user_id")
        return caller.account, own
    # A user_id of another type is a parameter's fault and told with the other parameters.
    if isinstance(user_id, bool) or not isinstance(user_id, (int, float, Decimal)):
        return caller.account, own
    if caller.user is not None and user_id == caller.user.id:
        return caller.account, own
    found = registry.users.with_account(user_id)
    if found is None or found[0].is_blocked or not _may_name(caller, *found):
        raise CallerFault("forbidden", "user_id", user_id)
    return found[1], (*own, found[0])


def _may_name(caller: Caller, user: User, account: Account) -> bool:
    """Whether the caller may act as the user: as a partner for its customers', or as an account for its own."""
    if user.account_id == caller.account.id:
        return caller.user is None
    confined = caller.user is not None and caller.user.view.scope is not None
    return caller.account.is_partner and account.parent_id == caller.account.id and not confined


def _check_rights(method: Method, caller: Caller, users: tuple[User, ...]) -> None:
    if method.for_partners and not caller.account.is_partner:
        raise CallerFault("forbidden")
    is_reserved = method.for_administrators or (method.changes and not method.is_personal)
    if is_reserved and any(user.role is not Role.ADMINISTRATOR for user in users):
        raise CallerFault("forbidden")
    # What others asked for names numbers of contacts, as what is not for masked users does.
    shows_numbers = method.for_administrators or not method.for_masked
    if shows_numbers and any(user.view.is_masked for user in users):
        raise CallerFault("forbidden")
    if not method.for_confined and any(user.view.scope is not None for user in users):
        raise CallerFault("forbidden")


def _view(users: tuple[User, ...]) -> View:
    """What all of the users see. Only the last one can be confined: who is confined acts for nobody else."""
    if not users:
        return WHOLE
    return View(users[-1].view.scope, any(user.view.is_masked for user in users))
