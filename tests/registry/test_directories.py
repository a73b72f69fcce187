"""The directory file, imported and loaded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringledger.calls.directory import Directory, External
from ringledger.faults import OperatorFault
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry

ANN = {"full_name": "Ann", "numbers": ["101", "+442079460101"], "channels": ["PJSIP/101"]}
BOB = {"full_name": "Bob", "numbers": ["102"], "channels": ["PJSIP/102"]}
FILE = {
    "employees": [ANN, BOB],
    "external": [{"number": None, "channels": ["PJSIP/trunk"]}],
    "virtual_numbers": [
        {"number": "+442079460000", "scenario": "Day", "site": "example.com", "campaign": "Spring"},
        {"number": "+442079460001", "scenario": "Day"},
    ],
}


@pytest.fixture(autouse=True)
def _acme(registry: Registry) -> None:
    registry.accounts.create("acme")


def take(registry: Registry, **members: object) -> Directory:
    registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(members).encode()))
    return registry.directories.load(1)


def test_the_counts_are_the_files(registry: Registry) -> None:
    counts = registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(FILE).encode()))
    assert counts == {"employees": 2, "external": 1, "virtual_numbers": 2, "scenarios": 1, "sites": 1, "campaigns": 1}


def test_what_was_imported_is_loaded(registry: Registry) -> None:
    found = take(registry, **FILE)
    assert [(one.id, one.full_name, one.numbers) for one in found.employees] == [
        (1, "Ann", ("101", "+442079460101")),
        (2, "Bob", ("102",)),
    ]
    assert found.externals == (External(None, ("PJSIP/trunk",)),)
    first, second = found.virtual_numbers
    assert (first.scenario_id, first.scenario_name, first.site_id, first.site_domain_name) == (
        1,
        "Day",
        1,
        "example.com",
    )
    assert (first.campaign_id, first.campaign_name) == (1, "Spring")
    assert (second.scenario_id, second.site_id) == (1, None)


def test_the_same_file_again_changes_nothing(registry: Registry) -> None:
    assert take(registry, **FILE) == take(registry, **FILE)


def test_an_employee_known_by_a_number_keeps_the_id(registry: Registry) -> None:
    take(registry, employees=[ANN])
    found = take(registry, employees=[{"full_name": "Ann Married", "numbers": ["101", "109"], "channels": []}])
    assert [(one.id, one.full_name, one.numbers, one.channels) for one in found.employees] == [
        (1, "Ann Married", ("101", "109"), ())
    ]


def test_who_is_not_named_stays_but_external_lines_are_the_files(registry: Registry) -> None:
    take(registry, **FILE)
    found = take(registry, external=[{"number": "+442079469999", "channels": ["PJSIP/other"]}])
    assert [one.full_name for one in found.employees] == ["Ann", "Bob"]
    assert len(found.virtual_numbers) == 2
    assert found.externals == (External("+442079469999", ("PJSIP/other",)),)


def test_an_account_does_not_see_anothers_directory(registry: Registry) -> None:
    other = registry.accounts.create("other")
    take(registry, **FILE)
    assert registry.directories.load(other.id) == Directory()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"employees": [{"numbers": ["101"]}]}, r"employees\[0\]"),
        ({"employees": [{"full_name": "Ann", "numbers": [101]}]}, r"employees\[0\]\.numbers\[0\]"),
        ({"employes": []}, "employes"),
        ({"employees": [ANN, {"full_name": "Eve", "numbers": ["101"]}]}, "employees.*'101'"),
        ({"virtual_numbers": [{"number": "1"}, {"number": "1"}]}, "virtual_numbers.*'1'"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(members: dict[str, Any], told: str) -> None:
    with pytest.raises(OperatorFault, match=told):
        DirectoryFile.parse(json.dumps(members).encode())
