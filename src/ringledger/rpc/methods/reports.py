"""get methods: the page of a report, over the call store's table or over rows of the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from msgspec import structs

from ringledger.catalogue.fields import Report
from ringledger.catalogue.operators import Operator
from ringledger.catalogue.parameters import ACCESS, PAGING, PERIOD
from ringledger.catalogue.summaries import Summary
from ringledger.reporting import reply, summary
from ringledger.reporting.params import report_query
from ringledger.reporting.query import Condition, Junction, ReportQuery
from ringledger.reporting.reply import Page
from ringledger.rpc.call import Call, Handler, Resources
from ringledger.rpc.parameters import check_values

_ENCODER: Final = msgspec.json.Encoder()
_SHARED: Final = frozenset({*ACCESS, *PAGING, *PERIOD})

Rows = Iterable[Mapping[str, object]]
"""Rows of one account: values by field name, moments in Unix seconds, what is missing is null."""


def stored(report: Report) -> Handler:
    """The handler of a report over a table of the call store."""

    def answer(resources: Resources, call: Call) -> Page:
        return _page(resources, query(resources, call, report))

    return answer


def listed(report: Report, rows: Callable[[Resources, Call], Rows]) -> Handler:
    """The handler of a report over rows that `rows` reads from the registry: those that the call may see."""

    def answer(resources: Resources, call: Call) -> Page:
        asked = query(resources, call, report)
        return _page(resources, structs.replace(asked, rows=_ENCODER.encode_lines(rows(resources, call))))

    return answer


def summarised(of: Summary) -> Handler:
    """The handler of a summary of a report over a table of the call store."""

    def answer(resources: Resources, call: Call) -> Page:
        chosen = {name: value for name, value in call.params.items() if name not in summary.OWN}
        rows = query(resources, structs.replace(call, params=chosen), of.report)
        if call.params.get("groupings") is not None:
            return resources.summaries.answer_all(summary.summary_queries(of, call.params, rows))
        return resources.summaries.answer(summary.summary_query(of, call.params, rows))

    return answer


def query(resources: Resources, call: Call, report: Report) -> ReportQuery:
    """What the call asks of the report. Raises CallerFault."""
    check_values(ACCESS, call.params)
    asked = report_query(
        report,
        call.params,
        account=call.account.id,
        view=call.view,
        timezone=call.account.timezone,
        now=call.now,
        compiles=lambda pattern: reply.compiles(resources.engine, pattern),
        names=resources.registry.changed_names(call.account.id) if report.table else None,
    )
    check_values((own for own in call.method.parameters if own not in _SHARED), call.params)
    call.parties.session = _session(asked)
    return asked


def _session(query: ReportQuery) -> int | None:
    """The call session that the query is about, where its filter names one."""
    conditions = query.filter.parts if isinstance(query.filter, Junction) else (query.filter,)
    if isinstance(query.filter, Junction) and query.filter.joiner == "or" and len(conditions) > 1:
        return None
    for part in conditions:
        is_named = isinstance(part, Condition) and part.field.name == query.report.session
        if isinstance(part, Condition) and is_named and part.operator is Operator.EQUAL and isinstance(part.value, int):
            return part.value
    return None


def _page(resources: Resources, query: ReportQuery) -> Page:
    return resources.reports.answer(query)
