"""The three families of errors; holds no wording of the protocol (rpc/errors.py has that) and no handling."""

from __future__ import annotations

from typing import Final


class Absent:
    """The type of `ABSENT`."""


ABSENT: Final = Absent()
"""Stands for "no value was sent", where None would mean a JSON null."""


class CallerFault(Exception):
    """The caller asked for something that cannot be answered.

    `mnemonic` is a key of the protocol's error table, `field` the dotted path of the parameter, `value` what was
    sent and `params` what varies in the message.
    """

    def __init__(
        self,
        mnemonic: str,
        field: str | None = None,
        value: object = ABSENT,
        params: dict[str, object] | None = None,
    ) -> None:
        super().__init__(mnemonic if field is None else f"{mnemonic}: {field}")
        self.mnemonic = mnemonic
        self.field = field
        self.value = value
        self.params = params or {}


class RecordFault(Exception):
    """A call record that cannot be read; `reason` is for the person who feeds the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EngineFault(Exception):
    """Our own storage failed; the text may hold stored values, so it goes to the log and never to a client."""


class OperatorFault(Exception):
    """A command cannot be carried out; the text says in one line what is wrong and how to mend it."""
