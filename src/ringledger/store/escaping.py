"""Turns values into what the engine binds; the only place where values meet text.

The engine reads a bound string as escaped text: a raw newline in it is an error and a backslash before an n becomes
a newline. The client library escapes what it binds; arrays of strings it renders as a literal. Both are proved by
tests/store/test_escaping.py over quotes, backslashes, control characters and emoji.
"""

from __future__ import annotations

from collections.abc import Mapping


def bound(values: Mapping[str, object]) -> dict[str, object]:
    """The values as the client library binds them. Raises TypeError for a value that has no place in SQL."""
    return {name: _checked(name, value) for name, value in values.items()}


def _checked(name: str, value: object) -> object:
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_checked(name, item) for item in value]
    raise TypeError(f"value {name!r} of type {type(value).__name__} cannot be bound")
