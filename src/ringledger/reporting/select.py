"""A ReportQuery as the engine's SQL with placeholders: the only place where a query becomes text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Grouping, Kind
from ringledger.catalogue.operators import Operator
from ringledger.registry.rights import Scope
from ringledger.reporting import jsquery_sql, templates
from ringledger.reporting.filters import shape
from ringledger.reporting.names import with_names
from ringledger.reporting.query import Condition, Junction, Order, ReportQuery
from ringledger.store.changes import EVER
from ringledger.store.engine import GIVEN, GivenRows, Statement
from ringledger.store.schema import column_type, value_type

if TYPE_CHECKING:
    from ringledger.reporting.jsquery import Expression
    from ringledger.store.daybook import Holding

_FIRST_MOMENT: Final = -2208988800  # 1900-01-01, the engine's first; columns begin in 1970
_LAST_MOMENT: Final = 10413791999  # 2299-12-31
_LONGEST_SESSION: Final = 2 * 86_400
"""Seconds before a period in which a session may have started that has something in it, such as a call leg."""


_MOMENT: Final = "row_moment"
_KEY: Final = "row_key"
_VALUE: Final = "row_value"
_NULL: Final = "row_is_null"
_PLACE: Final = "row_place"
"""Names of columns beside the fields; no field has one of them."""

NO_TEXT: Final = b"1"
"""What stands for null among texts that have a 0 before them: it is behind them all in their order."""

_LOCAL: Final[dict[Grouping, str]] = {
    # Local time as if it were UTC, so that an hour which clocks show twice is one group.
    Grouping.HOUR: "toStartOfHour({0} + timeZoneOffset(toTimeZone({0}, {1})))",
    Grouping.DAY: "toDate({0}, {1})",
    Grouping.WEEK: "toMonday({0}, {1})",
    Grouping.MONTH: "toStartOfMonth({0}, {1})",
    Grouping.WEEKDAY: "toDayOfWeek({0}, 0, {1})",
    Grouping.HOUR_OF_DAY: "toHour({0}, {1})",
}
"""What a moment is in a time zone."""


def page(query: ReportQuery) -> Statement:
    """The rows of the page as JSON objects; the engine finds which versions hold."""
    return Select(query).page()


def count(query: ReportQuery) -> Statement:
    """How many rows match, whatever the page: one row with `total`."""
    return Select(query).count()


def known_page(query: ReportQuery, holding: Holding) -> Statement:
    """The rows of the page by a template: `[rows]`."""
    return templates.rows(Select(query, holding).page(), _row(query))


def page_and_count(query: ReportQuery, holding: Holding) -> Statement:
    """The rows of the page and how many match by a template: `[rows]total`."""
    return templates.rows_and_total(Select(query, holding).page(), _row(query))


def places_and_count(query: ReportQuery, holding: Holding) -> Statement:
    """Moment (Unix seconds) and key of the page's rows and how many match by a template: `[[moment,key],...]total`."""
    place = f"[{templates.column(_MOMENT)},{templates.column(_KEY)}]"
    return templates.rows_and_total(Select(query, holding).places(), place)


def rows_of(query: ReportQuery, holding: Holding, sessions: Sequence[tuple[int, int]]) -> Statement:
    """The rows of these sessions, moment (Unix seconds) and key of each, in the query's order, by a template.

    How many there are stands behind them: `[rows]total`.
    """
    return templates.rows_and_total(Select(query, holding).rows_of(sessions), _row(query))


def numbers(query: ReportQuery, holding: Holding, field: Field) -> Statement:
    """A field's values in the output RowBinary: a number of 64 bits, in order of the rows, and whether it is null."""
    return Select(query, holding).numbers(field)


def texts(query: ReportQuery, holding: Holding, field: Field) -> Statement:
    """A field's values by a template, in order of the rows, a byte 0xFF between them: each after a 0, or NO_TEXT."""
    return templates.lines(Select(query, holding).texts(field), f"${{{_VALUE}:Raw}}", "\\xFF")


def items(query: ReportQuery, holding: Holding, field: Field, member: str) -> Statement:
    """The whole numbers that a member of a field's items has, in the output RowBinary and in any order.

    Each is after the number of its row in the order of the rows, which takes 32 bits, and takes 64.
    """
    return Select(query, holding).items(field, member)


def _row(query: ReportQuery) -> str:
    return templates.json_object(field.name for field in query.fields)


