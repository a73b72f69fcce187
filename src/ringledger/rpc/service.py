"""Answers a request body with the parts of a reply; knows methods and access, nothing of HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container
from contextlib import suppress
from functools import partial
from typing import TypeVar

import msgspec
import structlog
from msgspec import structs

from ringledger.at_once import TakesTimeError, at_once
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.faults import CallerFault, EngineFault
from ringledger.intake.uploads import Uploads
from ringledger.registry.registry import Registry
from ringledger.reporting.reply import Page, Piece
from ringledger.reporting.reports import DEFAULT_ROOM, Room
from ringledger.rpc import access, envelope, parameters
from ringledger.rpc.call import Call, Members, OpenCall, Resources
from ringledger.rpc.methods import HANDLERS, OPEN_HANDLERS
from ringledger.rpc.points import Limits
from ringledger.rpc.request_log import Component, Ended, Notebook, Origin, Parties
from ringledger.store.engine import Engine

log = structlog.get_logger()

T = TypeVar("T")

Parts = tuple[Piece, ...]


class Outcome(msgspec.Struct):
    """What became of a request: `mnemonic` is "ok" or the error's, `rows` how many rows matched.

    `metadata` is the reply's, as far as it is known, `points` what was charged.
    """

    parts: Parts
    method: str = ""
    mnemonic: str = "ok"
    rows: int = 0
    metadata: dict[str, object] = {}
    points: int = 0
    parties: Parties = msgspec.field(default_factory=Parties)


Work = Callable[[envelope.Request, str, int, Outcome], None]
"""Answers a request from an address at a moment (Unix seconds) by completing its outcome. It raises CallerFault."""


class Service:
    """The Data API over one engine and one registry; may be called from any thread.

    `clock` gives Unix seconds, `uploads` is where uploaded calls wait for the one who works on them, `room` what
    reports may take to remember.
    `timer` gives seconds that only grow. What was asked goes to the request log, which `write_log` writes down.
    """

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        clock: Callable[[], float] = time.time,
        uploads: Uploads | None = None,
        room: Room = DEFAULT_ROOM,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        waiting = uploads or Uploads(engine, lambda: int(clock() * 1_000_000))
        self.resources = Resources(engine, registry, waiting, room, clock)
        self.notebook = Notebook(engine)
        self._clock = clock
        self._timer = timer

    def answer(
        self,
        body: bytes,
        address: str,
        request_id: str = "",
        token: str | None = None,
        *,
        component: Component = Component.DATA_API,
        repeated: bool = False,
    ) -> Outcome:
        """The reply to a body sent from that address; a fault becomes an error reply, never an exception.

        `token` stands for the parameter access_token where a request has none. A `repeated` request is one that an
        open stream asks again: it is checked as any, costs nothing, and is noted only where it fails.
        """
        origin = Origin(address, request_id, component)
        return self.serve(body, origin, token, partial(self._work, free=repeated), is_told=not repeated)

    def answer_at_once(self, body: bytes, address: str, request_id: str, token: str | None) -> Outcome | None:
        """The reply as above where it takes no time, for a thread that may not wait; else None, and nothing is done."""
        if not self.resources.engine.embedded:  # of a server's store nothing is remembered
            return None
        try:
            with at_once():
                return self.answer(body, address, request_id, token)
        except TakesTimeError:
            return None

    def serve(
        self,
        body: bytes,
        origin: Origin,
        token: str | None,
        work: Work,
        offered: Container[str] = METHODS,
        *,
        is_told: bool = True,
    ) -> Outcome:
        """Does the work for the request of a body, one of the methods that are offered, and notes it.

        One that is not to be told is noted only where it fails. Never raises a fault.
        """
        began, now = self._timer(), int(self._clock())
        try:
            request = with_token(envelope.read(body), token)
        except envelope.BadEnvelope as bad:
            request, work = bad.request, self._refusing(bad.fault, token)
        else:
            if request.method not in offered:
                work = self._refusing(CallerFault("method_not_found"), token)
        outcome = Outcome((), method=request.method if request.method in METHODS else "")
        self._serve(request, origin.address, now, outcome, work)
        if is_told or outcome.mnemonic != "ok":
            milliseconds = (self._timer() - began) * 1000
            ended = Ended(now, milliseconds, outcome.mnemonic, outcome.points, outcome.rows)
            self.notebook.note(request, outcome.parties, ended, origin)
        return outcome

    def note_refused(
        self, request: envelope.Request, origin: Origin, token: str | None, seconds: float, code: int, mnemonic: str
    ) -> None:
        """Notes a request that was refused before it came here: after how many seconds, with which code and mnemonic.

        `request` is what was read of it, `token` the one that it came with.
        """
        parties = Parties()
        caller = None if token is None else self.resources.registry.tokens.find(token)
        if caller is not None:
            parties.called(caller)
        ended = Ended(int(self._clock()), seconds * 1000, mnemonic, 0, 0, code)
        self.notebook.note(request, parties, ended, origin)

    def write_log(self) -> None:
        """Writes down what the request log has taken. Raises EngineFault."""
        self.notebook.flush(int(self._clock()))

    def user_of(self, token: str) -> int | None:
        """The id of the user whose session or token that is, or None."""
        found = self.resources.registry.tokens.find(token)
        return None if found is None or found.user is None else found.user.id

    def warm(self, stopping: threading.Event) -> None:
        """Learns what first questions would wait for, until `stopping` is set. Raises EngineFault."""
        self.resources.reports.warm(stopping)

    def read_ahead(self, stopping: threading.Event) -> None:
        """Makes rows ready that pages near those asked for will want, until `stopping` is set."""
        self.resources.reports.read_ahead(stopping)

    def _serve(self, request: envelope.Request, address: str, now: int, outcome: Outcome, work: Work) -> None:
        try:
            self._attempt(request, address, now, outcome, work)
        except TakesTimeError:
            raise
        except EngineFault:
            log.exception("the engine failed", method=outcome.method)
            _fail(request, outcome, CallerFault("internal_error"))
        except Exception:
            log.exception("a request failed", method=outcome.method)
            _fail(request, outcome, CallerFault("internal_error"))

    def _attempt(self, request: envelope.Request, address: str, now: int, outcome: Outcome, work: Work) -> None:
        try:
            work(request, address, now, outcome)
        except CallerFault as fault:
            if fault.mnemonic == "limit_exceeded" and outcome.parties.payer is not None:
                # What was left when the request began may have been spent since.
                _tell(outcome, self.resources.points.left(outcome.parties.payer, now).limits)
            _fail(request, outcome, fault)

    def _refusing(self, fault: CallerFault, token: str | None) -> Work:
        """Work that refuses a request, and tells the log whose it is and the caller its limits all the same."""

        def refuse(request: envelope.Request, address: str, now: int, outcome: Outcome) -> None:
            given = request.params.get("access_token", token)
            caller = self.resources.registry.tokens.find(given) if isinstance(given, str) else None
            if caller is not None:
                outcome.parties.called(caller)
                with suppress(CallerFault):  # the first fault is the one to answer
                    access.check_caller(caller, address, now)
                    _tell(outcome, self.resources.points.left(caller.account, now).limits)
            raise fault

        return refuse

    def _work(self, request: envelope.Request, address: str, now: int, outcome: Outcome, *, free: bool) -> None:
        method = METHODS[request.method]
        if not method.needs_token:
            self._call_openly(method, request, address, now, outcome)
            return
        call = self.granted(method, request, address, now, outcome)
        _reply(request.id, self._charged(call, outcome, free=free), outcome)
        outcome.points = 0 if free else method.weight

    def _call_openly(self, method: Method, request: envelope.Request, address: str, now: int, outcome: Outcome) -> None:
        parameters.check_names(method.parameters, request.params)
        parameters.check_values(method.parameters, request.params)
        call = OpenCall(method=method, params=request.params, address=address, now=now, parties=outcome.parties)
        outcome.parts = (envelope.success(request.id, OPEN_HANDLERS[method.name](self.resources, call)),)
        outcome.points = method.weight

    def granted(self, method: Method, request: envelope.Request, address: str, now: int, outcome: Outcome) -> Call:
        """The call of a request for a method that needs a token; the outcome is told who and which limits.

        Raises CallerFault for the first refusal.
        """
        caller = access.identify(self.resources.registry, request.params.get("access_token"))
        outcome.parties.called(caller)
        access.check_caller(caller, address, now)
        left = self.resources.points.left(caller.account, now)
        _tell(outcome, left.limits)
        registry, parties = self.resources.registry, outcome.parties
        granted = access.grant(registry, method, caller, request.params, address, now, parties)
        left.check(method.weight)
        parameters.check_names(method.parameters, request.params)
        if method.report is None:
            parameters.check_values(method.parameters, request.params)
        return Call(
            method=method,
            params=request.params,
            address=address,
            now=now,
            parties=outcome.parties,
            caller=caller,
            account=granted.account,
            view=granted.view,
        )

    def _charged(self, call: Call, outcome: Outcome, *, free: bool) -> Members | Page:
        """The handler's answer, for points: a change is paid before it is made, a page when it is there."""
        handler = HANDLERS[call.method.name]
        if call.method.changes:
            return self.paid(call, outcome, lambda: handler(self.resources, call))
        answer = handler(self.resources, call)
        if not free:
            _tell(outcome, self.resources.points.charge(call.caller.account, call.method.weight, call.now))
        return answer

    def paid(self, call: Call, outcome: Outcome, work: Callable[[], T]) -> T:
        """What the work gives, paid before it is done; where it fails the points are given back."""
        points, payer, weight = self.resources.points, call.caller.account, call.method.weight
        limits = points.charge(payer, weight, call.now)
        try:
            done = work()
        except BaseException:
            points.refund(payer, weight, call.now)
            raise
        _tell(outcome, limits)
        return done


def _tell(outcome: Outcome, limits: Limits) -> None:
    outcome.metadata = {"limits": limits} if limits else {}


def _reply(request_id: object, answer: Members | Page, outcome: Outcome) -> None:
    if isinstance(answer, Page):
        outcome.rows = answer.total
        metadata = {"total_items": answer.total, **outcome.metadata}
        outcome.parts = envelope.success_parts(request_id, metadata, answer.data)
    else:
        outcome.parts = (envelope.success(request_id, {**answer, "metadata": outcome.metadata}),)


def _fail(request: envelope.Request, outcome: Outcome, fault: CallerFault) -> None:
    outcome.mnemonic = fault.mnemonic
    outcome.parts = (envelope.failure(request.id, fault, outcome.metadata),)


def with_token(request: envelope.Request, token: str | None) -> envelope.Request:
    """The request with that access token where its method needs one and it has none."""
    method = METHODS.get(request.method)
    if token is None or method is None or not method.needs_token or request.params.get("access_token") is not None:
        return request
    return structs.replace(request, params={**request.params, "access_token": token})
