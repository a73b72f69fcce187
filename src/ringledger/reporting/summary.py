"""From the parameters of a summary to its typed query, and from that to the reply's page; makes no SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from ringledger.catalogue.summaries import Summary
from ringledger.faults import CallerFault
from ringledger.reporting import summary_select
from ringledger.reporting.params import sort_orders
from ringledger.reporting.query import ReportQuery, SummaryQuery
from ringledger.reporting.reply import Page, total_of
from ringledger.store.engine import Engine

OWN: Final = frozenset({"dimensions", "measures", "sort"})
"""The parameters that a summary reads itself; the others choose rows as those of its report do."""

T = TypeVar("T")


def summary_query(summary: Summary, params: Mapping[str, Any], of: ReportQuery) -> SummaryQuery:
    """The query that the parameters ask over the rows of `of`. Raises CallerFault naming the parameter."""
    dimensions = _named(summary.dimension, params.get("dimensions"), "dimensions")
    if len(dimensions) > summary.most_dimensions:
        raise CallerFault("invalid_parameter_value", "dimensions", params["dimensions"])
    measures = _named(summary.measure, params.get("measures"), "measures") or summary.default_measures()
    sort = sort_orders(summary.rows, params.get("sort"))
    chosen = {one.shown.name for one in dimensions} | {one.shown.name for one in measures}
    for at, order in enumerate(sort):
        if order.field.name not in chosen:
            raise CallerFault("invalid_parameter_value", f"sort.{at}.field", order.field.name)
    return SummaryQuery(of=of, dimensions=dimensions, measures=measures, sort=sort)


def _named(find: Callable[[str], T | None], names: object, path: str) -> tuple[T, ...]:
    if names is None:
        return ()
    if not isinstance(names, list):
        raise CallerFault("data_type_error", path, names)
    found: dict[str, T] = {}
    for at, name in enumerate(names):
        if not isinstance(name, str):
            raise CallerFault("data_type_error", f"{path}.{at}", name)
        one = find(name)
        if one is None:
            raise CallerFault("unexpected_parameters", f"{path}.{at}", name)
        if name in found:
            raise CallerFault("invalid_parameter_value", f"{path}.{at}", name)
        found[name] = one
    return tuple(found.values())


def answer(engine: Engine, query: SummaryQuery) -> Page:
    """The groups of a page and how many there are. Raises EngineFault."""
    data = engine.read(summary_select.page(query)) or b"[]"
    offset, limit = query.of.offset, query.of.limit
    shown = len(msgspec.json.decode(data, type=list[msgspec.Raw]))
    if shown < limit and (shown or not offset):
        return Page((data,), offset + shown)
    return Page((data,), total_of(engine, summary_select.count(query)))
