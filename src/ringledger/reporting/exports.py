"""A report's rows as files for people: the SQL that shapes values for CSV and workbooks, and the stream of bytes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import StrEnum
from typing import Final

from msgspec import structs

from ringledger.catalogue.fields import Field, Kind
from ringledger.reporting import select, workbook
from ringledger.reporting.query import ReportQuery
from ringledger.store.engine import Engine, Statement

ALL: Final = 1 << 62
"""A limit that is none."""

_NAMES: Final = ("employee_full_name", "tag_name", "segment_name", "property_value", "name")
"""Members that stand for an array's object where there is room for one."""


class Format(StrEnum):
    """A kind of file."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


def rows(engine: Engine, query: ReportQuery, kind: Format, mark: str) -> Generator[bytes]:
    """The file of the query's rows in pieces. Raises EngineFault, before the first piece or between two.

    By the mark the engine tells how far it is, and is stopped.
    """
    statement = select.page(query)
    match kind:
        case Format.PARQUET:
            return engine.stream(statement, output="Parquet", mark=mark)
        case Format.CSV:
            return engine.stream(_shaped(statement, query, _csv), output="CSVWithNames", mark=mark)
        case Format.XLSX:
            cells = [workbook.Cell(field.name, workbook.cell(field, _plain(field))) for field in query.fields]
            line = f"SELECT {workbook.row(cells)} AS row FROM ({statement.sql}) AS r"
            lines = engine.stream(structs.replace(statement, sql=line), output="TSVRaw", mark=mark)
            return workbook.packed([field.name for field in query.fields], lines)


def _shaped(statement: Statement, query: ReportQuery, write: Callable[[Field], str]) -> Statement:
    shown = ", ".join(f"{write(field)} AS {field.name}" for field in query.fields)
    return structs.replace(statement, sql=f"SELECT {shown} FROM ({statement.sql}) AS r")


def _plain(field: Field) -> str:
    """The value, an array as the names of its items."""
    column = f"r.{field.name}"
    if field.kind is not Kind.ARRAY:
        return column
    members = {member.name for member in field.members}
    name = next((name for name in _NAMES if name in members), None)
    items = f"arrayMap(one -> toString(assumeNotNull(one)), {column}.{name})" if name else column
    return f"arrayStringConcat({items}, ', ')"


def _csv(field: Field) -> str:
    """Text that a spreadsheet would take for a formula is marked as text."""
    value = _plain(field)
    if field.kind not in {Kind.STRING, Kind.ARRAY}:
        return value
    return f"if(match({value}, '^[=+\\\\-@\\\\t\\\\r]'), concat('''', {value}), {value})"
