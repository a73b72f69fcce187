"""The dimensions and measures of get.calls_summary, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import structs

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Grouping, Kind, Report
from ringledger.catalogue.lines import decimal, line, moment, number
from ringledger.catalogue.summaries import Aggregate, Dimension, Measure, Summary

_FIELDS: Final = {field.name: field for field in CALLS_REPORT.fields}
_DURATIONS: Final = tuple(field for field in CALLS_REPORT.fields if field.name.endswith("_duration"))
_EDGES: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)

MOST_GROUPINGS: Final = 20
"""Summaries in one request."""

_UNGROUPED: Final = {"id", "communication_id"}
"""Ids of a session itself: grouping by them is the report, not a summary."""


def _time(shown: Field, by: Grouping) -> Dimension:
    return Dimension(shown=structs.replace(shown, sortable=True), source=_FIELDS["start_time"], by=by)


def _times() -> Iterator[Dimension]:
    day = "its first day, YYYY-MM-DD"
    yield _time(moment("hour", "S", "Hour in which the session started: its first second"), Grouping.HOUR)
    yield _time(line("day", Kind.STRING, "S", "Day on which it started, YYYY-MM-DD"), Grouping.DAY)
    yield _time(line("week", Kind.STRING, "S", f"Week, from Monday, in which it started: {day}"), Grouping.WEEK)
    yield _time(line("month", Kind.STRING, "S", f"Month in which it started: {day}"), Grouping.MONTH)
    for field in CALLS_REPORT.filters:
        if field.reckoned:
            yield _time(field, field.reckoned)


def _values(fields: Iterable[Field]) -> Iterator[Dimension]:
    """Every scalar field that may be filtered, but durations and what is measured: its values are the groups."""
    measured = {*_DURATIONS, _FIELDS["sale_cost"]}
    for field in fields:
        if field.kind in {Kind.ARRAY, Kind.ISO8601} or not field.filterable:
            continue
        if field not in measured and field.name not in _UNGROUPED:
            yield Dimension(shown=structs.replace(field, sortable=True, default=False), source=field, by=Grouping.VALUE)


def _items(array: str, *members: str) -> Iterator[Dimension]:
    for member in _FIELDS[array].members:
        if member.name in members:
            meaning = f"{member.meaning}; a session counts in the group of each of its {array}"
            shown = structs.replace(member, meaning=meaning, sortable=True)
            yield Dimension(shown=shown, source=_FIELDS[array], by=Grouping.ITEM, member=member.name)


def _buckets() -> Iterator[Dimension]:
    for field in _DURATIONS:
        shown = number(f"{field.name}_bucket", "S", f"Lower bound, in seconds, of the bucket of {field.name}")
        yield Dimension(shown=shown, source=field, by=Grouping.BUCKET, edges=_EDGES)


def _measure(shown: Field, source: str, aggregate: Aggregate) -> Measure:
    return Measure(shown=shown, source=_FIELDS[source], aggregate=aggregate)


_WORDS: Final[dict[Aggregate, str]] = {
    Aggregate.SUM: "Sum",
    Aggregate.AVERAGE: "Average",
    Aggregate.LARGEST: "Largest",
    Aggregate.MEDIAN: "Median",
    Aggregate.P90: "90th percentile",
    Aggregate.P95: "95th percentile",
}


def _durations() -> Iterator[Measure]:
    for field in _DURATIONS:
        for aggregate, word in _WORDS.items():
            make = decimal if aggregate is Aggregate.AVERAGE else number
            shown = make(f"{field.name}_{aggregate.value}", "S", f"{word} of {field.name}, in seconds")
            yield Measure(shown=shown, source=field, aggregate=aggregate)


_MEASURES: Final = (
    _measure(number("calls_count", "SD", "Sessions", required=True), "id", Aggregate.ROWS),
    _measure(number("lost_count", "SD", "Lost sessions", required=True), "is_lost", Aggregate.TRUE),
    _measure(number("answered_count", "SD", "Sessions that are not lost", required=True), "is_lost", Aggregate.FALSE),
    _measure(decimal("lost_share", "S", "Lost sessions among all, 0 to 1"), "is_lost", Aggregate.TRUE_SHARE),
    _measure(number("called_back_count", "S", "Lost sessions after which there was a conversation with the contact",
                    required=True), "lost_call_processing_duration", Aggregate.NOT_NULL),
    _measure(number("transferred_count", "S", "Sessions that a person moved on", required=True), "is_transfer",
             Aggregate.TRUE),
    _measure(number("contacts_count", "S", "Different numbers of contacts", required=True), "contact_phone_number",
             Aggregate.DISTINCT),
    _measure(decimal("sale_cost_sum", "S", "Sum of what was paid"), "sale_cost", Aggregate.SUM),
    *_durations(),
)  # fmt: skip

_DIMENSIONS: Final = (
    *_times(),
    *_values(CALLS_REPORT.fields),
    *_items("employees", "employee_id", "employee_full_name"),
    *_items("tags", "tag_id", "tag_name"),
    *_items("segments", "segment_id", "segment_name"),
    *_buckets(),
)

CALLS_SUMMARY: Final = Summary(
    report=CALLS_REPORT,
    dimensions=_DIMENSIONS,
    measures=_MEASURES,
    rows=Report(
        method="get.calls_summary",
        title="Call sessions of a period in groups: how many, how long, how many lost",
        fields=(*(one.shown for one in _DIMENSIONS), *(one.shown for one in _MEASURES)),
        moment=CALLS_REPORT.moment,
        finish=CALLS_REPORT.finish,
    ),
)
