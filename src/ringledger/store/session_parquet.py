"""The columns of a Parquet session file against the catalogue, as SQL; reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from ringledger.store.schema import column_type, value_type
from ringledger.store.session_checks import (
    FINISH_BEFORE_START,
    LATEST,
    TEXTS,
    TIME_PATTERN,
    UNKNOWN_ACCOUNT,
    WHOLE_LIMIT,
    Problem,
    accepted_values,
    literal,
)

_WRAPPERS: Final = {"Nullable", "LowCardinality"}
_TOKEN: Final = re.compile(r"\s*(`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'|[\w.]+|[(),])")
_INTEGER: Final = re.compile(r"(U?)Int(\d+)$")
_FLOATS: Final = {"Float32", "Float64", "BFloat16"}


class ColumnType(msgspec.Struct, frozen=True):
    """An engine's type without Nullable and LowCardinality; `members` are those of a tuple, `item` that of an array."""

    name: str
    item: ColumnType | None = None
    members: Mapping[str, ColumnType] = {}


class _Value(msgspec.Struct, frozen=True):
    """A value of the file: its SQL, and the conditions under which it does not fit."""

    sql: str
    problems: tuple[tuple[str, str], ...] = ()


def identifier(name: str) -> str:
    """A column name of a file as SQL."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def parse_type(text: str) -> ColumnType:
    """Reads a type as DESCRIBE writes it."""
    return _parsed(iter([*_TOKEN.findall(text), ""]))[0]


def _parsed(tokens: Iterator[str]) -> tuple[ColumnType, str]:
    """The type at the tokens, and the token after it."""
    name = next(tokens)
    after = next(tokens)
    if after != "(":
        return ColumnType(name), after
    if name in _WRAPPERS:
        inner, _ = _parsed(tokens)
        return inner, next(tokens)
    if name == "Array":
        item, _ = _parsed(tokens)
        return ColumnType(name, item=item), next(tokens)
    if name == "Tuple":
        members: dict[str, ColumnType] = {}
        after = ","
        while after == ",":
            member = _unquoted(next(tokens))
            members[member], after = _parsed(tokens)
        return ColumnType(name, members=members), next(tokens)
    depth = 1
    while depth:
        after = next(tokens)
        depth += (after == "(") - (after == ")")
    return ColumnType(name), next(tokens)


def _unquoted(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith("`") else name


def parquet_reason(columns: Mapping[str, ColumnType], column: str | None) -> str:
    """SQL for why a row of the file is no record, '' if it is one.

    With a `column` that names the account, its value must be one of {names:Array(String)}.
    """
    conditions = [
        ("1", f"{name}: {TEXTS[Problem.UNKNOWN]}")
        for name in columns
        if CALLS_REPORT.field(name) is None and name != column
    ]
    for field in CALLS_REPORT.fields:
        conditions += _field_value(field, columns).problems
        if field.required:
            missing = f"isNull({identifier(field.name)})" if field.name in columns else "1"
            conditions.append((missing, f"{field.name}: missing"))
    if column is not None:
        known = f"NOT has({{names:Array(String)}}, {account_name(columns, column)})"
        conditions.append((known, f"{column}: {UNKNOWN_ACCOUNT}"))
    finish, start = (_named_value(name, columns) for name in (CALLS_REPORT.finish, CALLS_REPORT.moment))
    conditions.append((f"ifNull({finish} < {start}, 0)", FINISH_BEFORE_START))
    cases = ", ".join(f"{condition}, {literal(reason)}" for condition, reason in conditions)
    return f"multiIf({cases}, '')"


def parquet_values(columns: Mapping[str, ColumnType]) -> dict[str, str]:
    """SQL for every field's value that the file has a column for."""
    return {field.name: _field_value(field, columns).sql for field in CALLS_REPORT.fields if field.name in columns}


def parquet_record(columns: Mapping[str, ColumnType]) -> str:
    """SQL for a row of the file as a JSON object."""
    return f"formatRowNoNewline('JSONEachRow', {', '.join(map(identifier, columns))})"


def account_name(columns: Mapping[str, ColumnType], column: str) -> str:
    """SQL for the name of a row's account, '' if there is none."""
    return f"ifNull(toString({identifier(column)}), '')" if column in columns else "''"


def _named_value(name: str, columns: Mapping[str, ColumnType]) -> str:
    field = CALLS_REPORT.field(name)
    if field is None:
        raise LookupError(name)
    return _field_value(field, columns).sql


def _field_value(field: Field, columns: Mapping[str, ColumnType]) -> _Value:
    found = columns.get(field.name)
    if found is None:
        return _Value("NULL")
    sql = identifier(field.name)
    return _array(field, found, sql) if field.kind is Kind.ARRAY else _scalar(field, found, sql, field.name)


