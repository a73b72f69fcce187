"""A report query as immutable typed data; holds no parsing and no SQL."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.operators import Operator
from ringledger.catalogue.summaries import Dimension, Measure
from ringledger.registry.changed_names import ChangedNames
from ringledger.registry.rights import View


class Condition(msgspec.Struct, frozen=True):
    """A simple filter, its value in the field's type.

    Numbers are int or float, moments a pair of the first and the last instant that the local time may mean (Unix
    seconds), `in` a tuple of values, jsquery its parsed expression; None means null.
    """

    field: Field
    operator: Operator
    value: object


class Junction(msgspec.Struct, frozen=True):
    """Parts of which all ("and") or one ("or") must hold; never without parts."""

    joiner: str
    parts: tuple[Condition | Junction, ...]


class Order(msgspec.Struct, frozen=True):
    """A field to sort by."""

    field: Field
    descending: bool = False


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What one get request asks of one account: account and view are required parts, so no query is without them.

    `begin` and `end` are Unix seconds, both inclusive, for a report of a period; `now` is the moment up to which
    running durations count. `names` are those that the table's rows may know by an older one. `rows` are the account's
    rows of a report without a table: JSON objects, a line each, moments in Unix seconds.
    """

    report: Report
    account: int
    view: View
    timezone: str
    fields: tuple[Field, ...]
    limit: int
    offset: int
    begin: int = 0
    end: int = 0
    filter: Condition | Junction | None = None
    sort: tuple[Order, ...] = ()
    ongoing: bool = False
    now: int = 0
    names: ChangedNames = msgspec.field(default_factory=dict)
    rows: bytes = b""

    @property
    def is_descending(self) -> bool:
        """Whether the greatest value of what the rows are sorted by comes first."""
        return bool(self.sort) and self.sort[0].descending

    @property
    def is_by_moment(self) -> bool:
        """Whether its rows are in the order of their moments, or against it."""
        return not self.sort or (len(self.sort) == 1 and self.sort[0].field.name == self.report.moment)

    @property
    def is_choosing(self) -> bool:
        """Whether it leaves out some of the account's sessions."""
        return self.filter is not None or self.view.scope is not None

    @property
    def sight(self) -> Hashable:
        """Whose rows they are, and what makes their values look as they do."""
        names = tuple((kind, tuple(changed.items())) for kind, changed in self.names.items())
        return self.account, self.view.is_masked, self.timezone, names

    @property
    def shape(self) -> Hashable:
        """What rows look like and whose they are, whichever of them are asked for."""
        return self.sight, tuple(field.name for field in self.fields)

    @property
    def whole(self) -> ReportQuery:
        """The same of all the account's rows of the period, in the order of their moments."""
        view = msgspec.structs.replace(self.view, scope=None)
        return msgspec.structs.replace(self, filter=None, sort=(), view=view, offset=0)


class SummaryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary asks: the rows of `of`, which has the page of groups too, grouped and measured.

    `sort` names fields of the summary's reply; without dimensions there is one group, of rows or of none.
    """

    of: ReportQuery
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    sort: tuple[Order, ...] = ()
