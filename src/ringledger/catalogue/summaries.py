"""What a summary of a report is: the dimensions that group its rows and the measures of a group; holds no SQL."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ringledger.catalogue.fields import Field, Grouping, Report


class Dimension(msgspec.Struct, frozen=True, kw_only=True):
    """What rows are grouped by.

    `shown` is the reply's field, `source` the report's. An ITEM groups by the member `member` of the items of an
    array: a row counts once in the group of each of its items. `edges` are the lower bounds of buckets.
    """

    shown: Field
    source: Field
    by: Grouping
    member: str = ""
    edges: tuple[int, ...] = ()


class Aggregate(StrEnum):
    """What a measure works out over the rows of a group; nulls are left out, and nothing but nulls is null."""

    ROWS = "rows"
    TRUE = "true"
    FALSE = "false"
    TRUE_SHARE = "true_share"
    NOT_NULL = "not_null"
    DISTINCT = "distinct"
    SUM = "sum"
    AVERAGE = "avg"
    LARGEST = "max"
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A number about a group: `shown` is the reply's field, `source` the report's that it is worked out from."""

    shown: Field
    source: Field
    aggregate: Aggregate


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A get method that groups the rows of a report; `rows` describes its reply's fields."""

    report: Report
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    rows: Report
    most_dimensions: int = 4

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of that name, or None."""
        return next((found for found in self.dimensions if found.shown.name == name), None)

    def measure(self, name: str) -> Measure | None:
        """The measure of that name, or None."""
        return next((found for found in self.measures if found.shown.name == name), None)

    def default_measures(self) -> tuple[Measure, ...]:
        """The measures of a request that names none."""
        return tuple(found for found in self.measures if found.shown.default)