def _array(field: Field, found: ColumnType, sql: str) -> _Value:
    wrong = Problem.OBJECT if field.members else Problem.TEXT
    if found.name == "Nothing" or (found.item is not None and found.item.name == "Nothing"):
        return _Value("[]")
    if found.item is None:
        return _Value("[]", ((f"isNotNull({sql})", _reason(field.name, Problem.ARRAY)),))
    if found.item.name != ("Tuple" if field.members else "String"):
        return _Value("[]", ((f"notEmpty({sql})", _reason(field.name, wrong)),))
    null = (f"arrayExists(item -> isNull(item), {sql})", _reason(field.name, wrong))
    if field.members:
        return _objects(field, found.item, sql, null)
    texts = f"arrayMap(item -> ifNull(item, ''), {sql})"
    if not field.values:
        return _Value(texts, (null,))
    known = ", ".join(map(literal, field.values))
    return _Value(texts, (null, (f"NOT hasAll([{known}], {texts})", _reason(field.name, Problem.CODE))))


def _objects(field: Field, found: ColumnType, sql: str, null: tuple[str, str]) -> _Value:
    problems = [null]
    values = []
    known = {member.name for member in field.members}
    problems += [
        (f"notEmpty({sql})", _reason(f"{field.name}.{name}", Problem.UNKNOWN))
        for name in found.members
        if name not in known
    ]
    for member in field.members:
        place = list(found.members).index(member.name) + 1 if member.name in found.members else 0
        if place == 0:
            values.append("NULL")
            continue
        value = _scalar(member, found.members[member.name], f"item.{place}", f"{field.name}.{member.name}")
        values.append(value.sql)
        problems += [(f"arrayExists(item -> {condition}, {sql})", reason) for condition, reason in value.problems]
    tuples = f"arrayMap(item -> ({', '.join(values)},), {sql})"
    return _Value(f"CAST({tuples}, {literal(column_type(field))})", tuple(problems))


def _scalar(field: Field, found: ColumnType, sql: str, path: str) -> _Value:
    if found.name == "Nothing":
        return _Value("NULL")
    match field.kind:
        case Kind.NUMBER:
            return _number(field, found, sql, path)
        case Kind.DECIMAL if _INTEGER.match(found.name) or found.name in _FLOATS or found.name == "Decimal":
            finite = ((f"NOT ifNull(isFinite({sql}), 1)", _reason(path, Problem.DECIMAL)),)
            return _Value(f"toFloat64({sql})", finite if found.name in _FLOATS else ())
        case Kind.STRING if found.name in {"String", "FixedString"}:
            return _Value(f"toString({sql})")
        case Kind.ENUM if found.name in {"String", "FixedString"}:
            known = ", ".join(map(literal, accepted_values(field)))
            return _Value(
                f"toString({sql})", ((f"ifNull(toString({sql}) NOT IN ({known}), 0)", _reason(path, Problem.CODE)),)
            )
        case Kind.BOOLEAN if found.name == "Bool":
            return _Value(sql)
        case Kind.ISO8601:
            return _moment(found, sql, path)
    wrong = {
        Kind.DECIMAL: Problem.DECIMAL, Kind.ENUM: Problem.TEXT, Kind.BOOLEAN: Problem.FLAG
    }.get(field.kind, Problem.TEXT)  # fmt: skip
    return _misfit(sql, path, wrong)


def _number(field: Field, found: ColumnType, sql: str, path: str) -> _Value:
    integer = _INTEGER.match(found.name)
    if not integer and found.name not in _FLOATS and found.name != "Decimal":
        return _misfit(sql, path, Problem.WHOLE)
    least, most = (0, 2**32 - 1) if field.bits == 32 else (1 - WHOLE_LIMIT, WHOLE_LIMIT - 1)
    if path == "id":
        least = 1
    problems = []
    if not integer:
        problems.append((f"ifNull({sql} != trunc({sql}), 0)", _reason(path, Problem.WHOLE)))
    problems.append((f"ifNull({sql} < {least} OR {sql} > {most}, 0)", _reason(path, Problem.RANGE)))
    return _Value(f"accurateCastOrNull({sql}, '{value_type(field)}')", tuple(problems))


def _moment(found: ColumnType, sql: str, path: str) -> _Value:
    wrong = _reason(path, Problem.MOMENT)
    if found.name == "DateTime":
        return _Value(f"toDateTime({sql}, 'UTC')")
    first, last = (f"toDateTime64('{edge}', 0, 'UTC')" for edge in ("1970-01-01 00:00:00", LATEST))
    if found.name == "DateTime64":
        whole = f"toDateTime64({sql}, 0, 'UTC')"
        return _Value(f"toDateTime({sql}, 'UTC')", ((f"ifNull(NOT {whole} BETWEEN {first} AND {last}, 0)", wrong),))
    if found.name != "String":
        return _misfit(sql, path, Problem.MOMENT)
    read = f"parseDateTime64BestEffortOrNull({sql}, 0, 'UTC')"
    fits = f"match({sql}, {literal(TIME_PATTERN)}) AND ifNull({read} BETWEEN {first} AND {last}, 0)"
    return _Value(f"toDateTime({read}, 'UTC')", ((f"NOT ifNull({fits}, 1)", wrong),))


def _misfit(sql: str, path: str, problem: Problem) -> _Value:
    return _Value("NULL", ((f"isNotNull({sql})", _reason(path, problem)),))


def _reason(path: str, problem: Problem) -> str:
    return f"{path}: {TEXTS[problem]}"
