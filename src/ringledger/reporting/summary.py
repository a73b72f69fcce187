"""From the parameters of a summary to its typed query, and from that to the reply's page; makes no SQL of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from msgspec import structs

from ringledger.catalogue.summaries import Summary
from ringledger.faults import CallerFault
from ringledger.reporting import summary_select
from ringledger.reporting.params import DEFAULT_LIMIT, sort_orders
from ringledger.reporting.query import ReportQuery, SummaryQuery
from ringledger.reporting.reply import Page, Piece, counted
from ringledger.reporting.templates import TEMPLATE
from ringledger.reporting.turns import Turns
from ringledger.store.cache import Cache
from ringledger.store.daybook import Daybook, Holding
from ringledger.store.engine import Engine

OWN: Final = frozenset({"dimensions", "measures", "sort"})
"""The parameters that a summary reads itself; the others choose rows as those of its report do."""

_OVERHEAD: Final = 2000
"""Bytes that a remembered answer takes beside its own."""

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


def summary_queries(summary: Summary, params: Mapping[str, Any], of: ReportQuery) -> tuple[SummaryQuery, ...]:
    """The queries of the groupings that the parameters hold, whose types are checked, each over the rows of `of`.

    Raises CallerFault naming the parameter.
    """
    for name in (*sorted(OWN), "limit", "offset"):
        if params.get(name) is not None:
            raise CallerFault("invalid_parameters_combination", name, params[name])
    return tuple(_within(summary, grouping, of, at) for at, grouping in enumerate(params["groupings"]))


def _within(summary: Summary, grouping: Mapping[str, Any], of: ReportQuery, at: int) -> SummaryQuery:
    limit, offset = grouping.get("limit"), grouping.get("offset")
    rows = structs.replace(of, limit=int(limit or DEFAULT_LIMIT), offset=int(offset or 0))
    try:
        return summary_query(summary, grouping, rows)
    except CallerFault as fault:
        raise CallerFault(fault.mnemonic, f"groupings.{at}.{fault.field}", fault.value, fault.params) from None


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


class Summaries:
    """The summaries of one store; may be used from any thread. `cache` is in bytes.

    An answer is remembered until a day that it is made of is written. Who has to be reckoned waits for a turn.
    """

    def __init__(self, engine: Engine, turns: Turns, daybook: Daybook, cache: int) -> None:
        self._engine = engine
        self._turns = turns
        self._daybook = daybook
        self._answers: Cache[tuple[int, Page]] = Cache(cache)
        # Two for each core: the planning of a statement leaves the others idle.
        self._side_by_side = ThreadPoolExecutor(2 * (os.cpu_count() or 1), thread_name_prefix="summary")

    def answer(self, query: SummaryQuery) -> Page:
        """The groups of a page and how many there are. Raises EngineFault."""
        of = query.of
        span = None
        if self._engine.embedded and not of.ongoing:
            span = self._daybook.span(of.account, of.begin, of.end)
        if span is None:
            return self._reckoned(query, None)
        key = _key(query)
        known = self._answers.get(key)
        if known is not None and known[0] == span.stamp.written:
            return known[1]
        page = self._reckoned(query, span.holding)
        if not self._daybook.holds(of.account, span):
            return self._reckoned(query, None)
        self._answers.put(key, (span.stamp.written, page), sum(map(len, page.data)) + _OVERHEAD)
        return page

    def answer_all(self, queries: Sequence[SummaryQuery]) -> Page:
        """What each of the queries answers, in their order, as `{"total_items", "data"}`. Raises EngineFault."""
        parts: list[Piece] = []
        for page in self._side_by_side.map(self.answer, queries):
            parts += [b"," if parts else b"[", b'{"total_items":%d,"data":' % page.total, *page.data, b"}"]
        return Page((*parts, b"]"), len(queries))

    def _reckoned(self, query: SummaryQuery, holding: Holding | None) -> Page:
        with self._turns.of(query.of.limit):
            return counted(self._engine.read(summary_select.page_and_count(query, holding), TEMPLATE))


def _key(query: SummaryQuery) -> Hashable:
    """All that an answer depends on but the rows."""
    of = query.of
    names = tuple((kind, tuple(changed.items())) for kind, changed in of.names.items())
    whose = (of.account, of.view, of.timezone, names)
    rows = (of.begin, of.end, of.filter, of.limit, of.offset)
    shown = (tuple(one.shown.name for one in chosen) for chosen in (query.dimensions, query.measures))
    return whose, rows, *shown, tuple((order.field.name, order.descending) for order in query.sort)
