"""The vocabulary in which methods' own parameters are written, one line a parameter; holds no parameters itself."""

from __future__ import annotations

from collections.abc import Iterable

from ringledger.catalogue.parameters import Parameter


def string(
    name: str, meaning: str, *, required: bool = False, least: int | None = None, most: int | None = 300
) -> Parameter:
    """Text; `least` and `most` bound its length."""
    return Parameter(name=name, type="string", meaning=meaning, required=required, least=least, most=most)


def integer(
    name: str, meaning: str, *, required: bool = False, least: int | None = 0, most: int | None = None
) -> Parameter:
    """A whole number, mostly a count or an id."""
    return Parameter(name=name, type="number", meaning=meaning, required=required, least=least, most=most)


def fraction(name: str, meaning: str, *, required: bool = False, least: int | None = None) -> Parameter:
    """A number that keeps its decimals."""
    return Parameter(name=name, type="number", meaning=meaning, required=required, least=least, whole=False)


def truth(name: str, meaning: str, *, required: bool = False) -> Parameter:
    """True or false."""
    return Parameter(name=name, type="boolean", meaning=meaning, required=required)


def choice(name: str, meaning: str, values: Iterable[str], *, required: bool = False) -> Parameter:
    """One of a fixed list of codes."""
    return Parameter(name=name, type="enum", meaning=meaning, required=required, values=tuple(values))


def choices(name: str, meaning: str, values: Iterable[str]) -> Parameter:
    """An array of codes of a fixed list."""
    return Parameter(name=name, type="array", meaning=meaning, items="enum", values=tuple(values))


def moment(name: str, meaning: str, *, required: bool = False) -> Parameter:
    """A moment in the account's time zone."""
    return Parameter(name=name, type="iso8601", meaning=meaning, required=required)


def ids(name: str, meaning: str, most: int | None = None) -> Parameter:
    """An array of ids."""
    return Parameter(name=name, type="array", meaning=meaning, items="number", most=most)


def strings(name: str, meaning: str, *, required: bool = False, most: int | None = None) -> Parameter:
    """An array of texts."""
    return Parameter(name=name, type="array", meaning=meaning, items="string", required=required, most=most)


def entries(
    name: str,
    meaning: str,
    *members: Parameter,
    required: bool = False,
    least: int | None = None,
    most: int | None = None,
) -> Parameter:
    """An array of objects; `least` and `most` bound their number."""
    return Parameter(
        name=name, type="array", meaning=meaning, members=members, required=required, least=least, most=most
    )


def entry(name: str, meaning: str, *members: Parameter, required: bool = False) -> Parameter:
    """An object."""
    return Parameter(name=name, type="object", meaning=meaning, members=members, required=required)
