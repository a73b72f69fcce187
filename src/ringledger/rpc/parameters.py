"""Checks parameters against the catalogue: names, then what is required, then types and values, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from ringledger.catalogue.parameters import Parameter
from ringledger.faults import CallerFault
from ringledger.reporting.moments import parse_local

LARGEST_NUMBER: Final = 2**53

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "enum": (str,),
    "iso8601": (str,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check_names(parameters: Iterable[Parameter], params: Mapping[str, Any], path: str = "") -> None:
    """Refuses what has no place and asks for what is required; null is absent. Raises CallerFault."""
    known = {parameter.name: parameter for parameter in parameters}
    for name, value in params.items():
        if name not in known:
            raise CallerFault("unexpected_parameters", f"{path}{name}", value)
    for name, parameter in known.items():
        if parameter.required and params.get(name) is None:
            raise CallerFault("required_parameter_missed", f"{path}{name}")


def check_values(parameters: Iterable[Parameter], params: Mapping[str, Any], path: str = "") -> None:
    """Checks type and value of each parameter that is there, members of objects with it. Raises CallerFault."""
    for parameter in parameters:
        value = params.get(parameter.name)
        if value is not None:
            _check(parameter, parameter.type, value, f"{path}{parameter.name}")


def _check(parameter: Parameter, kind: str, value: Any, path: str) -> None:  # noqa: ANN401 - any JSON value
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        raise CallerFault("data_type_error", path, value)
    if isinstance(value, list):
        _check_items(parameter, value, path)
    elif isinstance(value, dict):
        if parameter.members:
            check_names(parameter.members, value, f"{path}.")
            check_values(parameter.members, value, f"{path}.")
    elif not _fits(parameter, kind, value):
        raise CallerFault("invalid_parameter_value", path, value)


def _check_items(parameter: Parameter, items: list[Any], path: str) -> None:
    if not _within(parameter, len(items)):
        raise CallerFault("invalid_parameter_value", path, items)
    kind = "object" if parameter.members else parameter.items
    if kind:
        item = Parameter(name=parameter.name, type=kind, meaning="", values=parameter.values, members=parameter.members)
        for at, value in enumerate(items):
            _check(item, kind, value, f"{path}.{at}")


def _fits(parameter: Parameter, kind: str, value: Any) -> bool:  # noqa: ANN401 - of that type already
    match kind:
        case "enum":
            return value in parameter.values
        case "iso8601":
            return parse_local(value) is not None
        case "string":
            # The registry's databases keep no such text.
            return "\x00" not in value and _within(parameter, len(value))
        case "number":
            exact = abs(value) <= LARGEST_NUMBER and (not parameter.whole or value == int(value))
            return exact and _within(parameter, value)
        case _:
            return True


def _within(parameter: Parameter, value: float) -> bool:
    return (parameter.least is None or value >= parameter.least) and (parameter.most is None or value <= parameter.most)
