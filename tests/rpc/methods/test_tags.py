"""What calls are about: tags, sales, contacts and changed names, seen in the report at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.faults import EngineFault
from ringledger.registry.registry import Registry
from ringledger.store.contacts import tell_calls
from ringledger.store.engine import Engine, Statement

START = "2026-04-01 10:00:00"
PERIOD = {"date_from": "2026-04-01 00:00:00", "date_till": "2026-04-30 23:59:59"}


@pytest.fixture
def token(registry: Registry) -> str:
    registry.accounts.create("acme", timezone="Europe/London")
    registry.accounts.create("other")
    return registry.tokens.create("acme")


@pytest.fixture(autouse=True)
def _calls(engine: Engine, token: str) -> None:
    """Ten calls of account 1, ids 1 to 10, the odd ones lost; call 11 is another account's."""
    engine.run(
        Statement(
            "INSERT INTO call_sessions (account, id, communication_id, start_time, finish_time, is_lost, ext_id, "
            "contact_phone_number, last_talked_employee_id, last_talked_employee_full_name, employees, site_id, "
            "site_domain_name, campaign_id, campaign_name, scenario_id, scenario_name, version) "
            "SELECT if(number = 10, 2, 1), number + 1, number + 101, "
            "toDateTime('2026-04-01 09:00:00', 'UTC') + number * 60 AS start, start + 30, number % 2 = 0, "
            "concat('x', toString(number + 1)), concat('44207183875', toString(number % 2)), 1, 'Old Name', "
            "[(1, 'Old Name', true, true), (2, 'Other', false, false)], 1, 'old.example', 1, 'Old', 1, 'Old', 5 "
            "FROM numbers(11)"
        )
    )


def calls(ask: Ask, token: str, *fields: str, **params: Any) -> list[dict[str, Any]]:
    reply = ask("get.calls_report", token, fields=["id", *fields], **PERIOD, **params)
    assert "result" in reply, reply
    found: list[dict[str, Any]] = reply["result"]["data"]
    return found


def make(ask: Ask, token: str, kind: str, **params: Any) -> int:
    reply = ask(f"create.{kind}", token, **params)
    assert "result" in reply, reply
    return int(reply["result"]["id"])


def set_tag(ask: Ask, token: str, tag: int, communication: int, verb: str = "set", **params: Any) -> dict[str, Any]:
    named = {"communication_id": communication, "communication_type": "call", "tag_id": tag}
    return ask(f"{verb}.tag_communications", token, **(named | params))


def test_a_tag_is_on_the_call_with_who_set_it_and_when(ask: Ask, registry: Registry, token: str) -> None:
    user = registry.users.create("acme", "ann", "password1")
    tag = make(ask, token, "tags", name="Order")
    assert set_tag(ask, token, tag, 102, user_id=user.id)["result"]["data"] == {}
    assert calls(ask, token, "tags", limit=2) == [
        {"id": 1, "tags": []},
        {
            "id": 2,
            "tags": [
                {
                    "tag_name": "Order",
                    "tag_id": tag,
                    "tag_change_time": "2026-05-01 01:00:00",
                    "tag_type": "manual",
                    "tag_user_id": user.id,
                    "tag_user_login": "ann",
                    "tag_employee_id": None,
                    "tag_employee_full_name": None,
                }
            ],
        },
    ]
    wanted = {"field": "tags", "operator": "jsquery", "value": '#(tag_name = "Order")'}
    assert [row["id"] for row in calls(ask, token, filter=wanted)] == [2]


def test_a_tag_names_the_employee_whose_login_set_it_by_todays_name(ask: Ask, registry: Registry, token: str) -> None:
    user = registry.users.create("acme", "ann", "password1")
    operator = {"operator_display_name": "Ann", "operator_login": "ann", "operator_password": "password1"}
    make(ask, token, "employees", last_name="Hart", operator=operator | {"operator_login": "bob"})
    own = make(ask, token, "employees", last_name="Lang", operator=operator)
    assert [row["login"] for row in ask("get.employees", token)["result"]["data"]] == ["bob", "ann"]
    tag = make(ask, token, "tags", name="Order")
    set_tag(ask, registry.tokens.create("acme", "ann"), tag, 102)
    sale = {"communication_id": 102, "communication_type": "call", "date_time": START, "transaction_value": 1}
    ask("set.tag_sales", token, user_id=user.id, **sale)
    set_tag(ask, token, tag, 103)
    ask("update.employees", token, id=own, last_name="Lane", phone_numbers=[])
    who = [
        [(one["tag_user_login"], one["tag_employee_id"], one["tag_employee_full_name"]) for one in row["tags"]]
        for row in calls(ask, token, "tags")[1:3]
    ]
    assert who == [[("ann", own, "Lane")] * 2, [(None, None, None)]]


