from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from tests.rpc.oracle import CALLS
from tests.rpc.samples import Samples

from ringledger.registry.registry import Registry
from ringledger.rpc.errors import mnemonics
from ringledger.rpc.service import Outcome, Service
from ringledger.store.engine import Engine

REQUESTS = int(os.environ.get("RINGLEDGER_MALFORMED_REQUESTS", "2000"))
SEED = os.environ.get("RINGLEDGER_MALFORMED_SEED", "malformed")
CHANGE = datetime(2025, 10, 26, 1, tzinfo=UTC)
BAD_WORDS: Final = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999", b"9" * 5000, b"01", b".5", b"-")
BAD_TEXTS: Final = (
    b'"\\ud800"',
    b'"\\udc00x"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"\x01"',
    b'"\\u0000"',
    b'"\\x"',
    b"'a'",
)
STRINGS: Final = (
    *("", "\x00", "a\x00b", "\x7f", "\n", "\\", "%\\", "\u2028", "\ufeff", "😀" * 50, "x" * 5000, "'", "';--", "{p0}"),
    *(
        "{p0:String}",
        "[",
        "(",
        "*",
        "a{2",
        "a{1001}",
        "((((",
        "[[:no:]]",
        "[z-a]",
        "(a{999}){999}",
        "\\1",
        "\\Q",
        "(?i)a",
    ),
    *(
        "2025-10-26 01:30:00",
        "2025-02-30 00:00:00",
        "0000-00-00 00:00:00",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59",
    ),
    *("2025-10-26", "2025-10-26T01:30:00", "２０２５-10-26 01:30:00", "1969-12-31 23:59:59", "2299-12-31 23:59:59"),
    *(
        "id",
        "tags",
        "tag_name",
        "sale_cost",
        "no_such_field",
        "=",
        "like",
        "regexp",
        "in",
        "jsquery",
        "and",
        "or",
        "desc",
    ),
    *("#.tag_id = 1", "*", "$", "a.b.c = [1, {}]", "@#", "x is numeric", "#(((", "not " * 400 + "* = 1", "1e999 = *"),
)
NUMBERS: Final = (
    *(0, -1, 1, 2**31, 2**32, 2**53, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308, 5e-324, 1.5),
    *(10_000, 10_001, 100_000, 100_001),
)
KEYS: Final = (
    *("filter", "filters", "condition", "field", "operator", "value", "sort", "order", "fields", "limit", "offset"),
    *("date_from", "date_till", "access_token", "user_id", "include_ongoing_calls", "id", "jsonrpc", "method", "x", ""),
)


