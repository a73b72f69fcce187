"""The request log's side of requests: who asked whom for what, by which door, how it ended; never a secret."""

from __future__ import annotations

import itertools
import re
import secrets
from enum import Enum
from typing import Any, Final

import msgspec

from ringledger.registry.accounts import Account
from ringledger.registry.tokens import Caller
from ringledger.registry.users import User
from ringledger.rpc.envelope import Request, encode
from ringledger.rpc.errors import code_of
from ringledger.rpc.log_bounds import ANSWERED, REFUSED, LeftOut, Noted
from ringledger.store.engine import Engine
from ringledger.store.request_log import NOBODY, RequestLog

LONGEST_BODY: Final = 16_384
LONGEST_NAME: Final = 200
LEFT_OUT: Final = "left_out"
"""The mnemonic of a row that stands for requests which were counted and not noted."""

_DEEPEST: Final = 100

_PLACES: Final = itertools.count()
_PROCESS: Final = secrets.token_hex(4)
_SECRET: Final = re.compile("password|token|secret", re.IGNORECASE)
_STATUSES: Final = ({"value": "Error", "value_id": "error"}, {"value": "Success", "value_id": "success"})
_IS_AGENT: Final = ({"value": "No", "value_id": "false"}, {"value": "Yes", "value_id": "true"})


class Component(Enum):
    """What was asked, by the id and the words that the log has for it."""

    DATA_API = ("data_api", "Data API")
    EXPORT = ("export", "Export")
    ONGOING = ("ongoing", "Calls under way")
    MEDIA = ("media", "Recordings")


class Origin(msgspec.Struct, frozen=True):
    """Whence a request came: its address, its X-Request-Id and what it asked."""

    address: str
    request_id: str = ""
    component: Component = Component.DATA_API


class Parties(msgspec.Struct):
    """Who a request was made by and whose data it was about, as far as that was found out.

    `session` is the one call session that it was about.
    """

    payer: Account | None = None
    account: Account | None = None
    user: User | None = None
    token_name: str | None = None
    session: int | None = None

    def called(self, caller: Caller) -> None:
        """Takes the caller of a token."""
        self.payer = self.account = caller.account
        self.user, self.token_name = caller.user, caller.token_name

    def logged_in(self, user: User, account: Account) -> None:
        """Takes the user of a login, whether or not the password was right."""
        self.payer = self.account = account
        self.user = user

    @property
    def accounts(self) -> list[int]:
        """Whose logs the request belongs to: the account's that asked and the one's that it asked about."""
        return list(dict.fromkeys(one.id for one in (self.payer, self.account) if one is not None)) or [NOBODY]


class Ended(msgspec.Struct, frozen=True):
    """How a request ended: `mnemonic` is "ok" or the error's, `milliseconds` how long it took.

    `code` is the error's, where the table of errors does not have it.
    """

    started: int
    milliseconds: float
    mnemonic: str
    points: int
    rows: int
    code: int | None = None


class Notebook:
    """Notes requests in an engine's request log; may be used from any thread."""

    def __init__(self, engine: Engine) -> None:
        self.log = RequestLog(engine)
        self._refused = Noted(REFUSED)
        self._answered = Noted(ANSWERED)

    def note(self, request: Request, parties: Parties, ended: Ended, origin: Origin) -> None:
        """Notes a request for everyone whose log it belongs to; `flush` writes it.

        So many a minute are noted, the others counted.
        """
        row = _row(request, parties, ended, origin)
        is_answered = parties.payer is not None and ended.mnemonic == "ok"
        noted = self._answered if is_answered else self._refused
        body = _body(request, parties)
        for account in parties.accounts:
            kept = noted.take(account, origin.address, ended.started, len(body))
            if kept is not None:
                self.log.add({"account": account, **row, "api_request_body": body[:kept] or None})

    def flush(self, now: int) -> None:
        """Writes down what waits, and what was counted in minutes before `now` (Unix seconds). Raises EngineFault."""
        for noted in (self._refused, self._answered):
            for left_out in noted.left_out(now):
                self.log.add(_counted(left_out, answered=noted is self._answered))
        self.log.flush()


def _row(request: Request, parties: Parties, ended: Ended, origin: Origin) -> dict[str, object]:
    succeeded = ended.mnemonic == "ok"
    value_id, value = origin.component.value
    return {
        "api_request_id": _new_id(ended.started),
        "token_name": parties.token_name,
        "api_request_ip": origin.address,
        "employee_login": None if parties.user is None else parties.user.login,
        "call_session_id": parties.session,
        "api_request_method": request.method[:LONGEST_NAME],
        "api_request_raw_id": None if request.id is None else encode(request.id).decode()[:LONGEST_NAME],
        "api_request_status": _STATUSES[succeeded],
        "api_request_version": "v2.0",
        "api_request_is_agent": _IS_AGENT[len(parties.accounts) > 1],
        "api_request_component": {"value": value, "value_id": value_id},
        "api_request_error_code": None if succeeded else str(ended.code or code_of(ended.mnemonic)),
        "api_request_raw_ext_id": origin.request_id,
        "api_request_method_weight": ended.points,
        "api_request_error_mnemonic": None if succeeded else ended.mnemonic,
        "api_request_execution_time": round(ended.milliseconds, 3),
        "api_request_start_date_time": ended.started,
        "api_request_rows": ended.rows,
    }


def _new_id(moment: int) -> str:
    """The second, the place among this process's requests, and what tells processes apart."""
    return f"{moment:09x}{next(_PLACES):010x}{_PROCESS}"


def _body(request: Request, parties: Parties) -> str:
    """The parameters without secrets; of somebody unknown none at all: secrets come in the wrong places."""
    if parties.payer is None:
        return ""
    return encode(without_secrets(request.params)).decode()[:LONGEST_BODY]


def _counted(left_out: LeftOut, *, answered: bool) -> dict[str, object]:
    """The row that stands for requests of a minute which were not noted."""
    return {
        "account": left_out.account,
        "api_request_id": _new_id(left_out.minute),
        "api_request_body": encode({"requests": left_out.requests}).decode(),
        "api_request_status": _STATUSES[answered],
        "api_request_error_mnemonic": LEFT_OUT,
        "api_request_method_weight": 0,
        "api_request_start_date_time": left_out.minute,
        "api_request_rows": left_out.requests,
    }


def without_secrets(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """The value without the members whose names speak of secrets; what lies deeper than any parameter is left out."""
    if depth > _DEEPEST and isinstance(value, dict | list):
        return None
    if isinstance(value, dict):
        return {name: without_secrets(item, depth + 1) for name, item in value.items() if not _SECRET.search(name)}
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    return value
