"""What nearly every line of a session file looks like, as one regular expression; says nothing of the others.

A line of this form, with each member once and the moments in order, is surely a record: it needs no look at each
member. A line of another form may still be one, which session_checks decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Kind
from ringledger.store.session_checks import accepted_values, literal

_GAP: Final = r"[ \t\r]*"
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_ID: Final = r"[1-9]\d{0,14}"
_WHOLE: Final = r"-?(?:0|[1-9]\d{0,14})"
_COUNT: Final = r"(?:0|[1-9]\d{0,8})"
_DECIMAL: Final = r"-?\d{1,15}(?:\.\d+)?(?:[eE][-+]?\d{1,3})?"
_DATE: Final = (
    r"(?:(?:197[1-9]|19[89]\d|20\d\d)-"
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|(?:19(?:7[26]|8[048]|9[26])|20(?:[02468][048]|[13579][26]))-02-29)"
)
"""A day of the years 1971 to 2099, whose moments the engine holds in every zone."""
_MOMENT: Final = rf'"{_DATE}[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{{1,9}})?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?"'
_SCALARS: Final = {
    Kind.DECIMAL: _DECIMAL,
    Kind.STRING: _TEXT,
    Kind.BOOLEAN: "(?:true|false)",
    Kind.ISO8601: _MOMENT,
}

_MOMENTS: Final = (
    f"JSONExtract(line, 'Tuple({CALLS_REPORT.moment} DateTime(\\'UTC\\'), "
    f"{CALLS_REPORT.finish} Nullable(DateTime(\\'UTC\\')))')"
)


def plain_form(column: str | None) -> str:
    """The regular expression of a plain line; a `column` that routes records is text."""
    members = [(json.dumps(field.name), _value(field)) for field in CALLS_REPORT.fields]
    if column is not None and CALLS_REPORT.field(column) is None:
        members.append((json.dumps(column, ensure_ascii=False), _TEXT))
    return f"^{_GAP}{_object(members)}{_GAP}$"


def is_plain(column: str | None) -> str:
    """SQL for whether the JSON text `line` is plain, with plain_form bound as {plain:String}.

    With a `column`, bound as {column:String}, that member must be one of {names:Array(String)}. The engine's JSON
    parser, which finds the keys, sees to what the form leaves open: valid UTF-8, escapes and numbers.
    """
    keys = "JSONExtractKeys(line)"
    conditions = [
        "match(line, {plain:String})",
        *(f"has({keys}, {literal(field.name)})" for field in CALLS_REPORT.fields if field.required),
        f"arrayUniq({keys}) = length({keys})",
        f"ifNull({_MOMENTS}.2 >= {_MOMENTS}.1, 1)",
    ]
    if column is not None:
        conditions.append("has({names:Array(String)}, JSONExtractString(line, {column:String}))")
    # A sum, unlike AND, does not make the engine copy the lines for which the conditions hold so far.
    return f"{' + '.join(f'({condition})' for condition in conditions)} = {len(conditions)}"


def _value(field: Field) -> str:
    if field.required:
        return _ID if field.kind is Kind.NUMBER else _MOMENT
    return f"(?:null|{_stated(field)})"


def _stated(field: Field) -> str:
    match field.kind:
        case Kind.NUMBER:
            return _COUNT if field.bits == 32 else _WHOLE
        case Kind.ENUM:
            return _one_of(accepted_values(field))
        case Kind.ARRAY:
            return rf"\[{_GAP}(?:{_listed(_item(field))})?\]"
    return _SCALARS[field.kind]


def _item(field: Field) -> str:
    if field.members:
        return _object([(json.dumps(member.name), _value(member)) for member in field.members])
    return _one_of(field.values) if field.values else _TEXT


def _object(members: Iterable[tuple[str, str]]) -> str:
    """An object of these members in any order; those of one form share it, which keeps the expression small."""
    names: dict[str, list[str]] = {}
    for name, value in members:
        names.setdefault(value, []).append(re.escape(name))
    member = "|".join(f"(?:{'|'.join(same)}){_GAP}:{_GAP}{value}" for value, same in names.items())
    return rf"\{{{_GAP}(?:{_listed(f'(?:{member})')})?\}}"


def _listed(item: str) -> str:
    return f"{item}{_GAP}(?:,{_GAP}{item}{_GAP})*"


def _one_of(values: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(json.dumps(value)) for value in values)})"
