"""Every method of the catalogue is answered, and its rights follow from its name where they can."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringledger.catalogue.administration import INTAKE_SOURCES
from ringledger.catalogue.api_requests import API_REQUESTS
from ringledger.catalogue.method import Method
from ringledger.catalogue.methods import METHODS
from ringledger.rpc.methods import HANDLERS, OPEN_HANDLERS


def test_every_method_has_one_handler() -> None:
    assert set(HANDLERS) == {name for name, method in METHODS.items() if method.needs_token}
    assert set(OPEN_HANDLERS) == {name for name, method in METHODS.items() if not method.needs_token}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
def test_only_get_methods_have_reports_and_what_confined_users_see_of_calls_belongs_to_a_session(
    method: Method,
) -> None:
    if method.report is not None:
        assert method.name.startswith("get.")
        assert not (method.for_confined and method.report.table and not method.report.session)
    assert not (method.changes and method.for_confined and not method.is_personal)


def test_every_field_of_the_intake_s_sources_is_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "intake.md").read_text("utf-8")
    for field in INTAKE_SOURCES.fields:
        assert f"| `{field.name}` | {field.meaning} |" in page
        for member in field.members:
            assert f"| `{field.name}.{member.name}` | {member.meaning} |" in page


def test_every_field_of_the_request_log_is_documented() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "access.md").read_text("utf-8")
    for field in API_REQUESTS.fields:
        assert f"| `{field.name}` | {field.meaning} |" in page
