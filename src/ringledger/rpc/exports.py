"""Files of a report's rows: the request of a get method, checked as that is, answered with a stream of bytes."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.methods import METHODS
from ringledger.reporting import exports
from ringledger.reporting.exports import Format
from ringledger.rpc import access, envelope
from ringledger.rpc.methods import reports
from ringledger.rpc.request_log import Component, Origin
from ringledger.rpc.service import Outcome, Service


class Pieces(Iterator[bytes]):
    """The pieces of a file, the first of which is there; who wants no more of them closes it, and the engine stops."""

    def __init__(self, rows: Generator[bytes]) -> None:
        self._rows = rows
        self._first: bytes | None = next(rows, b"")

    def __next__(self) -> bytes:
        """The next piece. Raises EngineFault."""
        if self._first is None:
            return next(self._rows)
        first, self._first = self._first, None
        return first

    def close(self) -> None:
        """Lets go of the engine, at once where all was read; waits until it has stopped otherwise."""
        self._rows.close()


class Exports:
    """Exports over a service's engine and registry; may be called from any thread."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def open(
        self, body: bytes, address: str, request_id: str, token: str | None, kind: Format, mark: str
    ) -> tuple[Outcome, Pieces | None]:
        """What became of the request, and where that is "ok" the file's pieces, which may raise EngineFault.

        All matching rows are in the file where the request sets no limit. It costs what a page of the report costs, and
        is noted in the request log. `mark` is what `progress` and `cancel` know it by.
        """
        pieces: Pieces | None = None

        def export(request: envelope.Request, address: str, now: int, outcome: Outcome) -> None:
            nonlocal pieces
            pieces = self._exported(request, address, now, outcome, kind, mark)

        origin = Origin(address, request_id, Component.EXPORT)
        outcome = self._service.serve(body, origin, token, export, {CALLS_REPORT.method})
        return outcome, pieces

    def note_refused(self, origin: Origin, token: str | None, seconds: float, code: int, mnemonic: str) -> None:
        """Notes a request that was refused before it came here."""
        self._service.note_refused(envelope.NO_REQUEST, origin, token, seconds, code, mnemonic)

    def _exported(
        self, request: envelope.Request, address: str, now: int, outcome: Outcome, kind: Format, mark: str
    ) -> Pieces:
        method, resources = METHODS[request.method], self._service.resources
        call = self._service.granted(method, request, address, now, outcome)
        query = reports.query(resources, call, CALLS_REPORT)
        if request.params.get("limit") is None:
            query = structs.replace(query, limit=exports.ALL)

        def begun() -> Pieces:
            return Pieces(exports.rows(resources.engine, query, kind, mark))

        pieces = self._service.paid(call, outcome, begun)
        outcome.points = method.weight
        return pieces

    def progress(self, token: str | None, mark: str) -> int | None:
        """How many rows a running export has written, as far as that is known.

        Raises CallerFault for a token that is none, and EngineFault.
        """
        access.identify(self._service.resources.registry, token)
        return self._service.resources.engine.written_rows(mark)

    def cancel(self, mark: str) -> None:
        """Stops a running export. Raises EngineFault."""
        self._service.resources.engine.stop(mark)