def test_a_tag_is_set_once_and_taken_away_alone(ask: Ask, token: str, engine: Engine) -> None:
    first, second = make(ask, token, "tags", name="Order"), make(ask, token, "tags", name="Complaint")
    for tag in (first, second, first):
        set_tag(ask, token, tag, 103)
    assert [tag["tag_id"] for tag in calls(ask, token, "tags")[2]["tags"]] == [first, second]
    versions = engine.rows(Statement("SELECT count() AS n FROM call_sessions WHERE id = 3"))[0]["n"]
    assert versions <= 3
    for _ in range(2):
        assert "result" in set_tag(ask, token, first, 103, "unset")
    assert [tag["tag_name"] for tag in calls(ask, token, "tags")[2]["tags"]] == ["Complaint"]


def test_a_call_is_found_by_its_external_id(ask: Ask, token: str) -> None:
    tag = make(ask, token, "tags", name="Order")
    named = {"communication_ext_id": "x4", "communication_type": "call", "tag_id": tag}
    assert "result" in ask("set.tag_communications", token, **named)
    assert [row["id"] for row in calls(ask, token, "tags") if row["tags"]] == [4]


def test_what_is_not_there_is_named_and_nothing_changes(ask: Ask, registry: Registry, token: str) -> None:
    tag = make(ask, token, "tags", name="Order")
    assert fault(set_tag(ask, token, tag, 999)) == ("entity_not_found", "communication_id", 999)
    assert fault(set_tag(ask, token, tag, 111)) == ("entity_not_found", "communication_id", 111)
    assert fault(set_tag(ask, token, 77, 102)) == ("entity_not_found", "tag_id", 77)
    chat = set_tag(ask, token, tag, 102, communication_type="chat")
    assert fault(chat) == ("entity_not_found", "communication_id", 102)
    assert fault(set_tag(ask, token, tag, 102, communication_type="x"))[0] == "invalid_parameter_value"
    both = set_tag(ask, token, tag, 102, communication_ext_id="x1")
    assert fault(both) == ("invalid_parameters_combination", "communication_ext_id", "x1")
    none = ask("set.tag_communications", token, communication_type="call", tag_id=tag)
    assert fault(none) == ("required_parameter_missed", "communication_id", None)
    other = registry.tokens.create("other")
    assert fault(set_tag(ask, other, tag, 111)) == ("entity_not_found", "tag_id", tag)
    assert not any(row["tags"] for row in calls(ask, token, "tags"))


def test_a_sale_has_its_date_and_cost_until_its_tag_is_taken_away(ask: Ask, token: str) -> None:
    sale = {"communication_id": 105, "communication_type": "call", "date_time": START, "transaction_value": 99.5}
    assert ask("set.tag_sales", token, **sale, comment="cash")["result"]["data"] == {"id": 5}
    fields = ("sale_date", "sale_cost", "tags")
    row = next(row for row in calls(ask, token, *fields) if row["id"] == 5)
    assert (row["sale_date"], row["sale_cost"]) == (START, 99.5)
    tag = ask("get.tags", token)["result"]["data"][0]
    assert (row["tags"][0]["tag_id"], tag["is_system"]) == (tag["id"], True)
    assert fault(ask("delete.tags", token, id=tag["id"])) == ("forbidden", "id", tag["id"])
    set_tag(ask, token, tag["id"], 105, "unset")
    row = next(row for row in calls(ask, token, *fields) if row["id"] == 5)
    assert (row["sale_date"], row["sale_cost"], row["tags"]) == (None, None, [])
    early = ask("set.tag_sales", token, **sale | {"date_time": "1950-01-01 00:00:00"})
    assert fault(early) == ("invalid_date_time", "date_time", "1950-01-01 00:00:00")


