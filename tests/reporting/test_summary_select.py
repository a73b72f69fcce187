"""Summaries as SQL: the whole statement of a page of groups, a line a case."""

from __future__ import annotations

from typing import Any

import pytest

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.calls_summary import CALLS_SUMMARY
from ringledger.registry.rights import WHOLE
from ringledger.reporting import summary_select
from ringledger.reporting.params import report_query
from ringledger.reporting.summary import summary_query
from ringledger.store.daybook import Holding

PERIOD = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
LATEST = Holding({}, all_shown=False)


def written(holding: Holding | None = None, **params: Any) -> str:
    """The statement without its settings and window, the rows' conditions shortened."""
    chosen = {name: value for name, value in params.items() if name == "filter"}
    rows = report_query(
        CALLS_REPORT, PERIOD | chosen, account=7, view=WHOLE, timezone="UTC", now=0, compiles=lambda _: True
    )
    sql = summary_select.page_and_count(summary_query(CALLS_SUMMARY, params, rows), holding).sql
    before, _, rest = sql.partition("WHERE ")
    conditions, _, after = rest.partition(" AND c.finish_time IS NOT NULL")
    assert conditions.startswith("c.account = {")
    return f"{before}WHERE ...{after}".partition(" LIMIT ")[0]


@pytest.mark.parametrize(
    ("params", "sql"),
    [
        ({"measures": ["calls_count"]}, "SELECT count() AS calls_count FROM call_sessions AS c FINAL WHERE ..."),
        (
            {"holding": LATEST, "dimensions": ["weekday"], "measures": ["lost_share"]},
            (
                "SELECT toDayOfWeek(c.start_time, 0, {p0:String}) AS weekday, countIf(c.is_lost) / count() AS "
                "lost_share FROM call_sessions AS c PREWHERE ... AND c.is_deleted = 0 GROUP BY weekday "
                "ORDER BY weekday ASC NULLS LAST"
            ),
        ),
        (
            {
                "dimensions": ["wait_duration_bucket"],
                "measures": ["contacts_count"],
                "filter": {"field": "hour_of_day", "operator": "=", "value": 9},
            },
            (
                f"SELECT roundDown(c.wait_duration, {list(CALLS_SUMMARY.dimensions[-7].edges)}) AS "
                "wait_duration_bucket, uniqExact(ifNull(c.contact_phone_number, '')) - "
                "(countIf(c.contact_phone_number IS NULL) > 0 "
                "AND countIf(c.contact_phone_number = '') = 0) AS contacts_count FROM call_sessions AS c FINAL "
                "WHERE ... AND toHour(c.start_time, {p3:String}) = {p4:Int64} GROUP BY wait_duration_bucket "
                "ORDER BY wait_duration_bucket ASC NULLS LAST"
            ),
        ),
        (
            {
                "holding": LATEST,
                "dimensions": ["day", "employee_full_name", "employee_id"],
                "measures": ["calls_count", "wait_duration_p90"],
                "sort": [{"field": "calls_count", "order": "desc"}],
            },
            (
                "SELECT day, tupleElement(arrayJoin(arrayDistinct(emptyArrayToSingle(arrayZip(a0, a1)))), 1) AS "
                "employee_full_name, tupleElement(arrayJoin(arrayDistinct(emptyArrayToSingle(arrayZip(a0, a1)))), 2) "
                "AS employee_id, countMerge(m0_0) AS calls_count, quantileExactMerge(0.9)(m1_0) AS wait_duration_p90 "
                "FROM (SELECT toDate(c.start_time, {p0:String}) AS day, c.employees.employee_full_name AS a0, "
                "c.employees.employee_id AS a1, countState() AS m0_0, quantileExactState(0.9)(c.wait_duration) AS "
                "m1_0 FROM call_sessions AS c PREWHERE ... AND c.is_deleted = 0 GROUP BY day, a0, a1) "
                "GROUP BY day, employee_full_name, employee_id ORDER BY calls_count DESC NULLS LAST, day ASC NULLS "
                "LAST, employee_full_name ASC NULLS LAST, employee_id ASC NULLS LAST"
            ),
        ),
    ],
    ids=["one group", "a part of the moment", "a bucket, filtered", "items of an array"],
)
def test_groups_are_written_so(params: dict[str, Any], sql: str) -> None:
    assert written(**params) == sql