class Select:
    """Writes the statements of one query; `c` is the report's table, or the rows that the query came with."""

    def __init__(self, query: ReportQuery, holding: Holding | None = None) -> None:
        self._query = query
        self._holding = holding
        self._values: dict[str, object] = {}

    def page(self) -> Statement:
        """The rows of the page."""
        return self._page(self._fields())

    def places(self) -> Statement:
        """Moment (Unix seconds) and key of the page's rows."""
        report = self._query.report
        return self._page([f"toUInt32(c.{report.moment}) AS {_MOMENT}", f"c.{report.key} AS {_KEY}"])

    def rows_of(self, sessions: Sequence[tuple[int, int]]) -> Statement:
        """The rows of these sessions, moment (Unix seconds) and key of each, that the query chooses."""
        report = self._query.report
        moments, keys = ([*dict.fromkeys(one)] for one in zip(*sessions, strict=True))
        # The moments are what the table is sorted by, so that they name the granules to read.
        chosen = (
            f" AND c.{report.moment} IN {self.bind(moments, 'Array(UInt32)')}"
            f" AND c.{report.key} IN {self.bind(keys, 'Array(Int64)')}"
        )
        return self._page(self._fields(), chosen)

    def numbers(self, field: Field) -> Statement:
        """The values of a field as numbers, and which are null."""
        kind, value = "Float64" if field.kind is Kind.DECIMAL else "Int64", self.value(field)
        return self._page([f"ifNull(to{kind}({value}), 0) AS {_VALUE}", f"isNull({value}) AS {_NULL}"])

    def texts(self, field: Field) -> Statement:
        """The values of a field as texts with a letter before them."""
        value = self.value(field)
        return self._page([f"if(isNull({value}), '{NO_TEXT.decode()}', concat('0', ifNull({value}, ''))) AS {_VALUE}"])

    def items(self, field: Field, member: str) -> Statement:
        """The values of a member of a field's items, and the numbers of their rows."""
        report = self._query.report
        order = f"ORDER BY c.{report.moment}, c.{report.key}"
        placed = (
            f"SELECT toUInt32(row_number() OVER ({order}) - 1) AS {_PLACE}, "
            f"arrayMap(one -> one.{member}, {self._column(field)}) AS {_VALUE}s {self.source()}"
        )
        single = f"SELECT {_PLACE}, arrayJoin({_VALUE}s) AS {_VALUE} FROM ({placed})"
        return self.statement(
            f"SELECT {_PLACE}, toInt64(assumeNotNull({_VALUE})) FROM ({single}) WHERE {_VALUE} IS NOT NULL"
        )

    def _fields(self) -> list[str]:
        return [f"{self._shown(field)} AS {field.name}" for field in self._query.fields]

    def _page(self, columns: Sequence[str], chosen: str = "") -> Statement:
        query = self._query
        order = ", ".join([*map(self._order, query.sort or _by_moment(query)), f"c.{query.report.key} ASC"])
        window = f"LIMIT {self.bind(query.limit, 'UInt64')} OFFSET {self.bind(query.offset, 'UInt64')}"
        return self.statement(f"SELECT {', '.join(columns)} {self.source()}{chosen} ORDER BY {order} {window}")

    def count(self) -> Statement:
        """The number of all rows."""
        return self.statement(f"SELECT count() AS total {self.source()}")

    def bind(self, value: object, kind: str) -> str:
        """A placeholder for the value."""
        name = f"p{len(self._values)}"
        self._values[name] = value
        return f"{{{name}:{kind}}}"

    def _instant(self, moment: int) -> str:
        """A moment, bound as a number: a bound moment of fewer than five digits is no moment to the engine.

        Of the columns' own type where that has it: every row would be converted otherwise.
        """
        if 0 <= moment <= EVER:
            return f"toDateTime({self.bind(moment, 'UInt32')}, 'UTC')"
        return f"toDateTime64({self.bind(_within_engine(moment), 'Int64')}, 0, 'UTC')"

    def statement(self, sql: str) -> Statement:
        """The text with the values bound so far, and the rows that the query came with."""
        report = self._query.report
        if report.table:
            return Statement(sql, self._values)
        structure = ", ".join(f"{field.name} {column_type(field)}" for field in report.fields)
        return Statement(sql, self._values, GivenRows(structure, self._query.rows))

    def source(self) -> str:
        """FROM and WHERE: the rows that the query chooses, and no others.

        PREWHERE spares the engine to find out which conditions to read first, a tenth of a small page's time. It looks
        at one after the other, so those of a filter that must all hold come in the order of what they cost.
        """
        query, table = self._query, self._query.report.table
        conditions = self._of_account() if table else []
        if query.filter is not None:
            conditions += map(self._condition, sorted(_all_of(query.filter), key=_cost))
        where = "WHERE" if self._holding is None else "PREWHERE"
        chosen = f" {where} {' AND '.join(conditions)}" if conditions else ""
        final = " FINAL" if table and query.report.versioned and self._holding is None else ""
        return f"FROM {table or GIVEN} AS c{final}{chosen}"

    def _of_account(self) -> list[str]:
        """What chooses the account's rows of the period out of a table."""
        query, report = self._query, self._query.report
        moment = f"c.{report.moment}"
        conditions = [
            f"c.account = {self.bind(query.account, 'UInt32')}",
            f"{moment} >= {self._instant(query.begin)}",
            f"{moment} <= {self._instant(query.end)}",
        ]
        is_all_shown = self._holding is not None and self._holding.all_shown
        if report.finish and not query.ongoing and not is_all_shown:
            conditions.append(f"c.{report.finish} IS NOT NULL")
        if self._holding is not None:
            conditions += self._held(self._holding)
        if query.view.scope is not None:
            conditions.append(self._visible(query.view.scope))
        return conditions

    def _held(self, holding: Holding) -> list[str]:
        """What FINAL does where it is known which rows hold."""
        conditions = [] if holding.all_shown else ["c.is_deleted = 0"]
        if newest := holding.newest:
            keys, versions = self.bind(list(newest), "Array(Int64)"), self.bind(list(newest.values()), "Array(UInt64)")
            conditions.append(f"c.version >= transform(c.{self._query.report.key}, {keys}, {versions}, toUInt64(0))")
        return conditions

    def _visible(self, scope: Scope) -> str:
        """What chooses the rows that a confined user sees: those of sessions in the scope, and no others."""
        query, report = self._query, self._query.report
        if report.table == CALLS_REPORT.table:
            return self._in_scope("c", scope)
        if not report.session:
            return "0"
        return (
            f"c.{report.session} IN (SELECT s.id FROM {CALLS_REPORT.table} AS s FINAL "
            f"WHERE s.account = {self.bind(query.account, 'UInt32')} "
            f"AND s.start_time >= {self._instant(query.begin - _LONGEST_SESSION)} "
            f"AND s.start_time <= {self._instant(query.end)} AND {self._in_scope('s', scope)})"
        )

    def _in_scope(self, table: str, scope: Scope) -> str:
        employees = self._in("one.employee_id", "Int64", scope.employee_ids)
        number = self._in(f"{table}.virtual_phone_number", "String", scope.virtual_numbers)
        site = self._in(f"{table}.site_id", "Int64", scope.site_ids)
        return f"(arrayExists(one -> {employees}, {table}.employees) OR ifNull({number}, 0) OR ifNull({site}, 0))"

    def _shown(self, field: Field) -> str:
        if field.kind is Kind.OBJECT:
            return self._object(field)
        if self._query.timezone == "UTC":
            return self.value(field)
        if field.kind is Kind.ISO8601:
            return f"toTimeZone(c.{field.name}, {self.bind(self._query.timezone, 'String')})"
        if any(member.kind is Kind.ISO8601 for member in field.members):
            return f"CAST({self._column(field)}, {self.bind(f'Array({self._members_type(field)})', 'String')})"
        return self.value(field)

    def _object(self, field: Field) -> str:
        """The object with its moments in the account's time zone, `{}` where it has nothing."""
        members = self._members_type(field)
        shown = f"CAST(c.{field.name}, {self.bind(members, 'String')})"
        either = self.bind(f"Variant(Map(String, String), {members})", "String")
        nothing = "CAST(map(), 'Map(String, String)')"
        return f"if({_nothing_in(field)}, CAST({nothing}, {either}), CAST({shown}, {either}))"

    def _members_type(self, field: Field) -> str:
        return f"Tuple({', '.join(f'{member.name} {self._member_type(member)}' for member in field.members)})"

    def _member_type(self, member: Field) -> str:
        if member.kind is Kind.ARRAY:
            return f"Array({self._members_type(member)})" if member.members else column_type(member)
        if member.kind is Kind.OBJECT:
            return self._members_type(member)
        zone = f"DateTime('{self._query.timezone}')" if member.kind is Kind.ISO8601 else value_type(member)
        nullable = f"Nullable({zone})"
        return f"LowCardinality({nullable})" if member.repeats else nullable

    def value(self, field: Field) -> str:
        """What the user sees of the field; a running duration counts up to now."""
        if field.reckoned:
            return self.reckoned(field.reckoned)
        column = self._column(field)
        if not (field.counts_up and self._query.ongoing):
            return column
        now = f"toUInt32(greatest(0, dateDiff('second', c.start_time, {self._instant(self._query.now)})))"
        return f"if(c.{self._query.report.finish} IS NULL, coalesce({column}, {now}), {column})"

    def reckoned(self, by: Grouping) -> str:
        """What the report's moment is in the account's time zone."""
        return _LOCAL[by].format(f"c.{self._query.report.moment}", self.bind(self._query.timezone, "String"))

    def _column(self, field: Field) -> str:
        """What the user sees of a column: filters and sorts know no more of it than the reply shows."""
        column = with_names(field, f"c.{field.name}", "c", self._query.names, self.bind)
        if not (field.contact_number and self._query.view.is_masked):
            return column
        return f"arrayMap(one -> {_masked('one')}, {column})" if field.kind is Kind.ARRAY else _masked(column)

    def _order(self, order: Order) -> str:
        return f"{self.value(order.field)} {'DESC' if order.descending else 'ASC'} NULLS LAST"

    def _condition(self, node: Condition | Junction) -> str:
        if isinstance(node, Junction):
            return f"({f' {node.joiner.upper()} '.join(map(self._condition, node.parts))})"
        if node.operator is Operator.JSQUERY:
            return self._jsquery(node)
        column, value = self.value(node.field), node.value
        if node.field.kind is Kind.OBJECT:
            return f"{'' if node.operator is Operator.EQUAL else 'NOT '}{_nothing_in(node.field)}"
        if node.field.kind is Kind.ARRAY:
            return f"{'empty' if node.operator is Operator.EQUAL else 'notEmpty'}({column})"
        if value is None:
            return f"{column} IS {'NOT ' if node.operator is Operator.NOT_EQUAL else ''}NULL"
        return self._comparison(column, node)

    def _comparison(self, column: str, node: Condition) -> str:
        kind = _bound_type(node.field)
        match node.operator:
            case Operator.LIKE:
                return f"{column} LIKE {self.bind(node.value, 'String')}"
            case Operator.REGEXP:
                return f"match({column}, {self.bind(node.value, 'String')})"
        if isinstance(node.value, tuple):
            if node.operator is Operator.IN:
                return self._in(column, kind, node.value)
            return self._moment(column, node.operator, *node.value)
        return f"{column} {node.operator.value} {self.bind(node.value, kind)}"

    def _in(self, column: str, kind: str, values: tuple[object, ...]) -> str:
        return f"{column} IN {self.bind(list(values), f'Array({kind})')}" if values else "0"

    def _moment(self, column: str, operator: Operator, first: int, last: int) -> str:
        """A local time that clocks show twice stands for both moments."""
        low, high = (self._instant(moment) for moment in (first, last))
        match operator:
            case Operator.EQUAL:
                return f"({column} = {low} OR {column} = {high})"
            case Operator.NOT_EQUAL:
                return f"({column} != {low} AND {column} != {high})"
            case Operator.LESS | Operator.GREATER_OR_EQUAL:
                return f"{column} {operator.value} {low}"
            case _:
                return f"{column} {operator.value} {high}"

    def _jsquery(self, node: Condition) -> str:
        timezone = self.bind(self._query.timezone, "String")
        return jsquery_sql.to_sql(
            cast("Expression", node.value), self._column(node.field), shape(node.field), self.bind, timezone
        )


