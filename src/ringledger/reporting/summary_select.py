"""A SummaryQuery as the engine's SQL with placeholders; which rows are grouped is select.py's."""

from __future__ import annotations

from typing import Final

import msgspec

from ringledger.catalogue.fields import Grouping
from ringledger.catalogue.summaries import Aggregate, Dimension, Measure
from ringledger.reporting import templates
from ringledger.reporting.query import Order, SummaryQuery
from ringledger.reporting.select import Select
from ringledger.store.daybook import Holding
from ringledger.store.engine import Statement


class _Function(msgspec.Struct, frozen=True):
    """An aggregate function of the engine over a column `{0}`."""

    name: str
    argument: str = "{0}"
    parameter: str = ""

    def over(self, column: str, suffix: str = "") -> str:
        """The call of the function, or of its form with that suffix."""
        return f"{self.name}{suffix}{self.parameter}({self.argument.format(column)})"

    def merged(self, states: str) -> str:
        """What it is of the states that its form with State has made."""
        return f"{self.name}Merge{self.parameter}({states})"


class _Formula(msgspec.Struct, frozen=True):
    """What a measure is made of: aggregate functions, each with a place in `text`."""

    functions: tuple[_Function, ...]
    text: str = "{0}"


_COUNT: Final = _Function("count", "")
_TRUE: Final = _Function("countIf")

_FORMULAS: Final[dict[Aggregate, _Formula]] = {
    Aggregate.ROWS: _Formula((_COUNT,)),
    Aggregate.TRUE: _Formula((_TRUE,)),
    Aggregate.FALSE: _Formula((_Function("countIf", "NOT {0}"),)),
    Aggregate.TRUE_SHARE: _Formula((_TRUE, _COUNT), "{0} / {1}"),
    Aggregate.NOT_NULL: _Formula((_Function("count"),)),
    # Texts without null are told apart in half the time; the empty one that stands for null is taken off again.
    Aggregate.DISTINCT: _Formula(
        (
            _Function("uniqExact", "ifNull({0}, '')"),
            _Function("countIf", "{0} IS NULL"),
            _Function("countIf", "{0} = ''"),
        ),
        "{0} - ({1} > 0 AND {2} = 0)",
    ),
    Aggregate.SUM: _Formula((_Function("sum"),)),
    Aggregate.AVERAGE: _Formula((_Function("avg"),)),
    Aggregate.LARGEST: _Formula((_Function("max"),)),
    Aggregate.MEDIAN: _Formula((_Function("quantileExact", parameter="(0.5)"),)),
    Aggregate.P90: _Formula((_Function("quantileExact", parameter="(0.9)"),)),
    Aggregate.P95: _Formula((_Function("quantileExact", parameter="(0.95)"),)),
}


def page_and_count(query: SummaryQuery, holding: Holding | None = None) -> Statement:
    """The groups of the page and how many there are, to be read in the output TEMPLATE: `[groups]total`.

    Without knowledge of `holding` the engine finds which versions of the rows hold.
    """
    return _Summary(query, holding).page_and_count()


