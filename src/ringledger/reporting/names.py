"""Today's names over those that stored rows know, as SQL; knows no query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ringledger.catalogue.fields import Field, Kind
from ringledger.registry.changed_names import ChangedNames
from ringledger.store.schema import column_type

Bind = Callable[[object, str], str]


def with_names(field: Field, column: str, row: str, names: ChangedNames, bind: Bind) -> str:
    """The column with the names that changed, without array items of what was taken away; `row` is its table's name.

    Where nothing that the field names has changed, it is the column itself, so that others pay nothing.
    """
    if field.kind is Kind.ARRAY:
        return _array(field, column, names, bind)
    changed = _changed(field, names)
    if not changed or field.name_of is None:
        return column
    return _name(f"{row}.{field.name_of[1]}", column, changed, bind)


def _changed(field: Field, names: ChangedNames) -> Mapping[int, str | None]:
    return names.get(field.name_of[0], {}) if field.name_of else {}


def _array(field: Field, column: str, names: ChangedNames, bind: Bind) -> str:
    if not any(_changed(member, names) for member in field.members):
        return column
    made = []
    for member in field.members:
        value, changed = f"one.{member.name}", _changed(member, names)
        if changed and member.name_of is not None:
            by = member.name_of[1]
            value = _name(f"one.{by}", value, changed, bind)
            gone = [entity for entity, name in changed.items() if name is None]
            if gone:
                column = f"arrayFilter(one -> ifNull(one.{by}, 0) NOT IN {bind(gone, 'Array(Int64)')}, {column})"
        made.append(value)
    members = ", ".join(f"{member.name} {column_type(member)}" for member in field.members)
    return f"arrayMap(one -> CAST(tuple({', '.join(made)}), {bind(f'Tuple({members})', 'String')}), {column})"


def _name(by: str, stored: str, changed: Mapping[int, str | None], bind: Bind) -> str:
    known = {entity: name for entity, name in changed.items() if name is not None}
    if not known:
        return stored
    ids, names = bind(list(known), "Array(Int64)"), bind(list(known.values()), "Array(String)")
    return f"transform(ifNull({by}, 0), {ids}, {names}, {stored})"