def test_a_renamed_tag_has_its_new_name_and_a_deleted_one_leaves_the_calls(ask: Ask, token: str) -> None:
    first, second = make(ask, token, "tags", name="Order"), make(ask, token, "tags", name="Complaint")
    set_tag(ask, token, first, 101)
    set_tag(ask, token, second, 101)
    ask("update.tags", token, id=first, name="Purchase")
    assert [tag["tag_name"] for tag in calls(ask, token, "tags")[0]["tags"]] == ["Purchase", "Complaint"]
    ask("delete.tags", token, id=second)
    assert [tag["tag_name"] for tag in calls(ask, token, "tags")[0]["tags"]] == ["Purchase"]
    for value, ids in (('#(tag_name = "Purchase")', [1]), ('#(tag_name = "Order")', []), ("#(tag_id = 2)", [])):
        wanted = {"field": "tags", "operator": "jsquery", "value": value}
        assert [row["id"] for row in calls(ask, token, filter=wanted)] == ids
    ask("delete.tags", token, id=first)
    assert [row["id"] for row in calls(ask, token, filter={"field": "tags", "operator": "!=", "value": None})] == []


def test_changed_names_show_in_old_calls_their_filters_and_their_order(
    ask: Ask, registry: Registry, token: str
) -> None:
    own = make(ask, token, "employees", last_name="Old", first_name="Name")
    site = make(ask, token, "sites", domain_name="old.example", default_phone_number="442071838750", industry_id=1)
    campaign = make(ask, token, "campaigns", name="Old", site_id=site)
    assert (own, site, campaign) == (1, 1, 1)
    ask("update.employees", token, id=own, last_name="Zoe", phone_numbers=[])
    ask("update.sites", token, id=site, domain_name="new.example", default_phone_number="442071838750", industry_id=1)
    ask("update.campaigns", token, id=campaign, name="New", site_id=site)
    fields = ("last_talked_employee_full_name", "employees", "site_domain_name", "campaign_name", "scenario_name")
    assert calls(ask, token, *fields, limit=1) == [
        {
            "id": 1,
            "last_talked_employee_full_name": "Zoe Name",
            "employees": [
                {"employee_id": 1, "employee_full_name": "Zoe Name", "is_answered": True, "is_talked": True},
                {"employee_id": 2, "employee_full_name": "Other", "is_answered": False, "is_talked": False},
            ],
            "site_domain_name": "new.example",
            "campaign_name": "New",
            "scenario_name": "Old",
        }
    ]
    for field, value, found in (
        ("last_talked_employee_full_name", "Zoe Name", 10),
        ("last_talked_employee_full_name", "Old Name", 0),
        ("campaign_name", "New", 10),
    ):
        assert len(calls(ask, token, filter={"field": field, "operator": "=", "value": value})) == found
    by_employee = {"field": "employees", "operator": "jsquery", "value": '#(employee_full_name = "Zoe Name")'}
    assert len(calls(ask, token, filter=by_employee)) == 10
    summary = ask("get.calls_summary", token, dimensions=["campaign_name"], **PERIOD)["result"]["data"]
    assert [row["campaign_name"] for row in summary] == ["New"]
    employees = ask("get.calls_summary", token, dimensions=["employee_full_name"], **PERIOD)
    if "result" in employees:
        assert {row["employee_full_name"] for row in employees["result"]["data"]} == {"Zoe Name", "Other"}
    other = registry.tokens.create("other")
    assert calls(ask, other, "campaign_name") == [{"id": 11, "campaign_name": "Old"}]


def test_legs_are_found_and_ordered_by_the_new_names_of_employees(ask: Ask, token: str, engine: Engine) -> None:
    first, second = (make(ask, token, "employees", last_name=name) for name in ("Berg", "Clay"))
    engine.run(
        Statement(
            "INSERT INTO call_legs (account, call_session_id, id, start_time, finish_time, employee_id, "
            "employee_full_name, leg_key, version) SELECT 1, 1, number + 1, "
            "toDateTime('2026-04-01 09:00:00', 'UTC') + number AS start, start + 30, number % 2 + 1, "
            "if(number % 2 = 0, 'Berg', 'Clay'), toString(number), 5 FROM numbers(4)"
        )
    )
    ask("update.employees", token, id=second, last_name="Abel", phone_numbers=[])

    def legs(**params: Any) -> list[tuple[int, int]]:
        rows = ask("get.call_legs_report", token, **PERIOD, **params)["result"]["data"]
        return [(row["id"], row["employee_id"]) for row in rows]

    by_name = [{"field": "employee_full_name", "order": "asc"}]
    assert legs(sort=by_name) == [(2, second), (4, second), (1, first), (3, first)]
    assert legs(filter={"field": "employee_full_name", "operator": "=", "value": "Abel"}) == [(2, second), (4, second)]
    assert legs(filter={"field": "employee_full_name", "operator": "=", "value": "Clay"}) == []


