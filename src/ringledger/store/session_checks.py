"""What is wrong with a record of a session file, as SQL over its JSON text; reads no file and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind

NOT_FILLED_IN: Final = ("visitor_type", "Not filled in")
"""The code that stands for null in uploaded records, and the field that has it."""

WHOLE_LIMIT: Final = 2**53
"""Whole numbers stay below this, so that every JSON reader keeps them exact."""

TIME_PATTERN: Final = (
    r"^\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?$"
)
LATEST: Final = "2106-02-07 06:28:15"
"""The last moment that the engine's type for moments holds."""


class Shape(IntEnum):
    """What may stand at a member of a record."""

    UNKNOWN = 0
    WHOLE = 1
    COUNT = 2
    DECIMAL = 3
    TEXT = 4
    FLAG = 5
    MOMENT = 6
    CODE = 7
    ARRAY = 8
    TEXT_ITEM = 9
    CODE_ITEM = 10
    OBJECT_ITEM = 11
    ACCOUNT = 12


class Problem(IntEnum):
    """What is wrong with a member; 0 is nothing."""

    UNKNOWN = 1
    WHOLE = 2
    RANGE = 3
    DECIMAL = 4
    TEXT = 5
    FLAG = 6
    MOMENT = 7
    CODE = 8
    ARRAY = 9
    OBJECT = 10


TEXTS: Final[dict[Problem, str]] = {
    Problem.UNKNOWN: "unknown member",
    Problem.WHOLE: "a whole number belongs here",
    Problem.RANGE: "the number is out of range",
    Problem.DECIMAL: "a number belongs here",
    Problem.TEXT: "text belongs here",
    Problem.FLAG: "true or false belongs here",
    Problem.MOMENT: "a time like 2026-01-31 23:59:59 belongs here",
    Problem.CODE: "not one of the known values",
    Problem.ARRAY: "an array belongs here",
    Problem.OBJECT: "an object belongs here",
}

NOT_AN_OBJECT: Final = "not a JSON object"
FINISH_BEFORE_START: Final = "finish_time: earlier than start_time"
UNKNOWN_ACCOUNT: Final = "no account has this name"

_SCALAR_SHAPES: Final = {
    Kind.DECIMAL: Shape.DECIMAL,
    Kind.STRING: Shape.TEXT,
    Kind.BOOLEAN: Shape.FLAG,
    Kind.ISO8601: Shape.MOMENT,
    Kind.ENUM: Shape.CODE,
    Kind.ARRAY: Shape.ARRAY,
}


