"""From the parameters of a get method to a ReportQuery, checked in the order in which the reference page has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ringledger.catalogue.fields import Field, Report
from ringledger.faults import CallerFault
from ringledger.registry.changed_names import ChangedNames
from ringledger.registry.rights import View
from ringledger.reporting.filters import Compiles, FilterReader
from ringledger.reporting.moments import instants, parse_local, three_months_after
from ringledger.reporting.query import Order, ReportQuery

DEFAULT_LIMIT: Final = 1000
LARGEST_LIMIT: Final = 10_000
LARGEST_OFFSET: Final = 100_000


def report_query(
    report: Report,
    params: Mapping[str, Any],
    *,
    account: int,
    view: View,
    timezone: str,
    now: int,
    compiles: Compiles,
    names: ChangedNames | None = None,
) -> ReportQuery:
    """The query that the parameters ask of the account; one of a report without a table is still without its rows.

    `params` holds no parameter that the method does not have and lacks none that it requires. Raises CallerFault for
    the first parameter that is not as it should be.
    """
    limit = _whole(params, "limit", DEFAULT_LIMIT, 1, LARGEST_LIMIT)
    offset = _whole(params, "offset", 0, 0, LARGEST_OFFSET)
    conditions = FilterReader(report, timezone, compiles).read(params.get("filter"))
    fields = _fields(report, params.get("fields"))
    sort = sort_orders(report, params.get("sort"))
    begin, end, ongoing = _period(params, timezone) if report.moment else (0, 0, False)
    return ReportQuery(
        report=report,
        account=account,
        view=view,
        timezone=timezone,
        fields=fields,
        begin=begin,
        end=end,
        limit=limit,
        offset=offset,
        filter=conditions,
        sort=sort,
        ongoing=ongoing,
        now=now,
        names=names or {},
    )


def _period(params: Mapping[str, Any], timezone: str) -> tuple[int, int, bool]:
    """First and last instant of the period, and whether what is still under way belongs to it."""
    date_from, date_till = _local(params, "date_from"), _local(params, "date_till")
    ongoing = params.get("include_ongoing_calls")
    if ongoing is not None and not isinstance(ongoing, bool):
        raise CallerFault("data_type_error", "include_ongoing_calls", ongoing)
    if date_from > date_till:
        raise CallerFault("invalid_parameters_combination", "date_from", params["date_from"])
    if date_till > three_months_after(date_from):
        raise CallerFault("date_interval_limit_reached", "date_till", params["date_till"])
    return instants(date_from, timezone)[0], instants(date_till, timezone)[1], bool(ongoing)


def _whole(params: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = params.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise CallerFault("data_type_error", name, value)
    if not least <= value <= most or value != int(value):
        raise CallerFault("invalid_parameter_value", name, value)
    return int(value)


def _fields(report: Report, names: object) -> tuple[Field, ...]:
    if names is None or names == []:
        return report.default_fields()
    if not isinstance(names, list):
        raise CallerFault("data_type_error", "fields", names)
    found: dict[str, Field] = {}
    for at, name in enumerate(names):
        path = f"fields.{at}"
        if not isinstance(name, str):
            raise CallerFault("data_type_error", path, name)
        field = report.field(name)
        if field is None:
            raise CallerFault("unexpected_parameters", path, name)
        if name in found:
            raise CallerFault("invalid_parameter_value", path, name)
        found[name] = field
    return tuple(found.values())


def sort_orders(report: Report, items: object) -> tuple[Order, ...]:
    """The orders that a `sort` parameter asks for. Raises CallerFault naming the exact path."""
    if items is None:
        return ()
    if not isinstance(items, list):
        raise CallerFault("data_type_error", "sort", items)
    orders: dict[str, Order] = {}
    for at, item in enumerate(items):
        order = _order(report, item, f"sort.{at}")
        if order.field.name in orders:
            raise CallerFault("invalid_parameter_value", f"sort.{at}.field", order.field.name)
        orders[order.field.name] = order
    return tuple(orders.values())


def _order(report: Report, item: object, path: str) -> Order:
    if not isinstance(item, dict):
        raise CallerFault("data_type_error", path, item)
    for key in item:
        if key not in {"field", "order"}:
            raise CallerFault("unexpected_parameters", f"{path}.{key}", item[key])
    name, order = item.get("field"), item.get("order")
    if name is None:
        raise CallerFault("required_parameter_missed", f"{path}.field")
    if not isinstance(name, str):
        raise CallerFault("data_type_error", f"{path}.field", name)
    field = report.field(name)
    if field is None:
        raise CallerFault("unexpected_parameters", f"{path}.field", name)
    if not field.sortable:
        raise CallerFault("sort_prohibited", f"{path}.field", name)
    if order is not None and not isinstance(order, str):
        raise CallerFault("data_type_error", f"{path}.order", order)
    if order is not None and order.lower() not in {"asc", "desc"}:
        raise CallerFault("invalid_parameter_value", f"{path}.order", order)
    return Order(field, descending=order is not None and order.lower() == "desc")


def _local(params: Mapping[str, Any], name: str) -> datetime:
    value = params[name]
    if not isinstance(value, str):
        raise CallerFault("data_type_error", name, value)
    local = parse_local(value)
    if local is None:
        raise CallerFault("invalid_parameter_value", name, value)
    return local
