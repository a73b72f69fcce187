"""Files of a report's rows: the request of a get method, checked as that is, answered with a stream of bytes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.methods import METHODS
from ringledger.faults import CallerFault
from ringledger.reporting import exports
from ringledger.reporting.exports import Format
from ringledger.rpc import envelope
from ringledger.rpc.methods import reports
from ringledger.rpc.service import Outcome, Service, with_token


class Exports:
    """Exports over a service's engine and registry; may be called from any thread."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def open(self, body: bytes, address: str, token: str | None, now: int, kind: Format) -> Iterator[bytes]:
        """The file's pieces; all matching rows where the request sets no limit. `now` is in Unix seconds.

        It costs what a page of the report costs, and is noted in the request log. Raises BadEnvelope, CallerFault and
        EngineFault before the first piece.
        """
        request = with_token(envelope.read(body), token)
        if request.method != CALLS_REPORT.method:
            raise CallerFault("method_not_found")
        method = METHODS[request.method]
        outcome = Outcome((), method=method.name)
        try:
            call = self._service.granted(method, request, address, now, outcome)
            query = reports.query(self._service.resources, call, CALLS_REPORT)
            self._service.resources.points.charge(call.caller.account, method.weight, now)
            outcome.points = method.weight
        except CallerFault as fault:
            outcome.mnemonic = fault.mnemonic
            raise
        finally:
            self._service.note(request, outcome, address, "", now, 0)
        if request.params.get("limit") is None:
            query = structs.replace(query, limit=exports.ALL)
        return exports.rows(self._service.resources.engine, query, kind)
