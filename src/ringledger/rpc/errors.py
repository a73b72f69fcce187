"""The one table of errors: what each mnemonic says on the wire; decides nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from ringledger.faults import ABSENT, CallerFault

_CODES: Final[dict[str, tuple[int, str]]] = {
    "parse_error": (-32700, "Invalid JSON was received by the server."),
    "invalid_request": (-32600, "Invalid Request The JSON sent is not a valid Request object"),
    "batch_operations_not_supported": (-32099, "Batch operations not supported"),
    "notifications_not_supported": (-32099, "Notifications not supported"),
    "method_not_found": (-32601, "The method does not exist / is not available"),
    "required_parameter_missed": (-32602, "The required parameter has been missed"),
    "unexpected_parameters": (-32602, "Unexpected method parameter(s)"),
    "data_type_error": (-32602, "Data supplied is of wrong type"),
    "invalid_parameter_value": (-32602, "Invalid parameter value"),
    "invalid_parameters_combination": (-32602, "The combination of parameters is not permitted"),
    "access_token_invalid": (-32001, "Access token is invalid"),
    "access_token_expired": (-32001, "Access token has been expired"),
    "access_token_blocked": (-32001, "Access token has been blocked"),
    "auth_error": (-32001, "Login or password is wrong"),
    "account_inactive": (-32009, "Your account has been disabled, contact the support service"),
    "ip_not_whitelisted": (-32003, "Your IP {ip} is not whitelisted"),
    "forbidden": (-32003, "Permission denied"),
    "limit_exceeded": (
        -32029,
        "Limit per {limit_type} has been exceeded. Value of current limit per {limit_type} is {limit_max_value}",
    ),
    "method_component_disabled": (
        -32008,
        "You need at least one of the following components to access this method: {components}",
    ),
    "internal_error": (-32603, "Internal error, contact the support service"),
    "sort_prohibited": (-32602, "Sort by parameter is prohibited"),
    "filter_prohibited": (-32602, "Filter by parameter is prohibited"),
    "date_interval_limit_reached": (-32602, "Max value of requested date interval is 3 months"),
    "entity_not_found": (-32602, "Entity not found"),
    "duplicate_entity": (-32602, "Duplicate entity"),
    "invalid_date_time": (-32602, "Invalid date time"),
    "data_limit_exceeded": (-32602, "A new data limit has been exceeded"),
    "already_in_use": (-32602, "This value is already used by another entity"),
    "dependency_error": (-32602, "You have interdependent entities"),
}


def wire(fault: CallerFault, metadata: dict[str, Any]) -> dict[str, Any]:
    """The `error` member of the reply to a fault."""
    code, _ = _CODES[fault.mnemonic]
    data: dict[str, Any] = {"mnemonic": fault.mnemonic}
    if fault.field is not None:
        data["field"] = fault.field
    if fault.value is not ABSENT:
        data["value"] = fault.value
    if fault.params:
        data["params"] = fault.params
    data["metadata"] = metadata
    return {"code": code, "message": message(fault), "data": data}


def message(fault: CallerFault) -> str:
    """What is wrong, in words."""
    return _CODES[fault.mnemonic][1].format_map(defaultdict(str, fault.params))


def code_of(mnemonic: str) -> int:
    """The code of a mnemonic."""
    return _CODES[mnemonic][0]


def mnemonics() -> dict[str, tuple[int, str]]:
    """Every mnemonic with its code and message, for the API's description and the tests."""
    return dict(_CODES)
