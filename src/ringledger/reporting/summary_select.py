"""A SummaryQuery as the engine's SQL with placeholders; which rows are grouped is select.py's."""

from __future__ import annotations

from typing import Final

from ringledger.catalogue.summaries import Aggregate, Dimension, Grouping, Measure
from ringledger.reporting.query import Order, SummaryQuery
from ringledger.reporting.select import Select
from ringledger.store.engine import Statement

_AGGREGATES: Final[dict[Aggregate, str]] = {
    Aggregate.ROWS: "count()",
    Aggregate.TRUE: "countIf({0})",
    Aggregate.FALSE: "countIf(NOT {0})",
    Aggregate.TRUE_SHARE: "countIf({0}) / count()",
    Aggregate.NOT_NULL: "count({0})",
    Aggregate.DISTINCT: "uniqExact({0})",
    Aggregate.SUM: "sum({0})",
    Aggregate.AVERAGE: "avg({0})",
    Aggregate.LARGEST: "max({0})",
    Aggregate.MEDIAN: "quantileExact(0.5)({0})",
    Aggregate.P90: "quantileExact(0.9)({0})",
    Aggregate.P95: "quantileExact(0.95)({0})",
}

_LOCAL: Final[dict[Grouping, str]] = {
    # Local time as if it were UTC, so that an hour which clocks show twice is one group.
    Grouping.HOUR: "toStartOfHour({0} + timeZoneOffset(toTimeZone({0}, {1})))",
    Grouping.DAY: "toDate({0}, {1})",
    Grouping.WEEK: "toMonday({0}, {1})",
    Grouping.MONTH: "toStartOfMonth({0}, {1})",
    Grouping.WEEKDAY: "toDayOfWeek({0}, 0, {1})",
    Grouping.HOUR_OF_DAY: "toHour({0}, {1})",
}


def page(query: SummaryQuery) -> Statement:
    """The groups of the page as JSON objects."""
    return _Summary(query).page()


def count(query: SummaryQuery) -> Statement:
    """How many groups there are, whatever the page: one row with `total`."""
    return _Summary(query).count()


class _Summary(Select):
    """Writes the statements of one summary."""

    def __init__(self, query: SummaryQuery) -> None:
        super().__init__(query.of)
        self._summary = query

    def page(self) -> Statement:
        query = self._summary
        measures = (f"{_measure(self.value(one.source), one)} AS {one.shown.name}" for one in query.measures)
        shown = ", ".join([*self._dimensions(), *measures])
        ties = (Order(one.shown) for one in query.dimensions)
        order = ", ".join(map(_order, (*query.sort, *ties)))
        ordered = f" ORDER BY {order}" if order else ""
        window = f"LIMIT {self.bind(query.of.limit, 'UInt64')} OFFSET {self.bind(query.of.offset, 'UInt64')}"
        return self.statement(f"SELECT {shown} {self.source()}{self._groups()}{ordered} {window}")

    def count(self) -> Statement:
        if not self._summary.dimensions:
            return Statement("SELECT 1 AS total")
        groups = f"SELECT {', '.join(self._dimensions())} {self.source()}{self._groups()}"
        return self.statement(f"SELECT count() AS total FROM ({groups})")

    def _groups(self) -> str:
        names = ", ".join(one.shown.name for one in self._summary.dimensions)
        return f" GROUP BY {names}" if names else ""

    def _dimensions(self) -> list[str]:
        return [f"{self._dimension(one)} AS {one.shown.name}" for one in self._summary.dimensions]

    def _dimension(self, dimension: Dimension) -> str:
        column = f"c.{dimension.source.name}"
        match dimension.by:
            case Grouping.VALUE:
                return self.value(dimension.source)
            case Grouping.BUCKET:
                return f"roundDown({self.value(dimension.source)}, {list(dimension.edges)})"
            case Grouping.ITEM:
                return self._item(dimension)
        return _LOCAL[dimension.by].format(column, self.bind(self._query.timezone, "String"))

    def _item(self, dimension: Dimension) -> str:
        """The same text for every member of an array, so that id and name come from one item."""
        members = [one.member for one in self._summary.dimensions if one.source is dimension.source]
        stored = f"c.{dimension.source.name}"
        column = self._column(dimension.source)
        # An array as it is stored has its members apart; one that is made here is taken apart again.
        parts = (
            f"{stored}.{member}" if column == stored else f"tupleElement({column}, '{member}')" for member in members
        )
        zipped = ", ".join(parts)
        items = f"arrayJoin(arrayDistinct(emptyArrayToSingle(arrayZip({zipped}))))"
        return f"tupleElement({items}, {members.index(dimension.member) + 1})"


def _measure(column: str, measure: Measure) -> str:
    return _AGGREGATES[measure.aggregate].format(column)


def _order(order: Order) -> str:
    return f"{order.field.name} {'DESC' if order.descending else 'ASC'} NULLS LAST"