class _Summary(Select):
    """Writes the statements of one summary.

    Items of arrays are told apart in a second step, over groups of rows with the same array: there are far fewer of
    these. The aggregate functions hand their states (-State, -Merge) from the first step to the second.
    """

    def __init__(self, query: SummaryQuery, holding: Holding | None) -> None:
        super().__init__(query.of, holding)
        self._summary = query
        self._arrays = tuple(one for one in query.dimensions if one.by is Grouping.ITEM)

    def page(self) -> Statement:
        query = self._summary
        groups = self._groups(query.measures)
        ties = (Order(one.shown) for one in query.dimensions)
        order = ", ".join(map(_order, (*query.sort, *ties)))
        ordered = f" ORDER BY {order}" if order else ""
        window = f"LIMIT {self.bind(query.of.limit, 'UInt64')} OFFSET {self.bind(query.of.offset, 'UInt64')}"
        return self.statement(f"{groups}{ordered} {window}")

    def page_and_count(self) -> Statement:
        measured = (one.shown.name for one in self._summary.measures)
        return templates.rows_and_total(self.page(), templates.json_object([*self._names(), *measured]))

    def _groups(self, measures: tuple[Measure, ...]) -> str:
        if not self._arrays:
            shown = [self._dimension(one) for one in self._summary.dimensions]
            return _grouped([*shown, *map(self._measured, measures)], self.source(), self._names())
        plain = [one for one in self._summary.dimensions if one not in self._arrays]
        columns = [f"{self._member(one)} AS a{at}" for at, one in enumerate(self._arrays)]
        keys = [*(one.shown.name for one in plain), *(f"a{at}" for at in range(len(columns)))]
        inner = [*map(self._dimension, plain), *columns, *self._states(measures)]
        shown = [self._item(one) if one in self._arrays else one.shown.name for one in self._summary.dimensions]
        merged = [_merged(one, at) for at, one in enumerate(measures)]
        return _grouped([*shown, *merged], f"FROM ({_grouped(inner, self.source(), keys)})", self._names())

    def _names(self) -> list[str]:
        return [one.shown.name for one in self._summary.dimensions]

    def _dimension(self, dimension: Dimension) -> str:
        return f"{self._grouping(dimension)} AS {dimension.shown.name}"

    def _grouping(self, dimension: Dimension) -> str:
        match dimension.by:
            case Grouping.VALUE:
                return self.value(dimension.source)
            case Grouping.BUCKET:
                return f"roundDown({self.value(dimension.source)}, {list(dimension.edges)})"
        return self.reckoned(dimension.by)

    def _member(self, dimension: Dimension) -> str:
        """The array of one member of an array's items."""
        stored, column = f"c.{dimension.source.name}", self._column(dimension.source)
        # An array as it is stored has its members apart; one that is made here is taken apart again.
        return f"{stored}.{dimension.member}" if column == stored else f"tupleElement({column}, '{dimension.member}')"

    def _item(self, dimension: Dimension) -> str:
        """The same text for every member of an array, so that id and name come from one item.

        Zipped even where it is one member: arrayDistinct leaves out what is null by itself.
        """
        among = [at for at, one in enumerate(self._arrays) if one.source is dimension.source]
        items = f"arrayJoin(arrayDistinct(emptyArrayToSingle(arrayZip({', '.join(f'a{at}' for at in among)}))))"
        place = among.index(self._arrays.index(dimension)) + 1
        return f"tupleElement({items}, {place}) AS {dimension.shown.name}"

    def _measured(self, measure: Measure) -> str:
        formula = _FORMULAS[measure.aggregate]
        column = self.value(measure.source)
        parts = (function.over(column) for function in formula.functions)
        return f"{formula.text.format(*parts)} AS {measure.shown.name}"

    def _states(self, measures: tuple[Measure, ...]) -> list[str]:
        return [
            f"{function.over(self.value(measure.source), 'State')} AS m{at}_{part}"
            for at, measure in enumerate(measures)
            for part, function in enumerate(_FORMULAS[measure.aggregate].functions)
        ]


def _grouped(shown: list[str], source: str, keys: list[str]) -> str:
    groups = f" GROUP BY {', '.join(keys)}" if keys else ""
    return f"SELECT {', '.join(shown)} {source}{groups}"


def _merged(measure: Measure, at: int) -> str:
    """The measure from the states that `_states` names."""
    formula = _FORMULAS[measure.aggregate]
    parts = (function.merged(f"m{at}_{part}") for part, function in enumerate(formula.functions))
    return f"{formula.text.format(*parts)} AS {measure.shown.name}"


def _order(order: Order) -> str:
    return f"{order.field.name} {'DESC' if order.descending else 'ASC'} NULLS LAST"