def test_a_contact_is_on_calls_with_its_numbers_old_ones_too(ask: Ask, token: str) -> None:
    fields = ("contact_id", "contact_full_name")
    own = make(ask, token, "contacts", last_name="Simpson", phone_numbers=["442071838750"])
    named = [row["id"] for row in calls(ask, token, *fields) if row["contact_full_name"] == "Simpson"]
    assert named == [1, 3, 5, 7, 9]
    ask("update.contacts", token, id=own, first_name="Homer", phone_numbers=["442071838751"])
    named = [row["id"] for row in calls(ask, token, *fields) if row["contact_full_name"] == "Simpson Homer"]
    assert named == [2, 4, 6, 8, 10]
    assert {row["contact_id"] for row in calls(ask, token, *fields)} == {None, own}
    ask("delete.contacts", token, id=own)
    assert {row["contact_id"] for row in calls(ask, token, *fields)} == {None}


def test_what_a_cut_off_change_of_a_contact_left_undone_is_done_later(
    ask: Ask, registry: Registry, token: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise EngineFault("the engine is gone")

    with monkeypatch.context() as patch:
        patch.setattr("ringledger.store.contacts.apply_contacts", cut_off)
        reply = ask("create.contacts", token, last_name="Simpson", phone_numbers=["442071838750"])
        assert fault(reply)[0] == "internal_error"
    assert {row["contact_id"] for row in calls(ask, token, "contact_id")} == {None}
    assert registry.contacts.accounts_with_untold() == [1]
    tell_calls(engine, registry, 1)
    assert [row["id"] for row in calls(ask, token, "contact_id") if row["contact_id"]] == [1, 3, 5, 7, 9]
    assert registry.contacts.accounts_with_untold() == []


def test_a_rule_sets_its_tag_on_the_calls_that_its_filter_chooses(ask: Ask, token: str) -> None:
    tag = make(ask, token, "tags", name="Lost")
    lost = {"field": "is_lost", "operator": "=", "value": True}
    rule = make(ask, token, "tag_rules", name="lost calls", tag_id=tag, filter=lost)
    assert ask("set.tag_rules", token, id=rule, **PERIOD)["result"]["data"] == {"calls_count": 5}
    tagged = [(row["id"], row["tags"][0]["tag_type"]) for row in calls(ask, token, "tags") if row["tags"]]
    assert tagged == [(1, "auto"), (3, "auto"), (5, "auto"), (7, "auto"), (9, "auto")]
    assert ask("set.tag_rules", token, id=rule, **PERIOD)["result"]["data"] == {"calls_count": 0}
    bad = ask("create.tag_rules", token, name="bad", tag_id=tag, filter={"field": "nonsense", "operator": "="})
    assert fault(bad) == ("unexpected_parameters", "filter.field", "nonsense")
    assert fault(ask("delete.tags", token, id=tag)) == ("dependency_error", "id", tag)
    row = ask("get.tag_rules", token)["result"]["data"][0]
    assert (row["tag_name"], row["is_active"]) == ("Lost", True)
    ask("delete.tag_rules", token, id=rule)
    assert "result" in ask("delete.tags", token, id=tag)


def test_tags_set_at_the_same_moment_all_survive(ask: Ask, token: str) -> None:
    tags = [make(ask, token, "tags", name=f"tag {number}") for number in range(8)]
    threads = [threading.Thread(target=set_tag, args=(ask, token, tag, 106)) for tag in tags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = next(row for row in calls(ask, token, "tags") if row["id"] == 6)
    assert sorted(tag["tag_id"] for tag in row["tags"]) == tags
