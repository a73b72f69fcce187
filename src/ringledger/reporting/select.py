"""A ReportQuery as the engine's SQL with placeholders: the only place where a query becomes text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from ringledger.catalogue.fields import Field, Kind
from ringledger.catalogue.operators import Operator
from ringledger.reporting import jsquery_sql
from ringledger.reporting.filters import shape
from ringledger.reporting.query import Condition, Junction, Order, ReportQuery
from ringledger.store.engine import Statement
from ringledger.store.schema import value_type

if TYPE_CHECKING:
    from ringledger.reporting.jsquery import Expression

_MOMENT: Final = "DateTime64(0, 'UTC')"
_FIRST_MOMENT: Final = -2208988800  # 1900-01-01, the engine's first; columns begin in 1970
_LAST_MOMENT: Final = 10413791999  # 2299-12-31


def page(query: ReportQuery) -> Statement:
    """The rows of the page as JSON objects."""
    return _Select(query).page()


def count(query: ReportQuery) -> Statement:
    """How many rows match, whatever the page: one row with `total`."""
    return _Select(query).count()


class _Select:
    """Writes the statements of one query; `c` is the report's table."""

    def __init__(self, query: ReportQuery) -> None:
        self._query = query
        self._values: dict[str, object] = {}

    def page(self) -> Statement:
        query = self._query
        shown = ", ".join(f"{self._shown(field)} AS {field.name}" for field in query.fields)
        order = ", ".join([*map(self._order, query.sort or (_by_moment(query),)), "c.id ASC"])
        window = f"LIMIT {self.bind(query.limit, 'UInt64')} OFFSET {self.bind(query.offset, 'UInt64')}"
        return Statement(f"SELECT {shown} {self._from()} ORDER BY {order} {window}", self._values)

    def count(self) -> Statement:
        return Statement(f"SELECT count() AS total {self._from()}", self._values)

    def bind(self, value: object, kind: str) -> str:
        """A placeholder for the value."""
        name = f"p{len(self._values)}"
        self._values[name] = value
        return f"{{{name}:{kind}}}"

    def _from(self) -> str:
        query, report = self._query, self._query.report
        moment = f"c.{report.moment}"
        conditions = [
            f"c.account = {self.bind(query.account, 'UInt32')}",
            f"{moment} >= {self.bind(_within_engine(query.begin), _MOMENT)}",
            f"{moment} <= {self.bind(_within_engine(query.end), _MOMENT)}",
        ]
        if not query.ongoing:
            conditions.append(f"c.{report.finish} IS NOT NULL")
        if query.filter is not None:
            conditions.append(self._condition(query.filter))
        return f"FROM {report.table} AS c FINAL WHERE {' AND '.join(conditions)}"

    def _shown(self, field: Field) -> str:
        if self._query.timezone == "UTC":
            return self._value(field)
        if field.kind is Kind.ISO8601:
            return f"toTimeZone(c.{field.name}, {self.bind(self._query.timezone, 'String')})"
        if any(member.kind is Kind.ISO8601 for member in field.members):
            members = ", ".join(f"{m.name} {self._member_type(m)}" for m in field.members)
            return f"CAST(c.{field.name}, {self.bind(f'Array(Tuple({members}))', 'String')})"
        return self._value(field)

    def _member_type(self, member: Field) -> str:
        zone = f"DateTime('{self._query.timezone}')" if member.kind is Kind.ISO8601 else value_type(member)
        nullable = f"Nullable({zone})"
        return f"LowCardinality({nullable})" if member.repeats else nullable

    def _value(self, field: Field) -> str:
        column = f"c.{field.name}"
        if not (field.counts_up and self._query.ongoing):
            return column
        now = f"toUInt32(greatest(0, dateDiff('second', c.start_time, {self.bind(self._query.now, _MOMENT)})))"
        return f"if(c.{self._query.report.finish} IS NULL, coalesce({column}, {now}), {column})"

    def _order(self, order: Order) -> str:
        return f"{self._value(order.field)} {'DESC' if order.descending else 'ASC'} NULLS LAST"

    def _condition(self, node: Condition | Junction) -> str:
        if isinstance(node, Junction):
            return f"({f' {node.joiner.upper()} '.join(map(self._condition, node.parts))})"
        if node.operator is Operator.JSQUERY:
            return self._jsquery(node)
        column, value = self._value(node.field), node.value
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
        low, high = (self.bind(_within_engine(moment), _MOMENT) for moment in (first, last))
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
            cast("Expression", node.value), f"c.{node.field.name}", shape(node.field), self.bind, timezone
        )


def _by_moment(query: ReportQuery) -> Order:
    return Order(next(field for field in query.report.fields if field.name == query.report.moment))


def _bound_type(field: Field) -> str:
    return "Int64" if field.kind is Kind.NUMBER else value_type(field)


def _within_engine(moment: int) -> int:
    return min(max(moment, _FIRST_MOMENT), _LAST_MOMENT)
