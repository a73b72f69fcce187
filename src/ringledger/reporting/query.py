"""A report query as immutable typed data; holds no parsing and no SQL."""

from __future__ import annotations

import msgspec

from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.operators import Operator


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
    """What one get request asks of one account: the account is a required part, so no query is without it.

    `begin` and `end` are Unix seconds, both inclusive; `now` is the moment up to which running durations count.
    """

    report: Report
    account: int
    timezone: str
    fields: tuple[Field, ...]
    begin: int
    end: int
    limit: int
    offset: int
    filter: Condition | Junction | None = None
    sort: tuple[Order, ...] = ()
    ongoing: bool = False
    now: int = 0
