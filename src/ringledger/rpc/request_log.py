"""What the request log is told of a request: who asked whom for what, how it ended; never a secret."""

from __future__ import annotations

import itertools
import secrets
from typing import Any, Final

import msgspec

from ringledger.registry.accounts import Account
from ringledger.registry.tokens import Caller
from ringledger.registry.users import User
from ringledger.rpc.envelope import Request, encode
from ringledger.rpc.errors import code_of

LONGEST_BODY: Final = 16_384
LONGEST_NAME: Final = 200
_DEEPEST: Final = 100

_PLACES: Final = itertools.count()
_PROCESS: Final = secrets.token_hex(4)
_SECRET: Final = ("password", "token", "secret")
_DATA_API: Final = {"value": "Data API", "value_id": "data_api"}
_STATUSES: Final = ({"value": "Error", "value_id": "error"}, {"value": "Success", "value_id": "success"})
_IS_AGENT: Final = ({"value": "No", "value_id": "false"}, {"value": "Yes", "value_id": "true"})


class Parties(msgspec.Struct):
    """Who a request was made by and whose data it was about, as far as that was found out."""

    payer: Account | None = None
    account: Account | None = None
    user: User | None = None
    token_name: str | None = None

    def called(self, caller: Caller) -> None:
        """Takes the caller of a token."""
        self.payer = self.account = caller.account
        self.user, self.token_name = caller.user, caller.token_name

    def logged_in(self, user: User, account: Account) -> None:
        """Takes the user of a login, whether or not the password was right."""
        self.payer = self.account = account
        self.user = user


class Ended(msgspec.Struct, frozen=True):
    """How a request ended: `mnemonic` is "ok" or the error's, `milliseconds` how long it took."""

    started: int
    milliseconds: float
    mnemonic: str
    points: int
    rows: int


def rows(request: Request, parties: Parties, ended: Ended, address: str, request_id: str) -> list[dict[str, object]]:
    """The log's rows: one for the account that asked, and one for the account that it asked about."""
    if parties.payer is None or parties.account is None:
        return []
    succeeded = ended.mnemonic == "ok"
    row: dict[str, object] = {
        # The second, the place among this process's requests, and what tells processes apart.
        "api_request_id": f"{ended.started:09x}{next(_PLACES):010x}{_PROCESS}",
        "token_name": parties.token_name,
        "api_request_ip": address,
        "employee_login": None if parties.user is None else parties.user.login,
        "call_session_id": None,
        "api_request_body": encode(without_secrets(request.params)).decode()[:LONGEST_BODY],
        "api_request_method": request.method[:LONGEST_NAME],
        "api_request_raw_id": encode(request.id).decode()[:LONGEST_NAME],
        "api_request_status": _STATUSES[succeeded],
        "api_request_version": "v2.0",
        "api_request_is_agent": _IS_AGENT[parties.account.id != parties.payer.id],
        "api_request_component": _DATA_API,
        "api_request_error_code": None if succeeded else str(code_of(ended.mnemonic)),
        "api_request_raw_ext_id": request_id,
        "api_request_method_weight": ended.points,
        "api_request_error_mnemonic": None if succeeded else ended.mnemonic,
        "api_request_execution_time": round(ended.milliseconds, 3),
        "api_request_start_date_time": ended.started,
        "api_request_rows": ended.rows,
    }
    accounts = dict.fromkeys((parties.payer.id, parties.account.id))
    return [{"account": account, **row} for account in accounts]


def without_secrets(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """The value without the members whose names speak of secrets; what lies deeper than any parameter is left out."""
    if depth > _DEEPEST and isinstance(value, dict | list):
        return None
    if isinstance(value, dict):
        return {name: without_secrets(item, depth + 1) for name, item in value.items() if not _is_secret(name)}
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    return value


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET)
