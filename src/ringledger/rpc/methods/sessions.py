"""login.user and logout.user."""

from __future__ import annotations

from ringledger.faults import CallerFault
from ringledger.rpc.access import check_account
from ringledger.rpc.call import Call, Members, OpenCall, Resources


def login(resources: Resources, call: OpenCall) -> Members:
    """Begins a session of one hour. Raises CallerFault that does not tell a wrong login from a wrong password."""
    registry = resources.registry
    user = registry.users.verify(call.params["login"], call.params["password"])
    if user is None:
        raise CallerFault("auth_error")
    account = registry.accounts.by_id(user.account_id)
    check_account(account, call.address)
    session = registry.tokens.open_session(user, call.now)
    data = {"access_token": session.token, "expire_at": session.expires, "app_id": account.id}
    return {"data": data, "metadata": {}}


def logout(resources: Resources, call: Call) -> Members:
    """Ends the session of the call's token. Raises CallerFault for a token that is no session's."""
    if not call.caller.is_session:
        raise CallerFault("forbidden")
    resources.registry.tokens.end(call.caller.token_id)
    return {"data": {}}
