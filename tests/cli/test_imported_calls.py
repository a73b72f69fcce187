"""Calls that come in session files: their contacts, what other calls learn of them, the tags of rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_call_events import event
from tests.intake.test_door import ANNA

from ringledger.cli.ledger import Ledger
from ringledger.intake import call_events
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.store.engine import Engine, Statement

SIMPSON, BURNS = "442071838750", "442071838751"


class Office:
    """An account whose address book has Simpson, on a ledger."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.registry = Registry.open(f"sqlite:///{folder}/registry.db")
        self.account: Account = self.registry.accounts.create("acme", country="GB")
        self.ledger = Ledger(engine, self.registry, f"file://{folder}/recordings", "http://localhost")
        person = {"last_name": "Simpson", "phone_numbers": [SIMPSON]}
        self.contact = self.registry.entries.create(self.account, "contacts", person)

    def load(self, *calls: dict[str, Any]) -> None:
        file = self.folder / "calls.ndjson"
        file.write_text("".join(json.dumps(call) + "\n" for call in calls), encoding="utf-8")
        self.ledger.import_calls(lambda _: None, files=[str(file)], account="acme", account_column=None)

    def rows(self, fields: str) -> list[tuple[Any, ...]]:
        found = self.engine.rows(Statement(f"SELECT {fields} FROM call_sessions FINAL ORDER BY start_time, id"))
        return [tuple(row.values()) for row in found]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    office = Office(engine, tmp_path)
    yield office
    office.registry.close()


def call(number: int, contact: str | None = SIMPSON, minute: int = 0, **facts: Any) -> dict[str, Any]:
    start = f"2026-03-10 10:{minute:02}:00"
    facts = {"finish_time": start, "direction": "in", "is_lost": False, "wait_duration": 5, **facts}
    return {"id": number, "start_time": start, "contact_phone_number": contact, **facts}


def test_calls_of_a_file_are_their_contacts(office: Office) -> None:
    office.load(call(1), call(2, BURNS), call(3, None), call(4, contact_id=77, contact_full_name="As stated"))
    own = (office.contact, "Simpson")
    assert office.rows("contact_id, contact_full_name") == [own, (None, None), (None, None), own]


def test_a_call_of_a_file_ends_the_wait_of_a_lost_one_and_changes_what_kind_of_inquiry_it_was(office: Office) -> None:
    lost = [
        event("leg_started", 0, leg_id="c", number=SIMPSON, party="contact", dialled="4930100"),
        event("ended", 20, leg_id="c"),
    ]
    read = [call_events.recorded(json.dumps(one).encode()) for one in lost]
    office.ledger.door.commit(call_events, office.account.id, ANNA, read)
    kept = "lost_call_processing_duration, attributes"
    assert office.rows(kept) == [(None, ["primary", "lost", "off-target"])]
    office.load(call(1, minute=30), call(2, BURNS, 20), call(3, start_time="2026-03-01 10:00:00"))
    wait, attributes = next(row for row in office.rows(f"{kept}, call_key") if row[2])[:2]
    assert attributes == ["secondary", "lost", "off-target"]
    assert wait == 4_185  # from 9:20:20 to 10:30:05


def test_rules_tag_the_calls_of_a_file_that_were_not_there_before(office: Office) -> None:
    tag = office.registry.entries.create(office.account, "tags", {"name": "Lost"})
    wanted = {"field": "is_lost", "operator": "=", "value": True}
    rule = {"name": "lost", "tag_id": tag, "filter": wanted}
    office.registry.entries.create(office.account, "tag_rules", rule)
    office.load(call(1, is_lost=True), call(2), call(3, is_lost=True, finish_time=None))
    assert office.rows("id, tags.tag_id, tags.tag_type") == [(1, [tag], ["auto"]), (2, [], []), (3, [], [])]
    office.load(call(1, is_lost=True), call(4, is_lost=True))
    assert office.rows("id, tags.tag_id") == [(1, []), (2, []), (3, []), (4, [tag])]
