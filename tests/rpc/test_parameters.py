"""Parameters checked against the catalogue: every type, nesting and bound, with exact paths."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ringledger.catalogue.parameters import Parameter
from ringledger.faults import CallerFault
from ringledger.rpc.parameters import check_names, check_values


def named(name: str, kind: str, **more: Any) -> Parameter:
    return Parameter(name=name, type=kind, meaning="", **more)


PARAMETERS = (
    named("name", "string", required=True, least=1, most=5),
    named("count", "number", least=0),
    named("cost", "number", whole=False),
    named("status", "enum", values=("on", "off")),
    named("moment", "iso8601"),
    named("active", "boolean"),
    named("emails", "array", items="string", most=2),
    named("events", "array", items="enum", values=("processed", "error")),
    named("coach", "object", members=(named("id", "number", required=True), named("always", "boolean"))),
    named("calls", "array", members=(named("ext_id", "string", required=True), named("tags", "array", items="number"))),
    named("anything", "object"),
)
GOOD = {
    "name": "Zoë",
    "count": 2.0,
    "cost": 1.5,
    "status": "on",
    "moment": "2026-03-01 00:00:00",
    "active": False,
    "emails": ["a@b", "c@d"],
    "events": ["error"],
    "coach": {"id": 7, "always": True},
    "calls": [{"ext_id": "a", "tags": [1, 2]}, {"ext_id": "b", "tags": None}],
    "anything": {"at": {"all": [1]}},
}


def check(params: dict[str, Any]) -> None:
    check_names(PARAMETERS, params)
    check_values(PARAMETERS, params)


@pytest.mark.parametrize("params", [GOOD, {"name": "a"}, {"name": "a"} | dict.fromkeys(set(GOOD) - {"name"})])
def test_what_the_catalogue_says_is_taken_and_null_is_absent(params: dict[str, Any]) -> None:
    check(params)


@pytest.mark.parametrize(
    ("change", "mnemonic", "field"),
    [
        ({"nope": 1, "name": None}, "unexpected_parameters", "nope"),
        ({"name": None, "count": "x"}, "required_parameter_missed", "name"),
        ({"name": 7, "count": "x"}, "data_type_error", "name"),
        ({"name": ""}, "invalid_parameter_value", "name"),
        ({"name": "too long"}, "invalid_parameter_value", "name"),
        ({"name": "a\x00"}, "invalid_parameter_value", "name"),
        ({"count": True}, "data_type_error", "count"),
        ({"count": "1"}, "data_type_error", "count"),
        ({"count": 1.5}, "invalid_parameter_value", "count"),
        ({"count": -1}, "invalid_parameter_value", "count"),
        ({"count": 2**53 + 1}, "invalid_parameter_value", "count"),
        ({"cost": Decimal("1e999")}, "invalid_parameter_value", "cost"),
        ({"status": "up"}, "invalid_parameter_value", "status"),
        ({"status": 1}, "data_type_error", "status"),
        ({"moment": "2026-02-30 00:00:00"}, "invalid_parameter_value", "moment"),
        ({"active": 0}, "data_type_error", "active"),
        ({"emails": "a@b"}, "data_type_error", "emails"),
        ({"emails": ["a@b", 5]}, "data_type_error", "emails.1"),
        ({"emails": ["a", "b", "c"]}, "invalid_parameter_value", "emails"),
        ({"emails": [None]}, "data_type_error", "emails.0"),
        ({"events": ["error", "lost"]}, "invalid_parameter_value", "events.1"),
        ({"coach": []}, "data_type_error", "coach"),
        ({"coach": {}}, "required_parameter_missed", "coach.id"),
        ({"coach": {"id": 1, "nope": 2}}, "unexpected_parameters", "coach.nope"),
        ({"coach": {"id": 1, "always": "yes"}}, "data_type_error", "coach.always"),
        ({"calls": [7]}, "data_type_error", "calls.0"),
        ({"calls": [{"ext_id": "a"}, {}]}, "required_parameter_missed", "calls.1.ext_id"),
        ({"calls": [{"ext_id": "a", "tags": [1, "2"]}]}, "data_type_error", "calls.0.tags.1"),
    ],
)
def test_the_first_parameter_that_does_not_fit_is_named(change: dict[str, Any], mnemonic: str, field: str) -> None:
    with pytest.raises(CallerFault) as caught:
        check(GOOD | change)
    assert (caught.value.mnemonic, caught.value.field) == (mnemonic, field)