def _all_of(node: Condition | Junction) -> Iterator[Condition | Junction]:
    """The parts of which every one must hold."""
    if isinstance(node, Junction) and node.joiner == "and":
        for part in node.parts:
            yield from _all_of(part)
    else:
        yield node


def _cost(node: Condition | Junction) -> int:
    """What it takes to look at a row, roughly: a condition that comes early spares the later ones its rows."""
    if isinstance(node, Junction):
        return sum(map(_cost, node.parts))
    if node.field.kind in {Kind.ARRAY, Kind.OBJECT}:
        return 4
    if node.operator in {Operator.LIKE, Operator.REGEXP}:
        return 3
    return 2 if node.field.kind is Kind.STRING and not node.field.repeats else 1


def _by_moment(query: ReportQuery) -> tuple[Order, ...]:
    return tuple(Order(field) for field in query.report.fields if field.name == query.report.moment)


def _masked(number: str) -> str:
    """The number with all but its last four digits hidden."""
    return f"concat(repeat('*', greatest(length({number}) - 4, 0)), right({number}, 4))"


def _nothing_in(field: Field) -> str:
    """Whether every member of the object is null or empty."""
    columns = ((member, f"c.{field.name}.{member.name}") for member in field.members)
    parts = (f"empty({column})" if member.kind is Kind.ARRAY else f"{column} IS NULL" for member, column in columns)
    return f"({' AND '.join(parts)})"


def _bound_type(field: Field) -> str:
    return "Int64" if field.kind is Kind.NUMBER else value_type(field)


def _within_engine(moment: int) -> int:
    return min(max(moment, _FIRST_MOMENT), _LAST_MOMENT)
