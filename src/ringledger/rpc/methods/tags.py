"""Tags and sales of calls, set by people and by rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ringledger.calls.codes import CommunicationType, TagType
from ringledger.faults import CallerFault
from ringledger.registry.entries import Entry
from ringledger.reporting.moments import instants, parse_local
from ringledger.reporting.tagging import chosen_calls
from ringledger.rpc.call import Call, Handler, Members, Resources
from ringledger.rpc.methods import directory
from ringledger.store import tags
from ringledger.store.row_updates import Chosen
from ringledger.store.tags import Tag, TaggedCall

_FIRST: Final = 0
_LAST: Final = 2**32 - 1


def set_tag(resources: Resources, call: Call) -> Members:
    """Sets a tag on a call; nothing changes where the call has it."""
    tag = _tag(resources, call)
    by = _by(resources, call, tag)
    with resources.registry.turns.of(call.account.id):
        tags.set_tag(resources.engine, call.account.id, _named(resources, call), by)
    return {"data": {}}


def unset_tag(resources: Resources, call: Call) -> Members:
    """Takes a tag from a call, with the tag of sales the sale too; nothing changes where the call does not have it."""
    tag = _tag(resources, call)
    with resources.registry.turns.of(call.account.id):
        tags.unset_tag(resources.engine, call.account.id, _named(resources, call), tag.id, is_sale=tag.is_system)
    return {"data": {}}


def set_sale(resources: Resources, call: Call) -> Members:
    """Notes a sale on a call; a sale that it has already is replaced."""
    local = parse_local(call.params["date_time"])
    date = instants(local, call.account.timezone)[0] if local else -1
    if not _FIRST <= date <= _LAST:
        raise CallerFault("invalid_date_time", "date_time", call.params["date_time"])
    cost = float(call.params["transaction_value"])
    with resources.registry.turns.of(call.account.id):
        named = _named(resources, call)
        tag = _by(resources, call, resources.registry.entries.sale_tag(call.account.id))
        tags.set_sale(resources.engine, call.account.id, named, tag, date, cost)
    return {"id": named.id, "data": {"id": named.id}}


def _tag(resources: Resources, call: Call) -> Entry:
    return resources.registry.entries.find(call.account.id, "tags", call.params["tag_id"], "tag_id")


def _by(resources: Resources, call: Call, tag: Entry) -> Tag:
    """The tag as the caller sets it: in the name of the user whom the request names, else of the token's.

    The user's employee is named too.
    """
    user = call.caller.user
    named = call.params.get("user_id")
    if named is not None and (found := resources.registry.users.with_account(named)) is not None:
        user = found[0]
    employee = resources.registry.names.employee_of_user(call.account.id, user.login) if user else None
    return Tag(
        id=tag.id,
        name=tag.name,
        type=TagType.MANUAL,
        change_time=call.now,
        user_id=user.id if user else None,
        user_login=user.login if user else None,
        employee_id=employee.id if employee else None,
        employee_full_name=employee.name if employee else None,
    )


def _named(resources: Resources, call: Call) -> TaggedCall:
    """The call that the parameters name. Raises CallerFault where there is none."""
    communication, ext_id = call.params.get("communication_id"), call.params.get("communication_ext_id")
    if communication is not None and ext_id is not None:
        raise CallerFault("invalid_parameters_combination", "communication_ext_id", ext_id)
    if communication is None and ext_id is None:
        raise CallerFault("required_parameter_missed", "communication_id")
    field, value = ("communication_id", communication) if ext_id is None else ("communication_ext_id", ext_id)
    found = None
    if call.params["communication_type"] == CommunicationType.CALL:
        number = int(_whole(communication)) if ext_id is None else None
        found = tags.find(resources.engine, call.account.id, communication=number, ext_id=ext_id)
    if found is None:
        raise CallerFault("entity_not_found", field, value)
    call.parties.session = found.id
    return found


def _whole(number: Any) -> float | Decimal:  # noqa: ANN401 - a number by the method's parameters
    whole: float | Decimal = number
    return whole


def create_rule(resources: Resources, call: Call) -> Members:
    """Makes a rule. Raises CallerFault for a filter that get.calls_report would refuse."""
    _check_filter(resources, call, call.params["filter"])
    return directory.create(resources, call)


def update_rule(resources: Resources, call: Call) -> Members:
    """Changes a rule. Raises CallerFault for a filter that get.calls_report would refuse."""
    if call.params.get("filter") is not None:
        _check_filter(resources, call, call.params["filter"])
    return directory.update(resources, call)


def apply_rule(resources: Resources, call: Call) -> Members:
    """Applies a rule to the calls of a period of any length; tells on how many it set its tag."""
    rule = resources.registry.entries.find(call.account.id, "tag_rules", call.params["id"])
    period = _period(call)
    chosen = _chosen(resources, call, rule.details["filter"], period)
    tag = resources.registry.entries.find(call.account.id, "tags", rule.details["tag_id"])
    with resources.registry.turns.of(call.account.id):
        found = tags.set_tag_on(resources.engine, chosen, Tag(tag.id, tag.name, TagType.AUTO, call.now))
    return {"data": {"calls_count": found}}


def _check_filter(resources: Resources, call: Call, wanted: Mapping[str, Any]) -> None:
    _chosen(resources, call, wanted, (0, 0))


def _chosen(resources: Resources, call: Call, wanted: Mapping[str, Any], period: tuple[int, int]) -> Chosen:
    names = resources.registry.changed_names(call.account.id)
    return chosen_calls(resources.engine, call.account, wanted, names, period)


def _period(call: Call) -> tuple[int, int]:
    """First and last instant of the period."""
    begin, end = (parse_local(call.params[name]) for name in ("date_from", "date_till"))
    if begin is None or end is None or begin > end:
        raise CallerFault("invalid_parameters_combination", "date_from", call.params["date_from"])
    return instants(begin, call.account.timezone)[0], instants(end, call.account.timezone)[1]


TAG_HANDLERS: Final[dict[str, Handler]] = {
    "set.tag_communications": set_tag,
    "unset.tag_communications": unset_tag,
    "set.tag_sales": set_sale,
    "create.tag_rules": create_rule,
    "update.tag_rules": update_rule,
    "delete.tag_rules": directory.delete,
    "set.tag_rules": apply_rule,
}
"""Handlers of the methods that put tags on calls."""
