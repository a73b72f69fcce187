"""The methods have the parameters, fields and flags of the reference, nested ones after what holds them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ringledger.catalogue.fields import Field
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.parameters import ACCESS, PAGING, Parameter

TABLE: list[dict[str, str]] = []
for _name in ("access_methods.csv", "directory_methods.csv"):
    with (Path(__file__).parent / _name).open(encoding="utf-8", newline="") as _table:
        TABLE += csv.DictReader(_table)

# The reference lists no values of these enums, so any text is one.
OPEN_ENUMS = {"campaign_parameter", "segment_parameter"}
OWN_FIELDS = {("get.api_requests", "api_request_rows"), ("get.customer_users", "timezone")}


def _all_fields(fields: Iterable[Field]) -> Iterator[tuple[str, str, str]]:
    for field in fields:
        flags = ("F" if field.filterable else "") + ("S" if field.sortable else "")
        yield field.name, field.kind.protocol_name, flags
        yield from _all_fields(field.members)


def _all_parameters(parameters: Iterable[Parameter]) -> Iterator[tuple[str, str, str]]:
    for one in parameters:
        yield one.name, one.type, "required" if one.required else ""
        yield from _all_parameters(one.members)


def _wanted(method: str, part: str) -> list[tuple[str, str, str]]:
    return [
        (row["name"], "string" if row["name"] in OPEN_ENUMS else row["type"], row["flags"])
        for row in TABLE
        if (row["method"], row["part"]) == (method, part)
    ]


@pytest.mark.parametrize("name", sorted({row["method"] for row in TABLE}))
def test_a_method_is_as_the_reference_has_it(name: str) -> None:
    method = METHODS[name]
    own = [parameter for parameter in method.parameters if parameter not in (*ACCESS, *PAGING)]
    # The reference tells the members of a campaign's conditions last of all.
    ordered = sorted if name.endswith(".campaigns") else list
    assert ordered(_all_parameters(own)) == ordered(_wanted(name, "param"))
    if method.report is not None:
        found = [field for field in _all_fields(method.report.fields) if (name, field[0]) not in OWN_FIELDS]
        # Members that the reference shows in its example only are there too.
        assert [field for field in _wanted(name, "reply") if field not in found] == []
        if name != "get.scenarios":
            assert sorted(found) == sorted(_wanted(name, "reply"))
