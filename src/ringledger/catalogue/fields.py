"""What a report field is; holds no particular report and no SQL."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """The kinds of values that the protocol knows; DECIMAL is a "number" that keeps its decimals."""

    NUMBER = "number"
    DECIMAL = "decimal"
    STRING = "string"
    BOOLEAN = "boolean"
    ISO8601 = "iso8601"
    ENUM = "enum"
    ARRAY = "array"
    OBJECT = "object"

    @property
    def protocol_name(self) -> str:
        """The name that the reference page uses."""
        return "number" if self is Kind.DECIMAL else self.value


class Grouping(StrEnum):
    """What values are grouped by: themselves, an array's items, what their moment is in the account's own time."""

    VALUE = "value"
    ITEM = "item"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR_OF_DAY = "hour_of_day"
    BUCKET = "bucket"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a report's reply.

    `origin` says where the value comes from: "stated" (by the switch or the uploaded record), "derived" (by a pure
    function of the domain) or "looked up" (by an id). `repeats` marks text with few distinct values, `bits` the width
    of a whole number, `counts_up` a duration that goes on while its session does, `contact_number` a number that may be
    a contact's, which some users see masked. `name_of` marks the name of an entry of the directory: its kind and the
    field with its id. `reckoned` is what a field without a column is of the report's moment. `members` are the fields
    of an object or of an array's objects; an array without members holds plain strings, of `values` where these are
    given.
    """

    name: str
    kind: Kind
    meaning: str
    origin: str = "stated"
    filterable: bool = False
    sortable: bool = False
    default: bool = False
    required: bool = False
    repeats: bool = False
    bits: int = 64
    counts_up: bool = False
    contact_number: bool = False
    name_of: tuple[str, str] | None = None
    reckoned: Grouping | None = None
    values: tuple[str, ...] = ()
    members: tuple[Field, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A list of fields that a get method answers; a filter may name those of `filters` too.

    `table` is the call store's table that has them as columns; where it is empty, the rows are the registry's and are
    handed to the query. `moment` is the field that date_from and date_till choose by, and that rows are sorted by where
    nothing is asked; `finish` the column that is null while a row is still under way; both may be empty. `key` tells
    rows apart and breaks ties. `session` is the field with the id of the call session that a row belongs to: of these
    users who are confined see some; rows that belong to none they do not see at all. A table is `versioned` where the
    newest version of a row counts.
    """

    method: str
    title: str
    fields: tuple[Field, ...]
    filters: tuple[Field, ...] = ()
    table: str = ""
    moment: str = ""
    finish: str = ""
    key: str = "id"
    session: str = ""
    versioned: bool = True

    def field(self, name: str) -> Field | None:
        """The top-level field of that name, or None."""
        return _by_name(self).get(name)

    def filter_field(self, name: str) -> Field | None:
        """The field of that name that a filter may name, or None."""
        return self.field(name) or next((field for field in self.filters if field.name == name), None)

    def default_fields(self) -> tuple[Field, ...]:
        """The fields of a reply for which none were named, in the report's order; all where none is a default."""
        return tuple(field for field in self.fields if field.default) or self.fields


_NAMES: dict[str, dict[str, Field]] = {}


def _by_name(report: Report) -> dict[str, Field]:
    known = _NAMES.get(report.method)
    if known is None:
        known = _NAMES[report.method] = {field.name: field for field in report.fields}
    return known
