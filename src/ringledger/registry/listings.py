"""The rows of the get methods over an account's directory, with the names of what entries name by id."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Engine, select

from ringledger.calls.codes import EmployeeStatus
from ringledger.calls.inquiries import REPEAT_DAYS, TARGET_TALK
from ringledger.registry.entries import Entries, Entry
from ringledger.registry.tables import CONTACT_NUMBERS, VIRTUAL_NUMBERS

Row = Mapping[str, object]

STATUS_IDS: Final = {status: at for at, status in enumerate(EmployeeStatus, 1)}
_STATUS_IDS_BY_CODE: Final = {status.value: known for status, known in STATUS_IDS.items()}
_AT_WORK: Final = (EmployeeStatus.AVAILABLE, EmployeeStatus.BREAK, EmployeeStatus.AUTO_OUT_CALL)
_BOTH: Final = ("in", "out")
_OF_EMPLOYEES: Final = (
    "first_name", "last_name", "patronymic", "email", "call_recording", "schedule_id",
    "calls_available", "allowed_in_call_types", "in_external_allowed_call_directions",
    "in_internal_allowed_call_directions", "allowed_out_call_types", "out_external_allowed_call_directions",
    "out_internal_allowed_call_directions", "extension",
)  # fmt: skip
_OF_SITES: Final = (
    "name", "default_phone_number", "cookie_lifetime", "campaign_lifetime", "sales_enabled", "services_enabled",
    "replacement_dynamical_block_enabled", "is_support_web_directory", "widget_link", "industry_id",
    "child_customer_id", "show_visitor_id",
)  # fmt: skip
_OF_CAMPAIGNS: Final = (
    "description", "campaign_conditions", "site_id", "cost_ratio", "cost_ratio_operator", "dynamic_call_tracking"
)  # fmt: skip
_PHONE_BITS: Final = 20


class Listings:
    """The rows of a registry's directories; ids of one account only."""

    def __init__(self, engine: Engine, entries: Entries) -> None:
        self._engine = engine
        self._entries = entries
        self._readers: dict[str, Callable[[int], Iterable[Row]]] = {
            "tags": self._tags,
            "employees": self._employees,
            "group_employees": self._group_employees,
            "statuses": self._statuses,
            "sites": self._sites,
            "campaigns": self._campaigns,
            "virtual_numbers": self._virtual_numbers,
            "scenarios": self._scenarios,
            "segments": self._segments,
            "media_files": self._media_files,
            "contacts": self._contacts,
            "group_contacts": self._group_contacts,
            "contact_organizations": lambda account: self._plain(account, "contact_organizations"),
            "schedules": lambda account: self._plain(account, "schedules", "schedules"),
            "tag_rules": self._tag_rules,
        }

    def rows(self, account: int, kind: str) -> Iterable[Row]:
        """The rows of the kind's get method."""
        return self._readers[kind](account)

    def _all(self, account: int, kind: str) -> list[Entry]:
        return self._entries.all(account, kind)

    def _names(self, account: int, kind: str) -> dict[int, str]:
        return {entry.id: entry.name for entry in self._all(account, kind)}

    def _plain(self, account: int, kind: str, *details: str) -> Iterable[Row]:
        return [
            {"id": entry.id, "name": entry.name} | _chosen(entry.details, details) for entry in self._all(account, kind)
        ]

    def _tags(self, account: int) -> Iterable[Row]:
        return [{"id": tag.id, "name": tag.name, "is_system": tag.is_system} for tag in self._all(account, "tags")]

    def _tag_rules(self, account: int) -> Iterable[Row]:
        tags = self._names(account, "tags")
        return [
            {
                "id": rule.id,
                "name": rule.name,
                "tag_id": rule.details["tag_id"],
                "tag_name": tags.get(rule.details["tag_id"]),
                "filter": json.dumps(rule.details["filter"], ensure_ascii=False),
                "is_active": rule.details.get("is_active", True),
            }
            for rule in self._all(account, "tag_rules")
        ]

    def _employees(self, account: int) -> Iterable[Row]:
        employees = self._all(account, "employees")
        names = {one.id: one.name for one in employees}
        groups = _memberships(self._all(account, "group_employees"))
        schedules, sites = self._names(account, "schedules"), self._names(account, "sites")
        for one in employees:
            details = one.details
            status = details.get("status", EmployeeStatus.UNKNOWN.value)
            coach = details.get("coach") or {}
            operator = details.get("operator") or {}
            chosen = operator.get("operator_sites", ())
            yield _chosen(details, _OF_EMPLOYEES) | {
                "id": one.id,
                "login": operator.get("operator_login"),
                "full_name": one.name,
                "status": status,
                "status_id": _STATUS_IDS_BY_CODE[status],
                "schedule_name": schedules.get(details.get("schedule_id", 0)),
                "coach": coach | {"coach_full_name": names.get(coach.get("coach_id", 0))},
                "groups": groups.get(one.id, []),
                "phone_numbers": _phones(one),
                "operator": operator
                | {"operator_sites": [{"site_id": site, "site_domain_name": sites.get(site)} for site in chosen]},
            }

    def _group_employees(self, account: int) -> Iterable[Row]:
        employees = {one.id: one for one in self._all(account, "employees")}
        for group in self._all(account, "group_employees"):
            members = [employees[one] for one in group.details.get("members", ()) if one in employees]
            yield _chosen(group.details, ("group_phone_number", "queue_enabled", "channels_count")) | {
                "id": group.id,
                "name": group.name,
                "members": [{"employee_id": one.id, "employee_full_name": one.name} for one in members],
                "phone_numbers": [
                    {
                        "employee_phone_number": phone["phone_number"],
                        "employee_phone_number_id": phone["phone_id"],
                        "employee_full_name": one.name,
                        "employee_id": one.id,
                        "available": phone["status"] == "active",
                    }
                    for one in members
                    for phone in _phones(one)
                ],
            }

    def _statuses(self, _: int) -> Iterable[Row]:
        for status, status_id in STATUS_IDS.items():
            allowed = [] if status in {EmployeeStatus.DO_NOT_DISTURB, EmployeeStatus.NOT_AT_WORK} else list(_BOTH)
            yield {
                "id": status_id,
                "name": status.label,
                "mnemonic": status.value,
                "is_deleted": False,
                "in_external_allowed_call_directions": allowed,
                "in_internal_allowed_call_directions": allowed,
                "out_external_allowed_call_directions": allowed,
                "out_internal_allowed_call_directions": allowed,
                "allowed_phone_protocols": ["PSTN", "SIP", "SIP_TRUNK", "FMC"],
                "is_select_allowed": status not in {EmployeeStatus.AUTO_OUT_CALL, EmployeeStatus.UNKNOWN},
                "is_worktime": status in _AT_WORK,
                "is_auto_out_calls_ready": status is EmployeeStatus.AUTO_OUT_CALL,
            }

    def _sites(self, account: int) -> Iterable[Row]:
        scenarios = self._names(account, "scenarios")
        for site in self._all(account, "sites"):
            details = site.details
            scenario = details.get("default_scenario_id")
            yield _chosen(details, _OF_SITES) | {
                "id": site.id,
                "domain_name": site.name,
                "default_scenario": {"scenario_id": scenario, "scenario_name": scenarios.get(scenario or 0)},
                "is_editable": True,
                "creation_date": details.get("created"),
                "target_call_min_duration": details.get("target_call_min_duration", TARGET_TALK),
                "track_subdomains": details.get("track_subdomains_enabled"),
                "second_communication_period": details.get("second_communication_period", REPEAT_DAYS),
            }

    def _campaigns(self, account: int) -> Iterable[Row]:
        sites = self._names(account, "sites")
        numbers = {row.id: row.number for row in self._numbers(account)}
        for campaign in self._all(account, "campaigns"):
            details = campaign.details
            yield _chosen(details, _OF_CAMPAIGNS) | {
                "id": campaign.id,
                "name": campaign.name,
                "status": details.get("status", "active"),
                "creation_time": details.get("created"),
                "type": "basic",
                "site_domain_name": sites.get(details.get("site_id", 0)),
                "site_blocks": [
                    block
                    | {
                        "phone_number_type": "va",
                        "phone_number": numbers.get(block["phone_number_id"]),
                        "redirection_phone_number": numbers.get(block.get("redirection_phone_number_id", 0)),
                    }
                    for block in details.get("site_blocks", ())
                ],
            }

    def _numbers(self, account: int) -> Iterable[Any]:
        query = select(VIRTUAL_NUMBERS).where(VIRTUAL_NUMBERS.c.account_id == account).order_by(VIRTUAL_NUMBERS.c.id)
        with self._engine.connect() as connection:
            return list(connection.execute(query))

    def _virtual_numbers(self, account: int) -> Iterable[Row]:
        campaigns = {one.id: one for one in self._all(account, "campaigns")}
        scenarios, sites = self._names(account, "scenarios"), self._names(account, "sites")
        for row in self._numbers(account):
            campaign = campaigns.get(row.campaign_id)
            yield {
                "id": row.id,
                "virtual_phone_number": row.number,
                "status": "active",
                "type": "va",
                "campaigns": [_campaign(campaign, sites)] if campaign else [],
                "scenarios": [
                    {"scenario_id": row.scenario_id, "scenario_name": scenarios[row.scenario_id], "is_active": True}
                ]
                if row.scenario_id in scenarios
                else [],
            }

    def _scenarios(self, account: int) -> Iterable[Row]:
        campaigns = {one.id: one for one in self._all(account, "campaigns")}
        sites, numbers = self._names(account, "sites"), self._numbers(account)
        for scenario in self._all(account, "scenarios"):
            own = [row for row in numbers if row.scenario_id == scenario.id]
            yield {
                "id": scenario.id,
                "name": scenario.name,
                "virtual_phone_numbers": [row.number for row in own],
                "sites": [
                    {"site_id": site, "site_domain_name": sites[site]}
                    for site in dict.fromkeys(row.site_id for row in own)
                    if site in sites
                ],
                "campaigns": [
                    _campaign(campaigns[one], sites)
                    for one in dict.fromkeys(row.campaign_id for row in own)
                    if one in campaigns
                ],
                "operations": scenario.details.get("operations", []),
            }

    def _segments(self, account: int) -> Iterable[Row]:
        sites = self._names(account, "sites")
        for segment in self._all(account, "segments"):
            yield _chosen(segment.details, ("description", "site_id", "segments_conditions")) | {
                "id": segment.id,
                "name": segment.name,
                "site_domain_name": sites.get(segment.details.get("site_id", 0)),
            }

    def _media_files(self, account: int) -> Iterable[Row]:
        return [
            {**row, "type": "user"}
            for row in self._plain(account, "media_files", "duration", "play_link", "normalization", "size")
        ]

    def _contacts(self, account: int) -> Iterable[Row]:
        employees, organizations = self._names(account, "employees"), self._names(account, "contact_organizations")
        groups = _memberships(self._all(account, "group_contacts"))
        numbers: dict[int, list[str]] = {}
        query = select(CONTACT_NUMBERS).where(CONTACT_NUMBERS.c.account_id == account)
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(CONTACT_NUMBERS.c.number)):
                numbers.setdefault(row.contact_id, []).append(row.number)
        names = ("first_name", "last_name", "patronymic", "emails", "personal_manager_id", "organization_id")
        for contact in self._all(account, "contacts"):
            details = contact.details
            yield _chosen(details, names) | {
                "id": contact.id,
                "full_name": contact.name,
                "phone_numbers": numbers.get(contact.id, []),
                "personal_manager_full_name": employees.get(details.get("personal_manager_id", 0)),
                "organization_name": organizations.get(details.get("organization_id", 0)),
                "groups": groups.get(contact.id, []),
            }

    def _group_contacts(self, account: int) -> Iterable[Row]:
        contacts = self._names(account, "contacts")
        for group in self._all(account, "group_contacts"):
            members = [one for one in group.details.get("members", ()) if one in contacts]
            yield {
                "id": group.id,
                "name": group.name,
                "is_system": False,
                "members": [{"contact_id": one, "contact_full_name": contacts[one]} for one in members],
            }


def _chosen(details: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: details[name] for name in names if name in details}


def _memberships(groups: Iterable[Entry]) -> dict[int, list[Row]]:
    """By member the groups that it belongs to."""
    found: dict[int, list[Row]] = {}
    for group in groups:
        for member in group.details.get("members", ()):
            found.setdefault(member, []).append({"group_id": group.id, "group_name": group.name})
    return found


def _phones(employee: Entry) -> list[dict[str, Any]]:
    """The employee's numbers but the extension; an id is made of the employee's and the number's digest."""
    extension = (employee.details.get("extension") or {}).get("extension_phone_number")
    said = employee.details.get("phones", {})
    return [
        {"status": "active"}
        | said.get(number, {})
        | {
            "phone_id": (employee.id << _PHONE_BITS) | (zlib.crc32(number.encode()) >> (32 - _PHONE_BITS)),
            "phone_number": number,
        }
        for number in employee.numbers
        if number != extension
    ]


def _campaign(campaign: Entry, sites: Mapping[int, str]) -> Row:
    site = campaign.details.get("site_id")
    return {
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "site_id": site,
        "site_domain_name": sites.get(site or 0),
    }
