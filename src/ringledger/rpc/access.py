"""Who calls, and whether they may: token, account, address, rights, in the protocol's order; denies first."""

from __future__ import annotations

from typing import Any

from ringledger.catalogue.methods import Method
from ringledger.faults import CallerFault
from ringledger.registry.registry import Registry
from ringledger.registry.tokens import Caller
from ringledger.registry.whitelist import admits


def caller(registry: Registry, params: dict[str, Any], address: str, now: int) -> Caller:
    """The caller of a request. `now` is Unix seconds. Raises CallerFault for the first check that fails."""
    token = params.get("access_token")
    if token is None:
        raise CallerFault("required_parameter_missed", "access_token")
    if not isinstance(token, str):
        raise CallerFault("data_type_error", "access_token", token)
    found = registry.tokens.find(token)
    if found is None:
        raise CallerFault("access_token_invalid")
    if found.blocked:
        raise CallerFault("access_token_blocked")
    if found.expires is not None and found.expires <= now:
        raise CallerFault("access_token_expired")
    if not found.account.is_active:
        raise CallerFault("account_inactive")
    if not admits(found.account.whitelist, address):
        raise CallerFault("ip_not_whitelisted", params={"ip": address})
    _check_user(found, params.get("user_id"))
    registry.tokens.touch(found.token_id, now)
    return found


def _check_user(found: Caller, user_id: object) -> None:
    # A user_id of another type is a parameter's fault and told with the other parameters.
    if user_id is None or isinstance(user_id, bool) or not isinstance(user_id, (int, float)):
        return
    if user_id != found.user_id:
        raise CallerFault("forbidden", "user_id", user_id)


def check_parameters(method: Method, params: dict[str, Any]) -> None:
    """Refuses parameters that the method does not have and asks for those that it requires. Raises CallerFault."""
    known = {parameter.name for parameter in method.parameters}
    for name, value in params.items():
        if name not in known:
            raise CallerFault("unexpected_parameters", name, value)
    for parameter in method.parameters:
        if parameter.required and params.get(parameter.name) is None:
            raise CallerFault("required_parameter_missed", parameter.name)
    user_id = params.get("user_id")
    if user_id is not None and (isinstance(user_id, bool) or not isinstance(user_id, (int, float))):
        raise CallerFault("data_type_error", "user_id", user_id)
