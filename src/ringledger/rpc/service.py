"""Answers a request body with the parts of a reply; knows methods and access, nothing of HTTP."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import structlog

from ringledger.catalogue.methods import METHODS, Method
from ringledger.faults import CallerFault, EngineFault
from ringledger.registry.registry import Registry
from ringledger.reporting import reply
from ringledger.reporting.params import report_query
from ringledger.rpc import access, envelope
from ringledger.rpc.openrpc import document
from ringledger.store.engine import Engine

log = structlog.get_logger()

Parts = tuple[bytes, ...]

LARGE_PAGE: Final = 100
"""Pages of more rows than this wait for one of as many turns as there are cores, so that small requests never do."""


class Outcome(msgspec.Struct):
    """What became of a request: `mnemonic` is "ok" or the error's, `rows` how many rows matched."""

    parts: Parts
    method: str = ""
    mnemonic: str = "ok"
    rows: int = 0


class Service:
    """The Data API over one engine and one registry; may be called from any thread. `clock` gives Unix seconds."""

    def __init__(self, engine: Engine, registry: Registry, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._registry = registry
        self._clock = clock
        self._turns = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))

    def answer(self, body: bytes, address: str) -> Outcome:
        """The reply to a body sent from that address; a fault becomes an error reply, never an exception."""
        try:
            request = envelope.read(body)
        except envelope.BadEnvelope as bad:
            return Outcome((envelope.failure(bad.id, bad.fault),), mnemonic=bad.fault.mnemonic)
        method = METHODS.get(request.method)
        outcome = Outcome((), method=method.name if method else "")
        try:
            if method is None:
                raise CallerFault("method_not_found")  # noqa: TRY301 - one place turns faults into answers
            self._call(method, request, address, outcome)
        except CallerFault as fault:
            outcome.mnemonic, outcome.parts = fault.mnemonic, (envelope.failure(request.id, fault),)
        except EngineFault:
            log.exception("the engine failed", method=outcome.method)
            self._fail(request, outcome)
        except Exception:
            log.exception("a request failed", method=outcome.method)
            self._fail(request, outcome)
        return outcome

    def _fail(self, request: envelope.Request, outcome: Outcome) -> None:
        fault = CallerFault("internal_error")
        outcome.mnemonic, outcome.parts = fault.mnemonic, (envelope.failure(request.id, fault),)

    @contextmanager
    def _turn(self, rows: int) -> Iterator[None]:
        if rows <= LARGE_PAGE:
            yield
            return
        with self._turns:
            yield

    def _call(self, method: Method, request: envelope.Request, address: str, outcome: Outcome) -> None:
        if not method.needs_token:
            access.check_parameters(method, request.params)
            outcome.parts = (envelope.success(request.id, document()),)
            return
        caller = access.caller(self._registry, request.params, address, int(self._clock()))
        access.check_parameters(method, request.params)
        if method.report is None:
            raise CallerFault("method_not_found")
        account = caller.account
        query = report_query(
            method.report,
            request.params,
            account=account.id,
            timezone=account.timezone,
            now=int(self._clock()),
            compiles=lambda pattern: reply.compiles(self._engine, pattern),
        )
        with self._turn(query.limit):
            page = reply.answer(self._engine, query)
        metadata: dict[str, Any] = {"total_items": page.total}
        outcome.parts = envelope.success_parts(request.id, metadata, page.data)
        outcome.rows = page.total
