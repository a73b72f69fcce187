"""What Prometheus may ask of the server; measures nothing itself."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one server. Method names come from the catalogue, so that labels stay few."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "ringledger_requests", "Data API requests", ("method", "outcome"), registry=self.registry
        )
        self._latency = Histogram(
            "ringledger_request_seconds",
            "Time from the whole body to the whole reply",
            ("method",),
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self._rows = Counter(
            "ringledger_matching_rows", "Rows that requests matched", ("method",), registry=self.registry
        )
        self._bytes = Counter("ringledger_reply_bytes", "Bytes of replies before compression", registry=self.registry)
        self._intake = Counter(
            "ringledger_intake_events", "Events that switches posted", ("source", "outcome"), registry=self.registry
        )
        self._last_intake = Gauge(
            "ringledger_intake_last_event_timestamp_seconds",
            "When a switch last posted an event that was taken, in Unix seconds",
            ("source",),
            registry=self.registry,
        )
        self._engine_seconds = Gauge(
            "ringledger_engine_seconds_total", "Time spent in the engine", registry=self.registry
        )

    def count(self, method: str, outcome: str, seconds: float, rows: int, size: int) -> None:
        """Counts a request; `outcome` is "ok" or the error's mnemonic."""
        self._requests.labels(method, outcome).inc()
        self._latency.labels(method).observe(seconds)
        self._rows.labels(method).inc(rows)
        self._bytes.inc(size)

    def count_intake(self, source: str, accepted: int, rejected: int, now: float) -> None:
        """Counts what a switch posted; `now` is Unix seconds."""
        self._intake.labels(source, "accepted").inc(accepted)
        self._intake.labels(source, "rejected").inc(rejected)
        if accepted:
            self._last_intake.labels(source).set(now)

    def page(self, engine_seconds: float) -> bytes:
        """The metrics in Prometheus' text format."""
        self._engine_seconds.set(engine_seconds)
        return generate_latest(self.registry)
