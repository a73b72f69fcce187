"""The catalogue agrees with the reference table, and everything that users meet is documented."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

import pytest

from ringledger.calls.codes import UploadError, UploadStatus
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Field, Report
from ringledger.catalogue.leg_times import LEG_TIMES
from ringledger.catalogue.legs_report import LEGS_REPORT
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.uploaded_calls import UPLOADED_CALLS
from ringledger.cli.settings import SETTINGS
from ringledger.rpc.errors import mnemonics
from ringledger.rpc.openrpc import document

HERE = Path(__file__).parent
DOCS = HERE.parent.parent / "docs"
REPORTS = {
    CALLS_REPORT: "calls_report_fields.csv",
    LEGS_REPORT: "call_legs_report_fields.csv",
    UPLOADED_CALLS: "uploaded_calls_fields.csv",
}
PAGES = {
    CALLS_REPORT: "calls-report.md",
    LEGS_REPORT: "legs-report.md",
    LEG_TIMES: "leg-times.md",
    UPLOADED_CALLS: "uploaded-calls.md",
}


def reference(report: Report) -> list[dict[str, str]]:
    with (HERE / REPORTS[report]).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def top(report: Report) -> list[dict[str, str]]:
    return [row for row in reference(report) if not row["nested_in"]]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.method)
def test_a_report_has_the_reference_tables_fields_in_its_order(report: Report) -> None:
    assert [field.name for field in report.fields] == [row["name"] for row in top(report)]


@pytest.mark.parametrize(
    ("report", "field", "row"),
    [
        pytest.param(report, field, row, id=f"{report.method} {field.name}")
        for report in REPORTS
        for field, row in zip(report.fields, top(report), strict=True)
    ],
)
def test_a_fields_flags_are_the_reference_tables(report: Report, field: Field, row: dict[str, str]) -> None:
    assert field.kind.protocol_name == row["type"]
    assert field.filterable == (row["filter"] == "yes")
    assert field.sortable == (row["sort"] == "yes")
    assert field.default == (row["default"] == "yes" and row["in_seed"] == "yes")
    assert field.values == tuple(row["values"].split())
    nested = [row for row in reference(report) if row["nested_in"] == field.name]
    assert [(member.name, member.kind.protocol_name) for member in field.members] == [
        (member["name"], member["type"]) for member in nested
    ]


@pytest.mark.parametrize("report", PAGES, ids=lambda report: report.method)
def test_every_field_is_documented(report: Report) -> None:
    page = (DOCS / PAGES[report]).read_text("utf-8")
    for field in report.fields:
        assert f"| `{field.name}` |" in page
        for member in field.members:
            assert f"| `{field.name}.{member.name}` |" in page


def test_what_becomes_of_uploads_is_documented() -> None:
    page = (DOCS / "uploads.md").read_text("utf-8")
    for code in (*UploadStatus, *UploadError):
        assert f"| `{code}` |" in page


def test_every_setting_is_documented() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    for setting in SETTINGS:
        assert f"`{setting.name}`" in page


def test_every_error_and_method_is_documented() -> None:
    page = (DOCS / "data-api.md").read_text("utf-8") + (DOCS / "directory.md").read_text("utf-8")
    for name in (*mnemonics(), *METHODS):
        assert f"`{name}`" in page


def test_the_apis_description_names_every_method_and_field() -> None:
    described = {method["name"]: method for method in document()["methods"]}
    assert set(described) == set(METHODS)
    for report in REPORTS:
        row = described[report.method]["result"]["schema"]["properties"]["data"]["items"]["properties"]
        assert list(row) == [field.name for field in report.fields]


@pytest.mark.parametrize("report", PAGES, ids=lambda report: report.method)
def test_the_page_of_fields_is_what_the_catalogue_says_today(report: Report) -> None:
    module = _write_tables()
    assert {name: report for report, name in PAGES.items()} == module.PAGES
    assert (DOCS / PAGES[report]).read_text("utf-8") == module.page(report)


def test_the_page_of_the_summary_is_what_the_catalogue_says_today() -> None:
    module = _write_tables()
    for name in module.SUMMARIES:
        assert (DOCS / name).read_text("utf-8") == module.summary_page(name)


def _write_tables() -> ModuleType:
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    loader = SourceFileLoader("write_tables", str(DOCS / "write-tables"))
    spec = spec_from_loader("write_tables", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
