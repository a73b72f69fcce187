"""Everything that the API shows on the page has a Russian name: fields, parameters, codes, errors, lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import ringledger.web
from ringledger.catalogue.fields import Field
from ringledger.catalogue.methods import METHODS
from ringledger.catalogue.parameters import Parameter
from ringledger.rpc.errors import mnemonics

RUSSIAN = json.loads((Path(ringledger.web.__file__).parent / "assets" / "words" / "ru.json").read_text("utf-8"))
FORMS = ("create", "update", "delete")
SHOWN_ELSEWHERE = {"calls_report", "calls_summary", "call_legs_report", "call_leg_times", "saved_views"}
# Envelope errors that the page cannot meet: it sends no batches and no notifications.
UNMET = {"batch_operations_not_supported", "notifications_not_supported"}


def named(items: Iterable[Field] | Iterable[Parameter]) -> Iterator[str]:
    for item in items:
        yield f"field.{item.name}"
        yield from (f"code.{value}" for value in item.values)
        yield from named(item.members)


def missing(names: Iterable[str]) -> list[str]:
    return sorted(set(names) - RUSSIAN.keys())


def test_every_field_and_code_of_the_reports_has_a_russian_name() -> None:
    assert missing(name for method in METHODS.values() if method.report for name in named(method.report.fields)) == []


def test_every_parameter_of_the_forms_has_a_russian_name() -> None:
    forms = (method for method in METHODS.values() if method.name.split(".")[0] in FORMS)
    assert missing(name for method in forms for name in named(method.parameters)) == []


def test_every_list_and_error_has_a_russian_name() -> None:
    lists = {name[4:] for name in METHODS if name.startswith("get.")} - SHOWN_ELSEWHERE
    assert missing(f"list.{name}" for name in lists) == []
    assert missing(f"error.{name}" for name in mnemonics().keys() - UNMET) == []
