"""Access tokens as an account's administrators manage them over the API."""

from __future__ import annotations

from ringledger.faults import CallerFault
from ringledger.registry.users import User
from ringledger.reporting.moments import instants, parse_local
from ringledger.rpc.call import Call, Members, Resources
from ringledger.rpc.methods.reports import Rows


def access_tokens(resources: Resources, call: Call) -> Rows:
    """A row a token of the account."""
    return resources.registry.tokens.rows(call.account.id)


def create_access_token(resources: Resources, call: Call) -> Members:
    """Makes a token; its secret is in this answer and nowhere else."""
    params = call.params
    user = None if params.get("login") is None else _user(resources, call, params["login"])
    expires = _expires(call)
    made = resources.registry.tokens.make(
        call.account.id, None if user is None else user.id, params.get("name"), expires, call.now
    )
    return {"id": made.id, "access_token": made.token}


def update_access_token(resources: Resources, call: Call) -> Members:
    """Names, blocks or unblocks a token of the account."""
    names = {"name": "name", "is_blocked": "blocked"}
    values = {column: call.params[name] for name, column in names.items() if call.params.get(name) is not None}
    token = int(call.params["id"])
    if not resources.registry.tokens.change(call.account.id, token, values):
        raise CallerFault("entity_not_found", "id", call.params["id"])
    return {}


def _user(resources: Resources, call: Call, login: str) -> User:
    found = resources.registry.users.by_login(login)
    if found is None or found[0].account_id != call.account.id:
        raise CallerFault("entity_not_found", "login", login)
    return found[0]


def _expires(call: Call) -> int | None:
    text = call.params.get("expiration_time")
    local = None if text is None else parse_local(text)
    if local is None:
        return None
    moment = instants(local, call.account.timezone)[0]
    if moment <= call.now:
        raise CallerFault("invalid_date_time", "expiration_time", text)
    return moment
