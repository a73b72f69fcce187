"""Which numbers the parties of a call have, in E.164 where they are full numbers; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringledger.calls.assembly import Call
from ringledger.calls.codes import Direction
from ringledger.calls.directory import Employee
from ringledger.calls.legs import Leg
from ringledger.calls.phone_numbers import e164

_NOBODY: Final = frozenset(
    {"", "s", "h", "i", "t", "anonymous", "asterisk", "unknown", "<unknown>", "unavailable", "restricted", "private"}
)
"""What switches write where there is no number: special extensions and withheld callers."""


def first_stated(numbers: Iterable[str | None], country: str | None) -> str | None:
    """The first that is a number, read as one dials it in the country; None where there is none."""
    return next((e164(number, country) for number in numbers if number and number.lower() not in _NOBODY), None)


def contact_number(call: Call, direction: Direction) -> str | None:
    """The outside party's number: the directory's, else the caller's, of an outgoing call what was dialled."""
    contacts = call.contact_legs
    stated = first_stated([getattr(call.parties[leg.key], "number", None) for leg in contacts], call.country)
    callers = first_stated([leg.number for leg in contacts], call.country)
    if direction is Direction.IN:
        return stated or callers
    dialled = first_stated([leg.dialled for leg, _ in call.employee_legs], call.country)
    return stated or (dialled if dialled and dialled.isdigit() else None) or callers


def virtual_number(call: Call, direction: Direction) -> str | None:
    """What the contact dialled; records do not tell which number an outgoing call showed."""
    return first_stated([leg.dialled for leg in call.contact_legs], call.country) if direction is Direction.IN else None


def operator_number(call: Call) -> str | None:
    """The number of the employee's leg that talked last, else was rung last; None where no employee took part."""
    if not call.employee_legs:
        return None
    talked = call.conversations[-1].legs if call.conversations else ()
    leg, employee = next(
        (found for found in reversed(call.employee_legs) if found[0].key in talked), call.employee_legs[-1]
    )
    return employee_number(leg, employee, call.country)


def employee_number(leg: Leg, employee: Employee, country: str | None) -> str | None:
    """The number at which the leg reached the employee; one of the employee's own if possible."""
    numbers = [e164(number, country) for number in employee.numbers]
    stated = e164(leg.number or "", country)
    return stated if stated in numbers else first_stated([*numbers, stated], country)
