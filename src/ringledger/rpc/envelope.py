"""Reads the JSON-RPC envelope and writes it; knows no method."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NoReturn

import msgspec

from ringledger.faults import CallerFault
from ringledger.reporting.reply import Piece
from ringledger.rpc.errors import wire

DEEPEST: Final = 500

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Request(msgspec.Struct, frozen=True):
    """A call: `id` as it was sent, the method's name and its parameters by name."""

    id: object
    method: str
    params: dict[str, Any]


NO_REQUEST: Final = Request(None, "", {})
"""What is known of a body that cannot be read."""


class BadEnvelope(Exception):  # noqa: N818 - carries a fault and what could be read all the same
    """The body is no request; `request` is what could be read of it, its id None where that is unknown."""

    def __init__(self, mnemonic: str, request: Request = NO_REQUEST) -> None:
        super().__init__(mnemonic)
        self.fault = CallerFault(mnemonic)
        self.request = request


def read(body: bytes) -> Request:
    """The request of a body. Raises BadEnvelope, checking JSON first and then the envelope."""
    message = _parse(body)
    if isinstance(message, list):
        raise BadEnvelope("batch_operations_not_supported")
    if not isinstance(message, dict):
        raise BadEnvelope("invalid_request")
    request_id = message.get("id")
    known = request_id if _is_id(request_id) else None
    method, params = message.get("method"), message.get("params", {})
    found = Request(known, method if isinstance(method, str) else "", params if isinstance(params, dict) else {})
    if message.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, dict):
        raise BadEnvelope("invalid_request", found)
    if "id" not in message:
        raise BadEnvelope("notifications_not_supported", found)
    if known is None:
        raise BadEnvelope("invalid_request", found)
    return found


def success_parts(request_id: object, metadata: dict[str, Any], data: Iterable[Piece]) -> tuple[Piece, ...]:
    """A get method's reply around `data`, the JSON array that the engine wrote, in parts that nobody joins."""
    head = b'{"jsonrpc":"2.0","id":%b,"result":{"metadata":%b,"data":' % (encode(request_id), encode(metadata))
    return head, *data, b"}}"


def success(request_id: object, result: object) -> bytes:
    """The reply with that result."""
    return encode({"jsonrpc": "2.0", "id": request_id, "result": result})


def failure(request_id: object, fault: CallerFault, metadata: dict[str, Any]) -> bytes:
    """The reply to a fault."""
    return encode({"jsonrpc": "2.0", "id": request_id, "error": wire(fault, metadata)})


def encode(value: object) -> bytes:
    """The value as JSON."""
    return _ENCODER.encode(value)


def _parse(body: bytes) -> object:
    try:
        # The strict and fast reader sees to UTF-8 and to lone surrogates, the other one to duplicate names.
        msgspec.json.decode(body, type=msgspec.Raw)
        message = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_float=_decimals,
            parse_int=_whole,
            parse_constant=_refuse,
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise BadEnvelope("parse_error") from None
    if _depth(message) > DEEPEST:
        raise BadEnvelope("parse_error")
    return message


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return members


def _decimals(text: str) -> float | Decimal:
    number = float(text)
    return number if math.isfinite(number) else Decimal(text)


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < 20 else Decimal(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _is_id(value: object) -> bool:
    return isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)


def _depth(message: object) -> int:
    depth, level = 0, [message]
    while level:
        depth += 1
        level = [
            item
            for value in level
            if isinstance(value, (dict, list))
            for item in (value.values() if isinstance(value, dict) else value)
            if isinstance(item, (dict, list))
        ]
    return depth
