"""The directory's methods: made, listed, changed, taken away, and refused with nothing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.rpc.conftest import Ask, fault

from ringledger.faults import OperatorFault
from ringledger.registry.directories import DirectoryFile
from ringledger.registry.registry import Registry


@pytest.fixture
def token(registry: Registry) -> str:
    registry.accounts.create("acme", timezone="Europe/London")
    registry.accounts.create("other")
    return registry.tokens.create("acme")


@pytest.fixture
def made(ask: Ask, token: str) -> Any:
    """`made(kind, **params)` makes an entry and gives its id."""

    def make(kind: str, **params: Any) -> int:
        reply = ask(f"create.{kind}", token, **params)
        assert "result" in reply, reply
        assert reply["result"]["data"] == {"id": reply["result"]["id"]}
        return int(reply["result"]["id"])

    return make


def rows(ask: Ask, token: str, kind: str, **params: Any) -> list[dict[str, Any]]:
    reply = ask(f"get.{kind}", token, **params)
    assert "result" in reply, reply
    found: list[dict[str, Any]] = reply["result"]["data"]
    return found


SITE = {"domain_name": "acme.example", "default_phone_number": "442071838750", "industry_id": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "tags", "employees", "group_employees", "sites", "campaigns", "virtual_numbers", "scenarios", "segments",
        "statuses", "media_files", "contacts", "group_contacts", "contact_organizations", "schedules", "tag_rules",
    ],
)  # fmt: skip
def test_every_list_can_be_read_with_all_its_fields(ask: Ask, token: str, kind: str) -> None:
    for timezone_rows in (rows(ask, token, kind), rows(ask, token, kind, limit=1, sort=[])):
        assert isinstance(timezone_rows, list)


def test_tags_are_made_renamed_listed_and_taken_away(ask: Ask, token: str, made: Any) -> None:
    first, second = made("tags", name="Complaint"), made("tags", name="Order")
    assert ask("update.tags", token, id=first, name="Praise")["result"]["data"] == {}
    assert rows(ask, token, "tags", sort=[{"field": "name", "order": "desc"}]) == [
        {"id": first, "name": "Praise", "is_system": False},
        {"id": second, "name": "Order", "is_system": False},
    ]
    ask("delete.tags", token, id=first)
    assert rows(ask, token, "tags", fields=["name"]) == [{"name": "Order"}]
    assert made("tags", name="Praise") > second
    assert fault(ask("delete.tags", token, id=first)) == ("entity_not_found", "id", first)


def test_names_are_unique_and_entries_of_other_accounts_do_not_count(
    ask: Ask, registry: Registry, token: str, made: Any
) -> None:
    mine = made("tags", name="Order")
    assert fault(ask("create.tags", token, name=" Order ")) == ("duplicate_entity", "name", "Order")
    other = registry.tokens.create("other")
    assert "result" in ask("create.tags", other, name="Order")
    assert fault(ask("update.tags", other, id=mine, name="Mine")) == ("entity_not_found", "id", mine)
    made("tags", name="Second")
    assert fault(ask("update.tags", token, id=mine, name="Second")) == ("duplicate_entity", "name", "Second")
    for bad in ("", "a\nb", "a" * 301, " "):
        assert fault(ask("create.tags", token, name=bad))[:2] == ("invalid_parameter_value", "name")


def test_an_employee_has_a_full_name_phones_a_group_and_a_coach(ask: Ask, token: str, made: Any) -> None:
    coach = made("employees", last_name="Hart", first_name="Amelia")
    group = made("group_employees", name="Sales")
    own = made(
        "employees",
        last_name="Reid",
        first_name="Noah",
        patronymic="J",
        status="available",
        calls_available=True,
        allowed_in_call_types=["external"],
        coach={"coach_id": coach},
        groups=[group],
        phone_numbers=[{"phone_number": "+44 20 7183 8751", "channels_count": 2, "dial_time": 30}],
        extension={"extension_phone_number": "201", "extension_queue_enabled": True},
        operator={"operator_display_name": "Noah", "operator_login": "noah", "operator_password": "password1"},
    )
    row = next(one for one in rows(ask, token, "employees") if one["id"] == own)
    assert row["full_name"] == "Reid Noah J"
    assert (row["status"], row["status_id"], row["calls_available"]) == ("available", 1, True)
    assert row["coach"] == {"coach_full_name": "Hart Amelia", "coach_id": coach, "coach_always_enabled": None}
    assert row["groups"] == [{"group_id": group, "group_name": "Sales"}]
    phone = row["phone_numbers"][0]
    assert phone | {"phone_id": 0} == {
        "phone_id": 0, "phone_number": "+44 20 7183 8751", "channels_count": 2, "dial_time": 30, "status": "active",
    }  # fmt: skip
    assert row["extension"]["extension_phone_number"] == "201"
    assert row["operator"]["operator_login"] == "noah"
    assert "password1" not in str(row)
    members = rows(ask, token, "group_employees")[0]
    assert members["members"] == [{"employee_id": own, "employee_full_name": "Reid Noah J"}]
    assert members["phone_numbers"][0]["employee_phone_number_id"] == phone["phone_id"]
    chosen = {"field": "groups", "operator": "jsquery", "value": '#(group_name = "Sales")'}
    assert [one["id"] for one in rows(ask, token, "employees", filter=chosen)] == [own]
    chosen = {"field": "coach", "operator": "jsquery", "value": f"coach_id = {coach}"}
    assert [one["id"] for one in rows(ask, token, "employees", filter=chosen)] == [own]


def test_what_an_employee_gives_up_others_may_have(ask: Ask, registry: Registry, token: str, made: Any) -> None:
    phone = [{"phone_number": "442071838751"}]
    first = made("employees", last_name="Hart", phone_numbers=phone)
    second = made("employees", last_name="Reid")
    update = {"id": second, "last_name": "Reid", "phone_numbers": [{"phone_number": "+44 2071838751"}]}
    assert fault(ask("update.employees", token, **update))[:2] == ("already_in_use", "phone_numbers.0.phone_number")
    assert [one["phone_numbers"] for one in rows(ask, token, "employees", fields=["phone_numbers"])][1] == []
    ask("delete.employees", token, id=first)
    assert "result" in ask("update.employees", token, **update)
    assert registry.directories.load(1).employee_of("442071838751") is not None
    assert fault(ask("create.employees", token, last_name="X", extension={"extension_phone_number": "442071"}))[:2] == (
        "invalid_parameter_value", "extension.extension_phone_number",
    )  # fmt: skip


def test_a_directory_file_and_the_methods_work_on_the_same_employees(
    ask: Ask, registry: Registry, token: str, made: Any
) -> None:
    own = made(
        "employees",
        last_name="Hart",
        first_name="Amelia",
        email="a@acme.example",
        phone_numbers=[{"phone_number": "201"}],
    )
    file = {"employees": [{"full_name": "Amelia Reid", "numbers": ["201", "202"]}]}
    registry.directories.import_file("acme", DirectoryFile.parse(str(file).replace("'", '"').encode()))
    row = rows(ask, token, "employees")[0]
    assert (row["id"], row["full_name"], row["last_name"], row["email"]) == (own, "Amelia Reid", None, "a@acme.example")
    assert [phone["phone_number"] for phone in row["phone_numbers"]] == ["201", "202"]
    assert registry.changed_names(1) == {"employees": {own: "Amelia Reid"}}


def test_a_sites_number_and_a_campaigns_numbers_become_theirs(
    ask: Ask, registry: Registry, token: str, made: Any
) -> None:
    site = made("sites", **SITE, target_call_min_duration=45)
    number = rows(ask, token, "virtual_numbers")[0]
    campaign = made(
        "campaigns", name="Spring", site_id=site, site_blocks=[{"site_block_id": 1, "phone_number_id": number["id"]}]
    )
    entry = registry.directories.load(1).virtual_number("442071838750")
    assert entry is not None
    assert (entry.site_id, entry.campaign_name) == (site, "Spring")
    row = rows(ask, token, "sites")[0]
    assert (row["target_call_min_duration"], row["second_communication_period"]) == (45, 30)
    assert row["widget_link"] == {}
    block = {"field": "site_blocks", "operator": "jsquery", "value": f"#(phone_number_id = {number['id']})"}
    found = rows(ask, token, "campaigns", filter=block)[0]
    assert (found["id"], found["site_domain_name"]) == (campaign, "acme.example")
    assert found["site_blocks"][0]["phone_number"] == "442071838750"
    assert fault(ask("delete.sites", token, id=site)) == ("dependency_error", "id", site)
    taken = {"site_blocks": [{"site_block_id": 1, "phone_number_id": number["id"]}]}
    other = ask("create.campaigns", token, name="Autumn", site_id=site, **taken)
    assert fault(other) == ("already_in_use", "site_blocks.0.phone_number_id", number["id"])
    assert len(rows(ask, token, "campaigns")) == 1
    missing = ask("create.campaigns", token, name="Autumn", site_id=999)
    assert fault(missing) == ("entity_not_found", "site_id", 999)
    ask("delete.campaigns", token, id=campaign)
    assert rows(ask, token, "virtual_numbers", fields=["campaigns"]) == [{"campaigns": []}]
    assert "result" in ask("delete.sites", token, id=site)


def test_contacts_have_numbers_of_their_own_organizations_groups_and_managers(ask: Ask, token: str, made: Any) -> None:
    organization = made("contact_organizations", name="Globex")
    group = made("group_contacts", name="Customers")
    manager = made("employees", last_name="Hart")
    own = made(
        "contacts",
        last_name="Simpson",
        first_name="Homer",
        phone_numbers=["020 7183 8752"],
        emails=["h@globex.example"],
        personal_manager_id=manager,
        organization_id=organization,
        groups=[group],
    )
    assert rows(ask, token, "contacts") == [
        {
            "id": own,
            "first_name": "Homer",
            "last_name": "Simpson",
            "patronymic": None,
            "full_name": "Simpson Homer",
            "emails": ["h@globex.example"],
            "phone_numbers": ["442071838752"],
            "personal_manager_id": manager,
            "personal_manager_full_name": "Hart",
            "organization_id": organization,
            "organization_name": "Globex",
            "groups": [{"group_id": group, "group_name": "Customers"}],
        }
    ]
    again = ask("create.contacts", token, last_name="Burns", phone_numbers=["+442071838752"])
    assert fault(again) == ("already_in_use", "phone_numbers.0", "+442071838752")
    assert fault(ask("delete.contact_organizations", token, id=organization))[0] == "dependency_error"
    ask("delete.employees", token, id=manager)
    assert rows(ask, token, "contacts", fields=["personal_manager_id"]) == [{"personal_manager_id": None}]
    both = ask("delete.contacts", token, ids=[own, 999])
    assert fault(both) == ("entity_not_found", "ids.1", 999)
    assert len(rows(ask, token, "contacts")) == 1
    ask("delete.contacts", token, ids=[own])
    assert rows(ask, token, "contacts") == []
    assert rows(ask, token, "group_contacts", fields=["members"]) == [{"members": []}]


def test_readers_may_look_and_not_change(ask: Ask, registry: Registry, token: str) -> None:
    from ringledger.registry.rights import Role

    user = registry.users.create("acme", "bob", "password1", role=Role.READER)
    assert "result" in ask("get.tags", token, user_id=user.id)
    assert fault(ask("create.tags", token, user_id=user.id, name="x"))[0] == "forbidden"


def test_statuses_can_be_named_by_code_or_id(ask: Ask, token: str, made: Any) -> None:
    own = made("employees", last_name="Hart")
    pause = next(row["id"] for row in rows(ask, token, "statuses") if row["mnemonic"] == "break")
    ask("update.employees", token, id=own, last_name="Hart", phone_numbers=[], status_id=pause)
    assert rows(ask, token, "employees", fields=["status"]) == [{"status": "break"}]
    wrong = ask("update.employees", token, id=own, last_name="Hart", phone_numbers=[], status_id=99)
    assert fault(wrong) == ("entity_not_found", "status_id", 99)
    assert rows(ask, token, "statuses", is_deleted=True) == []


def test_a_directory_file_tells_scenarios_segments_schedules_and_media_files(
    ask: Ask, registry: Registry, token: str, made: Any
) -> None:
    file: dict[str, list[Any]] = {
        "scenarios": [{"name": "Sales", "operations": [{"id": 1, "name": "Greeting"}]}],
        "segments": [
            {
                "name": "Returning",
                "site": "acme.example",
                "segments_conditions": {
                    "group_conditions": [
                        {
                            "conditions": [
                                {"type": "include", "segment_parameter": "city", "value": "York", "operator": "="}
                            ]
                        }
                    ]
                },
            }
        ],
        "schedules": [
            {
                "name": "Office",
                "schedules": [
                    {
                        "activity_days": {"type": "days_of_week", "days": ["1", "2"]},
                        "activity_time": [{"time_from": "09:00", "time_till": "18:00"}],
                    }
                ],
            }
        ],
        "media_files": [{"name": "Greeting", "duration": 7, "size": 1000}],
    }
    for _ in range(2):
        counts = registry.directories.import_file("acme", DirectoryFile.parse(json.dumps(file).encode()))
    assert {name: counts[name] for name in file} == dict.fromkeys(file, 1)
    (scenario,) = rows(ask, token, "scenarios")
    assert scenario["operations"] == [{"id": 1, "name": "Greeting"}]
    (segment,) = rows(ask, token, "segments")
    assert segment["site_domain_name"] == "acme.example"
    assert segment["segments_conditions"] == file["segments"][0]["segments_conditions"]
    (schedule,) = rows(ask, token, "schedules")
    assert schedule["schedules"][0]["activity_time"] == [{"time_from": "09:00", "time_till": "18:00"}]
    assert schedule["schedules"][0]["activity_days"] == {"type": "days_of_week", "days": ["1", "2"]}
    assert [(row["name"], row["duration"]) for row in rows(ask, token, "media_files")] == [("Greeting", 7)]
    own = made("employees", last_name="Hart", schedule_id=schedule["id"])
    assert rows(ask, token, "employees", fields=["id", "schedule_name"]) == [{"id": own, "schedule_name": "Office"}]
    with pytest.raises(OperatorFault, match="segments has 'Returning' twice"):
        DirectoryFile.parse(json.dumps({"segments": file["segments"] * 2}).encode())
