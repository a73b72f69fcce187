"""login.user and logout.user."""

from __future__ import annotations

import hashlib
from typing import Final

from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.counters import Window
from ringledger.registry.users import User
from ringledger.rpc.access import check_account
from ringledger.rpc.call import Call, Members, OpenCall, Resources
from ringledger.rpc.log_bounds import neighbourhood

FAILURES_OF_A_LOGIN: Final = 5
FAILURES_OF_AN_ADDRESS: Final = 20
"""How many attempts may fail in a minute before the next ones are not looked at."""

_MINUTE: Final = 60


def login(resources: Resources, call: OpenCall) -> Members:
    """Begins a session of one hour. Raises CallerFault that does not tell a wrong login from a wrong password."""
    registry = resources.registry
    user, account = _verified(resources, call)
    check_account(account, call.address)
    if user.is_blocked:
        raise CallerFault("forbidden")
    limits = resources.points.charge(account, call.method.weight, call.now)
    session = registry.tokens.open_session(user, call.now)
    data = {"access_token": session.token, "expire_at": session.expires, "app_id": account.id}
    return {"data": data, "metadata": {"limits": limits} if limits else {}}


def logout(resources: Resources, call: Call) -> Members:
    """Ends the session of the call's token. Raises CallerFault for a token that is no session's."""
    if not call.caller.is_session:
        raise CallerFault("forbidden")
    resources.registry.tokens.end(call.caller.token_id)
    return {"data": {}}


def _verified(resources: Resources, call: OpenCall) -> tuple[User, Account]:
    """The user who logs in, and the account.

    An attempt is counted before it is looked at, so that many at the same moment gain nothing.
    """
    counters, windows = resources.registry.counters, _windows(call)
    if counters.add(windows, 1) is None:
        full = next((window for window in windows if window.most <= counters.spent([window])[0]), windows[0])
        raise CallerFault("limit_exceeded", params={"limit_type": "minute", "limit_max_value": full.most})
    users = resources.registry.users
    found = users.by_login(call.params["login"])
    if found is not None:
        call.parties.logged_in(*found)
    if users.verify(call.params["login"], call.params["password"]) is None or found is None:
        raise CallerFault("auth_error")
    counters.take_back(windows, 1)
    return found


def _windows(call: OpenCall) -> tuple[Window, Window]:
    # A login is kept as a digest: people type passwords into the wrong field.
    digest = hashlib.sha256(call.params["login"].encode("utf-8", "surrogatepass")).hexdigest()
    number = call.now // _MINUTE
    ends = (number + 1) * _MINUTE
    return (
        Window(f"login:{digest}", number, ends, FAILURES_OF_A_LOGIN),
        Window(f"address:{neighbourhood(call.address)}", number, ends, FAILURES_OF_AN_ADDRESS),
    )
