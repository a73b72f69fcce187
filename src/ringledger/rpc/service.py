"""Answers a request body with the parts of a reply; knows methods and access, nothing of HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import structlog
from msgspec import structs

from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.faults import CallerFault, EngineFault
from ringledger.intake.uploads import Uploads
from ringledger.registry.registry import Registry
from ringledger.reporting.reply import Page, Piece
from ringledger.reporting.reports import DEFAULT_CACHE
from ringledger.rpc import access, envelope, parameters
from ringledger.rpc.call import Call, Members, OpenCall, Resources
from ringledger.rpc.methods import HANDLERS, OPEN_HANDLERS
from ringledger.rpc.points import Limits
from ringledger.rpc.request_log import Ended, Parties
from ringledger.rpc.request_log import rows as log_rows
from ringledger.store.engine import Engine
from ringledger.store.request_log import RequestLog

log = structlog.get_logger()

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


class Service:
    """The Data API over one engine and one registry; may be called from any thread.

    `clock` gives Unix seconds, `uploads` is where uploaded calls wait for the one who works on them, `cache` what
    reports may remember, in bytes.
    `timer` gives seconds that only grow. What was asked goes to `request_log`, which its owner flushes now and then.
    """

    def __init__(
        self,
        engine: Engine,
        registry: Registry,
        clock: Callable[[], float] = time.time,
        uploads: Uploads | None = None,
        cache: int = DEFAULT_CACHE,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        waiting = uploads or Uploads(engine, lambda: int(clock() * 1_000_000))
        self.resources = Resources(engine, registry, waiting, cache)
        self.request_log = RequestLog(engine)
        self._clock = clock
        self._timer = timer

    def answer(
        self, body: bytes, address: str, request_id: str = "", token: str | None = None, *, repeated: bool = False
    ) -> Outcome:
        """The reply to a body sent from that address; a fault becomes an error reply, never an exception.

        `token` stands for the parameter access_token where a request has none. A `repeated` request is one that an
        open stream asks again: it is checked as any, and neither charged nor noted.
        """
        began = self._timer()
        try:
            request = envelope.read(body)
        except envelope.BadEnvelope as bad:
            return Outcome((envelope.failure(bad.id, bad.fault, {}),), mnemonic=bad.fault.mnemonic)
        now = int(self._clock())
        request = with_token(request, token)
        outcome = self._answered(request, address, now, free=repeated)
        if not repeated:
            self.note(request, outcome, address, request_id, now, (self._timer() - began) * 1000)
        return outcome

    def note(
        self, request: envelope.Request, outcome: Outcome, address: str, request_id: str, now: int, milliseconds: float
    ) -> None:
        """Keeps in the request log what became of a request."""
        ended = Ended(now, milliseconds, outcome.mnemonic, outcome.points, outcome.rows)
        for row in log_rows(request, outcome.parties, ended, address, request_id):
            self.request_log.add(row)

    def _answered(self, request: envelope.Request, address: str, now: int, *, free: bool) -> Outcome:
        method = METHODS.get(request.method)
        outcome = Outcome((), method=method.name if method else "")
        try:
            if method is None:
                self._recognise(request, outcome)
                raise CallerFault("method_not_found")  # noqa: TRY301 - one place turns faults into answers
            if method.needs_token:
                call = self.granted(method, request, address, now, outcome)
                _reply(request.id, self._charged(call, outcome, free=free), outcome)
                outcome.points = 0 if free else method.weight
            else:
                self._call_openly(method, request, address, now, outcome)
        except CallerFault as fault:
            _fail(request, outcome, fault)
        except EngineFault:
            log.exception("the engine failed", method=outcome.method)
            _fail(request, outcome, CallerFault("internal_error"))
        except Exception:
            log.exception("a request failed", method=outcome.method)
            _fail(request, outcome, CallerFault("internal_error"))
        return outcome

    def _recognise(self, request: envelope.Request, outcome: Outcome) -> None:
        """Tells the log who asks for a method that there is not."""
        token = request.params.get("access_token")
        caller = self.resources.registry.tokens.find(token) if isinstance(token, str) else None
        if caller is not None:
            outcome.parties.called(caller)

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
        granted = access.grant(self.resources.registry, method, caller, request.params, address, now)
        outcome.parties.account = granted.account
        _tell(outcome, self.resources.points.check(caller.account, method.weight, now))
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
        points, payer, weight = self.resources.points, call.caller.account, call.method.weight
        handler = HANDLERS[call.method.name]
        if not call.method.changes:
            answer = handler(self.resources, call)
            if not free:
                _tell(outcome, points.charge(payer, weight, call.now))
            return answer
        limits = points.charge(payer, weight, call.now)
        try:
            answer = handler(self.resources, call)
        except BaseException:
            points.refund(payer, weight, call.now)
            raise
        _tell(outcome, limits)
        return answer


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
