"""Fields, filters, order and pages of every list of the directory, by the flags of its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.catalogue.fields import Field, Kind
from ringledger.catalogue.methods import METHODS
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry

LISTS = [
    "tags", "tag_rules", "employees", "group_employees", "statuses", "sites", "campaigns", "virtual_numbers",
    "scenarios", "segments", "media_files", "contacts", "group_contacts", "contact_organizations", "schedules",
]  # fmt: skip
FILE: dict[str, list[dict[str, Any]]] = {
    "scenarios": [{"name": "Sales"}, {"name": "Support", "operations": [{"id": 1, "name": "Greeting"}]}],
    "segments": [{"name": "New"}, {"name": "Returning", "description": "came before", "site": "b.example"}],
    "schedules": [{"name": "Office", "schedules": []}, {"name": "Night", "schedules": []}],
    "media_files": [{"name": "Greeting", "duration": 7, "size": 100}, {"name": "Music", "duration": 60, "size": 9}],
    "virtual_numbers": [
        {"number": "442071838760", "scenario": "Sales"},
        {"number": "442071838761", "scenario": "Support"},
    ],
}
SITE = {"industry_id": 1, "name": "Shop", "target_call_min_duration": 45}
OPERATOR = {"operator_display_name": "Ann", "operator_login": "ann", "operator_password": "password1"}
ENTRIES: list[tuple[str, dict[str, Any]]] = [
    ("tags", {"name": "Order"}),
    ("tags", {"name": "Complaint"}),
    ("tag_rules", {"name": "orders", "tag_id": 1, "filter": {"field": "is_lost", "operator": "=", "value": True}}),
    ("tag_rules", {"name": "none", "tag_id": 2, "filter": {}, "is_active": False}),
    ("employees", {"last_name": "Hart", "first_name": "Amelia", "status": "available", "calls_available": True}),
    ("employees", {"last_name": "Reid", "email": "r@acme.example", "operator": OPERATOR, "call_recording": "in"}),
    ("employees", {"last_name": "Cole", "phone_numbers": [{"phone_number": "201"}], "status": "break"}),
    ("group_employees", {"name": "Sales", "members": [1, 3], "queue_enabled": True, "channels_count": 3}),
    ("group_employees", {"name": "Support", "group_phone_number": "500"}),
    ("sites", {"domain_name": "a.example", "default_phone_number": "442071838750", **SITE}),
    ("sites", {"domain_name": "c.example", "default_phone_number": "442071838751", "industry_id": 2}),
    ("campaigns", {"name": "Spring", "site_id": 2, "status": "active", "description": "short"}),
    ("campaigns", {"name": "Autumn", "site_id": 3, "status": "inactive"}),
    ("group_contacts", {"name": "Customers"}),
    ("group_contacts", {"name": "Suppliers"}),
    ("contact_organizations", {"name": "Globex"}),
    ("contact_organizations", {"name": "Initech"}),
    ("contacts", {"last_name": "Simpson", "first_name": "Homer", "phone_numbers": ["442071838770"], "groups": [1]}),
    ("contacts", {"last_name": "Burns", "phone_numbers": [], "organization_id": 2, "personal_manager_id": 1}),
]


@pytest.fixture
def token(registry: Registry) -> str:
    account = registry.accounts.create("acme", timezone="Europe/London")
    registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(FILE).encode()))
    for kind, values in ENTRIES:
        registry.entries.create(account, kind, values)
    return registry.tokens.create("acme")


def fields_of(kind: str) -> tuple[Field, ...]:
    report = METHODS[f"get.{kind}"].report
    assert report is not None
    return report.fields


def filters(field: Field, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Any, list[dict[str, Any]]]]:
    """Operators with a value, and the rows that they choose."""
    values = [value for value in dict.fromkeys(row[field.name] for row in rows) if value is not None]
    for value in values:
        yield "=", value, [row for row in rows if row[field.name] == value]
    if values:
        yield "!=", values[0], [row for row in rows if row[field.name] not in {values[0], None}]


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_filtered_ordered_and_paged_by_its_fields(ask: Ask, token: str, kind: str) -> None:
    def rows(**params: Any) -> list[dict[str, Any]]:
        reply = ask(f"get.{kind}", token, **params)
        assert "result" in reply, (params, reply)
        found: list[dict[str, Any]] = reply["result"]["data"]
        return found

    everything = rows()
    assert len(everything) >= 2
    assert list(everything[0]) == [field.name for field in fields_of(kind)]
    for field in fields_of(kind):
        assert rows(fields=[field.name]) == [{field.name: row[field.name]} for row in everything]
        by = [{"field": field.name, "order": "desc"}]
        if field.sortable:
            told = [row[field.name] for row in rows(sort=by) if row[field.name] is not None]
            assert told == sorted(told, reverse=True)
            assert len(told) == sum(row[field.name] is not None for row in everything)
        else:
            assert fault(ask(f"get.{kind}", token, sort=by))[0] == "sort_prohibited"
        equal = {"field": field.name, "operator": "=", "value": 1 if field.kind is Kind.NUMBER else "x"}
        if not field.filterable:
            assert fault(ask(f"get.{kind}", token, filter=equal))[0] == "filter_prohibited"
        elif not field.members and field.kind is not Kind.ARRAY:
            for operator, value, wanted in filters(field, everything):
                assert rows(filter={"field": field.name, "operator": operator, "value": value}) == wanted
    pages = [ask(f"get.{kind}", token, limit=1, offset=at)["result"] for at in range(len(everything) + 1)]
    assert [row for page in pages for row in page["data"]] == everything
    assert {page["metadata"]["total_items"] for page in pages} == {len(everything)}
