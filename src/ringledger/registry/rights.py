"""What a user may do and see; decides nothing about a request."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class Role(StrEnum):
    """An administrator may call every method, a reader only those that change nothing."""

    ADMINISTRATOR = "administrator"
    READER = "reader"


class Scope(msgspec.Struct, frozen=True):
    """The calls that a confined user sees: those of any of these employees, virtual numbers or sites."""

    employee_ids: tuple[int, ...] = ()
    virtual_numbers: tuple[str, ...] = ()
    site_ids: tuple[int, ...] = ()


class View(msgspec.Struct, frozen=True):
    """What a user sees of an account: all of it or a scope, numbers of contacts whole or masked."""

    scope: Scope | None = None
    is_masked: bool = False


WHOLE: Final = View()
"""All of an account, nothing masked."""
