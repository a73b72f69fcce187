"""How each source of an account's calls does: what it brought, what was refused, whether it is unusually silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ringledger.calls.codes import UploadStatus
from ringledger.intake import uploaded_calls
from ringledger.registry.connections import Connection
from ringledger.store import intake_news
from ringledger.store.engine import Engine
from ringledger.store.intake_news import Arrivals, Refusals
from ringledger.store.open_calls import open_calls

DAY: Final = 86_400
WEEK: Final = 7 * DAY
FEWEST_MINUTES: Final = 15
"""In so many minutes of the same time a week before something came, where silence is unusual."""
_GIVEN_UP: Final = 30 * DAY
"""Seconds of silence after which a source is taken for one that is no longer used."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a source does, as get.intake_sources has it; moments in Unix seconds, counts are the last day's."""

    source: str
    status: str
    last_event_time: int | None
    silence_duration: int | None
    usual_active_minutes: int | None
    events_count: int
    waiting_count: int
    rejected_count: int
    last_error: str | None
    last_error_time: int | None
    connections: tuple[Connection, ...]


def health(engine: Engine, account: int, connections: Sequence[Connection], now: int) -> list[Health]:
    """A source after the other, by name; `now` is in Unix seconds. Raises EngineFault."""
    since = now - DAY
    arrived = {one.source: one for one in intake_news.arrivals(engine, account, since)}
    refused = {one.source: one for one in intake_news.refusals(engine, account, since)}
    waiting = {source: len(calls) for source, calls in open_calls(engine, account, now).items()}
    states = {"waiting": [UploadStatus.NEW.value, UploadStatus.IN_PROCESS.value], "failed": UploadStatus.ERROR.value}
    uploads = intake_news.uploads(engine, account, since, states, uploaded_calls.SOURCE)
    if uploads.waiting or uploads.refusals.error_time:
        refused[uploaded_calls.SOURCE] = uploads.refusals
        waiting[uploaded_calls.SOURCE] = uploads.waiting
    usual = {
        source: intake_news.active_minutes(engine, account, source, *before)
        for source, one in arrived.items()
        if (before := same_time_before(one, now)) is not None
    }
    names = arrived.keys() | refused.keys() | {one.source for one in connections}
    return [
        _health(
            arrived.get(name),
            refused.get(name, Refusals(name, 0)),
            tuple(one for one in connections if one.source == name),
            waiting.get(name, 0),
            usual.get(name),
            now,
        )
        for name in sorted(names)
    ]


def _health(
    arrived: Arrivals | None,
    refused: Refusals,
    connections: tuple[Connection, ...],
    waiting: int,
    usual: int | None,
    now: int,
) -> Health:
    silence = None if arrived is None else max(0, now - arrived.last_time)
    last_error_time = refused.error_time or None
    return Health(
        source=refused.source,
        status=status(silence, usual, last_error_time, connections, now),
        last_event_time=None if arrived is None else arrived.last_time,
        silence_duration=silence,
        usual_active_minutes=usual,
        events_count=0 if arrived is None else arrived.events,
        waiting_count=waiting,
        rejected_count=refused.rejected,
        last_error=refused.error,
        last_error_time=last_error_time,
        connections=connections,
    )


def same_time_before(arrived: Arrivals, now: int) -> tuple[int, int] | None:
    """The time of the silence some weeks before: sources are silent at night, and on days of their own.

    Where the source is not known for that long it is the time some days before; None where there is nothing to compare
    with, and where the silence is shorter than what could be unusual.
    """
    silence = now - arrived.last_time
    if silence < FEWEST_MINUTES * 60 or silence > _GIVEN_UP:
        return None
    for step in (WEEK, DAY):
        shift = -(-silence // step) * step
        if arrived.first_time <= arrived.last_time - shift:
            return arrived.last_time - shift, now - shift
    return None


def status(
    silence: int | None, usual: int | None, error_time: int | None, connections: Sequence[Connection], now: int
) -> str:
    """What is to be said first of a source: a code of get.intake_sources. Durations and moments in seconds."""
    if any(not one.is_connected for one in connections):
        return "disconnected"
    last = None if silence is None else now - silence
    if error_time is not None and error_time > now - DAY and (last is None or error_time > last):
        return "failing"
    if usual is not None and usual >= FEWEST_MINUTES:
        return "silent"
    if connections:
        return "active"
    return "inactive" if silence is None or silence > _GIVEN_UP else "active"
