"""The vocabulary in which field tables are written, one line a field; holds no fields itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringledger.catalogue.fields import Field, Grouping, Kind

DERIVED: Final = "derived"
LOOKED_UP: Final = "looked up"

_FLAGS: Final = frozenset("FSD")


def line(  # noqa: PLR0913 - a line of the table names all that a field has
    name: str,
    kind: Kind,
    flags: str,
    meaning: str,
    *,
    origin: str = "stated",
    required: bool = False,
    repeats: bool = False,
    bits: int = 64,
    counts_up: bool = False,
    contact_number: bool = False,
    name_of: tuple[str, str] | None = None,
    values: Iterable[str] = (),
    members: tuple[Field, ...] = (),
) -> Field:
    """A field; `flags` holds F (may be filtered), S (may be sorted) and D (in the default reply)."""
    if not set(flags) <= _FLAGS:
        raise ValueError(f"flags {flags!r} of field {name!r} are not of F, S and D")
    return Field(
        name=name,
        kind=kind,
        meaning=meaning,
        origin=origin,
        filterable="F" in flags,
        sortable="S" in flags,
        default="D" in flags,
        required=required,
        repeats=repeats,
        bits=bits,
        counts_up=counts_up,
        contact_number=contact_number,
        name_of=name_of,
        values=tuple(values),
        members=members,
    )


def number(name: str, flags: str, meaning: str, *, origin: str = "stated", required: bool = False) -> Field:
    """A whole number up to 2^53, mostly an id."""
    return line(name, Kind.NUMBER, flags, meaning, origin=origin, required=required)


def key(name: str, flags: str, meaning: str) -> Field:
    """Text that tells rows apart; never null."""
    return line(name, Kind.STRING, flags, meaning, origin=DERIVED, required=True)


def count(name: str, flags: str, meaning: str, *, origin: str = "stated", counts_up: bool = False) -> Field:
    """A whole number from 0 to 2^32 - 1: a count, or a duration in seconds."""
    return line(name, Kind.NUMBER, flags, meaning, origin=origin, bits=32, counts_up=counts_up)


def text(name: str, flags: str, meaning: str, *, origin: str = "stated", contact_number: bool = False) -> Field:
    """Text with mostly distinct values."""
    return line(name, Kind.STRING, flags, meaning, origin=origin, contact_number=contact_number)


def term(name: str, flags: str, meaning: str, *, origin: str = "stated") -> Field:
    """Text with few distinct values, such as the name of a campaign."""
    return line(name, Kind.STRING, flags, meaning, origin=origin, repeats=True)


def name(name: str, flags: str, meaning: str, kind: str, by: str) -> Field:
    """The name of an entry of the directory, of that kind and with the id in the field `by`."""
    return line(name, Kind.STRING, flags, meaning, origin=LOOKED_UP, repeats=True, name_of=(kind, by))


def code(name: str, flags: str, meaning: str, values: Iterable[str], *, origin: str = "stated") -> Field:
    """One of a fixed list of codes."""
    return line(name, Kind.ENUM, flags, meaning, origin=origin, repeats=True, values=values)


def flag(name: str, flags: str, meaning: str, *, origin: str = "stated") -> Field:
    """True or false."""
    return line(name, Kind.BOOLEAN, flags, meaning, origin=origin)


def moment(name: str, flags: str, meaning: str, *, origin: str = "stated", required: bool = False) -> Field:
    """A moment to the second, shown in the account's time zone."""
    return line(name, Kind.ISO8601, flags, meaning, origin=origin, required=required)


def reckoned(name: str, meaning: str, by: Grouping) -> Field:
    """A number that filters know, and that the report's moment tells in the account's time zone."""
    return Field(name=name, kind=Kind.NUMBER, meaning=meaning, filterable=True, required=True, reckoned=by)


def decimal(name: str, flags: str, meaning: str, *, origin: str = "stated") -> Field:
    """A number that keeps its decimals."""
    return line(name, Kind.DECIMAL, flags, meaning, origin=origin)


def array(
    name: str, flags: str, meaning: str, *members: Field, origin: str = "stated", contact_number: bool = False
) -> Field:
    """An array of objects with these members, or of plain strings where there are none."""
    return line(name, Kind.ARRAY, flags, meaning, origin=origin, members=members, contact_number=contact_number)


def codes(name: str, flags: str, meaning: str, values: Iterable[str], *, origin: str = "stated") -> Field:
    """An array of codes of a fixed list."""
    return line(name, Kind.ARRAY, flags, meaning, origin=origin, repeats=True, values=values)


def record(name: str, flags: str, meaning: str, *members: Field, origin: str = "stated") -> Field:
    """An object with these members; `{}` where all of them are null."""
    return line(name, Kind.OBJECT, flags, meaning, origin=origin, members=members)
