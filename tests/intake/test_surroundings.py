"""What a call learns on arrival: its contact, its attributes, the tags of rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_door import ANNA, T0, TOY, line, lost, talked

from ringledger.intake.door import Door
from ringledger.intake.surroundings import Surroundings
from ringledger.registry.accounts import Account
from ringledger.registry.registry import Registry
from ringledger.reporting.tagging import RulesOnArrival
from ringledger.store.engine import Engine, Statement
from ringledger.store.tags import find, unset_tag


class Office:
    """An account with a contact, a rule for lost calls and a door."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.engine = engine
        self.registry = registry
        self.account: Account = registry.accounts.create("acme", country="DE")
        self.tag = registry.entries.create(self.account, "tags", {"name": "Lost"})
        chosen = {"field": "is_lost", "operator": "=", "value": True}
        rule = {"name": "lost", "tag_id": self.tag, "filter": chosen}
        self.rule = registry.entries.create(self.account, "tag_rules", rule)
        person = {"last_name": "Simpson", "phone_numbers": ["+49 30 231250"]}
        self.contact = registry.entries.create(self.account, "contacts", person)
        clock = itertools.count((T0 + 1_000_000) * 1_000_000, 60_000_000).__next__
        surroundings = Surroundings(
            turn=registry.turns.of,
            contacts=registry.contacts.by_number,
            sites=registry.entries.site_rules,
            ended=RulesOnArrival(engine, registry, clock),
        )
        self.door = Door(engine, clock, {"toy": TOY}, surroundings=surroundings)

    def take(self, *lines: bytes) -> None:
        self.door.take(TOY, self.account.id, ANNA, [("calls.log", list(lines))], lambda *_: None)

    def rows(self, fields: str) -> list[dict[str, Any]]:
        return self.engine.rows(Statement(f"SELECT {fields} FROM call_sessions FINAL ORDER BY start_time, id"))

    def tags(self) -> list[list[int]]:
        return [row["ids"] for row in self.rows("tags.tag_id AS ids")]


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    yield Office(engine, registry)
    registry.close()


def test_a_call_is_its_contacts(office: Office) -> None:
    office.take(*talked("a", 0), *talked("b", 100, contact="4930999999"))
    assert office.rows("contact_id, contact_full_name") == [
        {"contact_id": office.contact, "contact_full_name": "Simpson"},
        {"contact_id": None, "contact_full_name": None},
    ]
    (leg, _) = office.engine.rows(Statement("SELECT contact_full_name AS name FROM call_legs FINAL ORDER BY leg_key"))
    assert leg["name"] == "Simpson"


def test_attributes_are_there_and_change_when_an_earlier_call_arrives(office: Office) -> None:
    office.take(*lost("b", 1000))
    assert office.rows("attributes") == [{"attributes": ["primary", "lost", "off-target"]}]
    office.take(*talked("a", 0))
    assert [row["attributes"] for row in office.rows("attributes")] == [
        ["primary", "off-target"],
        ["secondary", "lost", "off-target"],
    ]


def test_a_rule_tags_calls_that_end_and_no_others(office: Office) -> None:
    office.take(*lost("a", 0), *talked("b", 100), line("c", 200, "start"))
    assert office.tags() == [[office.tag], [], []]
    assert office.rows("tags.tag_type AS types")[0] == {"types": ["auto"]}
    office.take(line("c", 220, "end"))
    assert office.tags() == [[office.tag], [], [office.tag]]


def test_what_a_person_took_away_does_not_come_back_with_a_replay(office: Office) -> None:
    office.take(*lost("a", 0))
    call = find(office.engine, office.account.id, communication=office.rows("id")[0]["id"])
    assert call is not None
    unset_tag(office.engine, office.account.id, call, office.tag, is_sale=False)
    office.door.replay(office.account.id, ANNA, None, None)
    assert office.tags() == [[]]


def test_a_run_that_was_cut_off_before_the_rules_sets_their_tags_when_it_is_repeated(
    office: Office, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(RulesOnArrival, "__call__", cut_off)
        with pytest.raises(KeyboardInterrupt):
            office.take(*lost("a", 0))
    assert office.tags() == [[]]
    office.take(*lost("a", 0))
    assert office.tags() == [[office.tag]]


def test_tags_stay_when_a_call_is_derived_again(office: Office) -> None:
    office.take(*lost("a", 0))
    office.take(line("a", 30, "end"))
    assert office.tags() == [[office.tag]]


def test_a_rule_that_is_not_active_does_nothing(office: Office) -> None:
    office.registry.entries.update(office.account, "tag_rules", {"id": office.rule, "is_active": False})
    office.take(*lost("a", 0))
    assert office.tags() == [[]]