class _Breaker:
    """Makes bodies that are no valid request, or hardly one, out of valid ones."""

    def __init__(self, random: Random, token: str) -> None:
        self._random = random
        self._token = token

    def body(self) -> bytes:
        message = {
            "jsonrpc": "2.0",
            "id": self._random.choice((1, "a", 1.5)),
            "method": "get.calls_report",
            "params": Samples(self._random, CHANGE).request(self._token),
        }
        chance = self._random.random()
        if chance < 0.65:
            for _ in range(self._random.choice((1, 1, 1, 2, 4))):
                self._mutate(message)
            return json.dumps(message, ensure_ascii=self._random.random() < 0.5).encode()
        if chance < 0.8:
            return self._with_bad_word(message)
        return self._broken(json.dumps(message, ensure_ascii=False).encode())

    def _mutate(self, message: dict[str, Any]) -> None:
        places = list(_places(message))
        below = [place for place in places if place[0] is not message]
        # Mostly in the parameters, for a broken envelope is refused before these are looked at.
        container, key = self._random.choice(below if below and self._random.random() < 0.95 else places)
        if key == "access_token" and self._random.random() < 0.9:
            return
        actions: tuple[Callable[[Any, Any], None], ...] = (
            self._replace,
            self._replace,
            self._replace,
            _drop,
            self._add,
        )
        self._random.choice(actions)(container, key)

    def _replace(self, container: Any, key: Any) -> None:
        container[key] = self._wrapped(container[key]) if self._random.random() < 0.15 else self._value(3)

    def _add(self, container: Any, key: Any) -> None:
        value = container[key] if self._random.random() < 0.3 else self._value(2)
        if isinstance(container, list):
            container.append(value)
        else:
            container[self._random.choice((*KEYS, *STRINGS))] = value

    def _wrapped(self, value: Any) -> Any:
        for _ in range(self._random.choice((1, 5, 19, 20, 21, 60))):
            value = {"filters": [value]} if self._random.random() < 0.9 else [value]
        return value

    def _value(self, depth: int) -> Any:
        choice = self._random.randint(0, 9 if depth else 6)
        if choice < 3:
            return self._random.choice(STRINGS)
        if choice < 5:
            return self._random.choice(NUMBERS)
        if choice == 5:
            return self._random.choice((None, True, False, [], {}))
        if choice == 6:
            names = [name for name, column in CALLS.items() if column.filterable]
            signs = ("=", "!=", "<", ">=", "like", "regexp", "in", "jsquery", "jsquery", "LIKE", "")
            value = self._value(depth - 1) if depth else self._random.choice(STRINGS)
            return {"field": self._random.choice(names), "operator": self._random.choice(signs), "value": value}
        if choice < 9:
            return [self._value(depth - 1) for _ in range(self._random.choice((0, 1, 2, 5)))]
        return {self._random.choice(KEYS): self._value(depth - 1) for _ in range(self._random.choice((0, 1, 3)))}

    def _with_bad_word(self, message: dict[str, Any]) -> bytes:
        container, key = self._random.choice(list(_places(message)))
        container[key] = "@mark@"
        depth = self._random.choice((15, 21, 120, 240, 249, 255, 490, 5000))
        deep = (b"[" * depth + b"]" * depth, b'{"filters":[' * depth + b"]}" * depth)
        word = self._random.choice((*BAD_WORDS, *BAD_TEXTS, *deep, *deep))
        return json.dumps(message, ensure_ascii=False).encode().replace(b'"@mark@"', word)

    def _broken(self, body: bytes) -> bytes:
        at = self._random.randrange(len(body))
        match self._random.randint(0, 6):
            case 0:
                return body[:at]
            case 1:
                return body[:at] + bytes([self._random.randrange(256)]) + body[at + 1 :]
            case 2:
                return body[:at] + self._random.choice((b",", b"}", b"]", b'"', b"\x00", b"\\", b"{", b"[")) + body[at:]
            case 3:
                return self._random.randbytes(self._random.choice((0, 1, 4, 60)))
            case 4:
                return self._random.choice(
                    (b"", b" ", b"null", b"[]", b"{}", b"1", b'"a"', b"[" + body + b"]", body * 2)
                )
            case 5:
                return b"\xef\xbb\xbf" + body if self._random.random() < 0.5 else body.decode().encode("utf-16")
        return body.replace(b'"jsonrpc"', b'"jsonrpc":"2.0","jsonrpc"', 1)


def _drop(container: Any, key: Any) -> None:
    del container[key]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and item under the value, as its container and its key."""
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/r.db")
    yield opened
    opened.close()


def _check(outcome: Outcome, body: bytes) -> None:
    reply = json.loads(b"".join(outcome.parts), parse_int=Decimal, parse_constant=pytest.fail)
    assert isinstance(reply, dict), body
    assert reply["jsonrpc"] == "2.0", body
    assert reply.keys() in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"}), body
    if "error" not in reply:
        assert outcome.mnemonic == "ok", body
        return
    error = reply["error"]
    mnemonic = error["data"]["mnemonic"]
    assert mnemonic == outcome.mnemonic, body
    assert mnemonic in mnemonics(), body
    assert mnemonic != "internal_error", body
    assert error["code"] == mnemonics()[mnemonic][0], body


def test_no_malformed_body_gets_more_than_a_fault_of_the_table(engine: Engine, registry: Registry) -> None:
    registry.accounts.create("asked", timezone="Europe/London")
    service = Service(engine, registry, CHANGE.timestamp)
    token = registry.tokens.create("asked")
    seen: set[str] = set()
    for number in range(REQUESTS):
        body = _Breaker(Random(f"{SEED} {number}"), token).body()
        outcome = service.answer(body, "127.0.0.1")
        _check(outcome, body)
        seen.add(outcome.mnemonic)
    asked = {"parse_error", "invalid_request", "unexpected_parameters", "data_type_error", "invalid_parameter_value"}
    assert asked <= seen, "the bodies are not broken in enough ways"