def literal(text: str) -> str:
    """A text of the program's own as an SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def accepted_values(field: Field) -> tuple[str, ...]:
    """The codes that a record may have at the field."""
    name, value = NOT_FILLED_IN
    return (*field.values, value) if field.name == name and value not in field.values else field.values


def _shape(field: Field) -> Shape:
    if field.kind is Kind.NUMBER:
        return Shape.COUNT if field.bits == 32 else Shape.WHOLE
    return _SCALAR_SHAPES[field.kind]


def _item_shape(field: Field) -> Shape:
    if field.members:
        return Shape.OBJECT_ITEM
    return Shape.CODE_ITEM if field.values else Shape.TEXT_ITEM


def _members() -> Iterator[tuple[str, Shape, Field]]:
    """Every member of a record; `tags[]` are the items of tags and `tags.tag_id` their members."""
    for field in CALLS_REPORT.fields:
        yield field.name, _shape(field), field
        if field.kind is Kind.ARRAY:
            yield f"{field.name}[]", _item_shape(field), field
        for member in field.members:
            yield f"{field.name}.{member.name}", _shape(member), member


_TABLE: Final = tuple(_members())
_WITH_OBJECTS: Final = [field.name for field in CALLS_REPORT.fields if field.members]
_ARRAYS: Final = [field.name for field in CALLS_REPORT.fields if field.kind is Kind.ARRAY]


def _texts(values: list[str]) -> str:
    return "[" + ", ".join(map(literal, values)) + "]"


def _set(values: list[str]) -> str:
    return "(" + ", ".join(map(literal, values)) + ")"


def _known_codes() -> list[str]:
    return [
        f'{name}="{value}"'
        for name, shape, field in _TABLE
        if shape in {Shape.CODE, Shape.CODE_ITEM}
        for value in accepted_values(field)
    ]


def _shape_of(member: str, column: str | None) -> str:
    names = [literal(name) for name, _, _ in _TABLE]
    shapes = [int(shape) for _, shape, _ in _TABLE]
    if column is not None and CALLS_REPORT.field(column) is None:
        # A column that routes records is known though no field has its name.
        names.append("{column:String}")
        shapes.append(Shape.ACCOUNT)
    return f"transform({member}, [{', '.join(names)}], [{', '.join(f'{shape:d}' for shape in shapes)}], 0)"


def _problem(pair: str, column: str | None) -> str:
    """The Problem of a pair of member and raw JSON value, 0 for none."""
    member, value = f"{pair}.1", f"{pair}.2"
    shape = _shape_of(member, column)
    number = f"toFloat64OrZero({value})"
    whole = f"{number} != trunc({number}), {Problem.WHOLE:d}"
    digits = f"NOT match({value}, '^[-0-9]')"
    moment = f"parseDateTime64BestEffortOrNull(JSONExtractString({value}), 0, 'UTC')"
    code = f"concat({member}, '=', {value}) IN {_set(_known_codes())}"
    text = f"startsWith({value}, '\"')"
    least = f"if({member} = 'id', 1, {1 - WHOLE_LIMIT})"
    return f"""multiIf(
        {shape} = {Shape.UNKNOWN:d}, {Problem.UNKNOWN:d},
        {shape} = {Shape.OBJECT_ITEM:d}, {Problem.OBJECT:d},
        {shape} = {Shape.TEXT_ITEM:d}, if({text}, 0, {Problem.TEXT:d}),
        {shape} = {Shape.CODE_ITEM:d}, if({code}, 0, {Problem.CODE:d}),
        {value} = 'null', 0,
        {shape} = {Shape.TEXT:d}, if({text}, 0, {Problem.TEXT:d}),
        {shape} = {Shape.WHOLE:d}, multiIf({digits}, {Problem.WHOLE:d}, {whole},
            {number} < {least} OR {number} >= {WHOLE_LIMIT}, {Problem.RANGE:d}, 0),
        {shape} = {Shape.COUNT:d}, multiIf({digits}, {Problem.WHOLE:d}, {whole},
            {number} < 0 OR {number} > {2**32 - 1}, {Problem.RANGE:d}, 0),
        {shape} = {Shape.CODE:d}, if({code}, 0, {Problem.CODE:d}),
        {shape} = {Shape.FLAG:d}, if({value} IN ('true', 'false'), 0, {Problem.FLAG:d}),
        {shape} = {Shape.MOMENT:d}, if({text} AND match(JSONExtractString({value}), {literal(TIME_PATTERN)})
            AND ifNull({moment} BETWEEN toDateTime64('1970-01-01 00:00:00', 0, 'UTC')
                AND toDateTime64('{LATEST}', 0, 'UTC'), 0), 0, {Problem.MOMENT:d}),
        {shape} = {Shape.ARRAY:d}, if(startsWith({value}, '['), 0, {Problem.ARRAY:d}),
        {shape} = {Shape.DECIMAL:d}, if({digits}, {Problem.DECIMAL:d}, 0),
        0)"""


_ITEM: Final = f"""if(pair.1 IN {_set(_WITH_OBJECTS)} AND startsWith(item, '{{'),
        arrayMap(inner -> (concat(pair.1, '.', inner.1), inner.2), JSONExtractKeysAndValuesRaw(item)),
        [(concat(pair.1, '[]'), item)])"""

_NESTED: Final = f"""arrayFlatten(arrayMap(pair -> arrayFlatten(arrayMap(item -> {_ITEM},
        JSONExtractArrayRaw(pair.2))),
        arrayFilter(pair -> startsWith(pair.2, '[') AND pair.2 != '[]' AND pair.1 IN {_set(_ARRAYS)}, pairs)))"""


def _raw(member: str) -> str:
    return f"pairs[indexOf(pairs.1, {member})].2"


def _moment_of(member: str) -> str:
    return f"parseDateTime64BestEffortOrNull(JSONExtractString({_raw(literal(member))}), 0, 'UTC')"


def _problem_text(member: str, problem: str) -> str:
    numbers = ", ".join(f"{problem:d}" for problem in TEXTS)
    return f"concat({member}, ': ', transform({problem}, [{numbers}], {_texts(list(TEXTS.values()))}, ''))"


def _unfit_members(column: str | None) -> str:
    return f"""arrayExists(pair -> {_problem("pair", column)} != 0, pairs)
    + arrayExists(pair -> {_problem("pair", column)} != 0, {_NESTED})"""


def _row_checks(column: str | None) -> list[tuple[str, str]]:
    """What must hold for a record as a whole: conditions under which it does not, and reasons, both SQL."""
    checks = [
        (f"{_raw(literal(field.name))} IN ('', 'null')", literal(f"{field.name}: missing"))
        for field in CALLS_REPORT.fields
        if field.required
    ]
    if column is not None:
        named = _raw("{column:String}")
        name = f"if(startsWith({named}, '\"'), JSONExtractString({named}), {named})"
        checks.append(
            (
                f"NOT has({{names:Array(String)}}, {name})",
                f"concat({{column:String}}, {literal(f': {UNKNOWN_ACCOUNT}')})",
            )
        )
    finish, start = _moment_of(CALLS_REPORT.finish), _moment_of(CALLS_REPORT.moment)
    checks.append((f"ifNull({finish} < {start}, 0)", literal(FINISH_BEFORE_START)))
    return checks


def json_unfit(column: str | None) -> str:
    """SQL for whether the JSON text `line` is no record.

    With a `column`, bound as {column:String}, that member must be one of {names:Array(String)}. A lambda holds the
    text's members so that it is parsed once; sums, unlike OR, do not make the engine copy them.
    """
    rows = " + ".join(f"({condition})" for condition, _ in _row_checks(column))
    return f"""arrayExists(pairs -> {_unfit_members(column)}
    + (arrayUniq(pairs.1) != length(pairs)) + {rows} > 0, [JSONExtractKeysAndValuesRaw(line)])"""


def json_reason(column: str | None) -> str:
    """SQL for why the JSON text `line` is no record, '' if it is one; dear, so only for those that json_unfit finds."""
    twice = "arrayFirst((name, place) -> indexOf(pairs.1, name) != place, pairs.1, arrayEnumerate(pairs.1))"
    rows = ", ".join(f"{condition}, {reason}" for condition, reason in _row_checks(column))
    wrong = f"""arrayFirst(found -> found.2 != 0, arrayMap(
        pair -> (pair.1, toUInt8({_problem("pair", column)})), arrayConcat(pairs, {_NESTED})))"""
    reason = f"""multiIf(
    empty(pairs) AND JSONType(line) != 'Object', {literal(NOT_AN_OBJECT)},
    wrong.1 != '', {_problem_text("replaceOne(wrong.1, '[]', '')", "wrong.2")},
    arrayUniq(pairs.1) != length(pairs), concat({twice}, ': there twice'),
    {rows},
    '')"""
    return f"arrayMap(pairs -> arrayMap(wrong -> {reason}, [{wrong}])[1], [JSONExtractKeysAndValuesRaw(line)])[1]"
