"""get, create, update and delete of an account's directory: the same for every kind of entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ringledger.catalogue import directory as catalogue
from ringledger.catalogue.fields import Report
from ringledger.faults import CallerFault
from ringledger.registry.listings import STATUS_IDS
from ringledger.rpc.call import Call, Handler, Members, Resources
from ringledger.rpc.methods import reports
from ringledger.rpc.methods.reports import Rows

_OF_EVERY_CALL: Final = frozenset({"access_token", "user_id"})


def listed(report: Report) -> Handler:
    """The handler of a kind's get method."""
    kind = report.method.removeprefix("get.")

    def rows(resources: Resources, call: Call) -> Rows:
        return resources.registry.listings.rows(call.account.id, kind)

    return reports.listed(report, rows)


def statuses(resources: Resources, call: Call) -> Rows:
    """The rows of get.statuses: with `is_deleted` only those that are, or that are not."""
    deleted = call.params.get("is_deleted")
    rows = resources.registry.listings.rows(call.account.id, "statuses")
    return [row for row in rows if deleted is None or row["is_deleted"] == deleted]


def create(resources: Resources, call: Call) -> Members:
    """Makes an entry of the kind that the method names."""
    made = resources.registry.entries.create(call.account, _kind(call), own(call))
    return {"id": made, "data": {"id": made}}


def update(resources: Resources, call: Call) -> Members:
    """Changes an entry of the kind that the method names."""
    resources.registry.entries.update(call.account, _kind(call), own(call))
    return {"data": {}}


def delete(resources: Resources, call: Call) -> Members:
    """Takes an entry of the kind that the method names away."""
    resources.registry.entries.delete(call.account, _kind(call), call.params["id"])
    return {"data": {}}


def update_employee(resources: Resources, call: Call) -> Members:
    """Changes an employee; the status may be named by its id."""
    params = dict(own(call))
    status_id = params.pop("status_id", None)
    if status_id is not None:
        found = next((status for status, known in STATUS_IDS.items() if known == status_id), None)
        if found is None:
            raise CallerFault("entity_not_found", "status_id", status_id)
        if params.get("status") not in {None, found.value}:
            raise CallerFault("invalid_parameters_combination", "status_id", status_id)
        params["status"] = found.value
    resources.registry.entries.update(call.account, "employees", params)
    return {"data": {}}


def own(call: Call) -> Mapping[str, Any]:
    """The method's own parameters."""
    return {name: value for name, value in call.params.items() if name not in _OF_EVERY_CALL}


def _kind(call: Call) -> str:
    return call.method.name.partition(".")[2]


_LISTED: Final = (
    catalogue.TAGS,
    catalogue.TAG_RULES,
    catalogue.EMPLOYEES,
    catalogue.GROUP_EMPLOYEES,
    catalogue.SITES,
    catalogue.CAMPAIGNS,
    catalogue.VIRTUAL_NUMBERS,
    catalogue.SCENARIOS,
    catalogue.SEGMENTS,
    catalogue.MEDIA_FILES,
    catalogue.CONTACTS,
    catalogue.GROUP_CONTACTS,
    catalogue.CONTACT_ORGANIZATIONS,
    catalogue.SCHEDULES,
)
_CHANGED: Final = (
    "tags", "employees", "group_employees", "sites", "campaigns", "group_contacts", "contact_organizations"
)  # fmt: skip

DIRECTORY_HANDLERS: Final[dict[str, Handler]] = {
    **{report.method: listed(report) for report in _LISTED},
    **{f"create.{kind}": create for kind in _CHANGED},
    **{f"update.{kind}": update for kind in _CHANGED},
    **{f"delete.{kind}": delete for kind in _CHANGED},
    "update.employees": update_employee,
    catalogue.STATUSES.method: reports.listed(catalogue.STATUSES, statuses),
}
"""Handlers of the methods that need nothing but the directory."""
