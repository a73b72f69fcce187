"""Queries as SQL: the whole statement and its values, a line a case."""

from __future__ import annotations

from typing import Any

import pytest

from ringledger.catalogue.accounts import CUSTOMER_USERS
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.catalogue.fields import Report
from ringledger.registry.rights import WHOLE, Scope, View
from ringledger.reporting import select
from ringledger.reporting.params import report_query
from ringledger.store.engine import Statement

PERIOD = {"date_from": "2026-03-01 00:00:00", "date_till": "2026-03-31 23:59:59"}
MARCH = "c.start_time >= toDateTime({p1:UInt32}, 'UTC') AND c.start_time <= toDateTime({p2:UInt32}, 'UTC')"
MASKED = "concat(repeat('*', greatest(length(c.contact_phone_number) - 4, 0)), right(c.contact_phone_number, 4))"


def counted(report: Report, params: dict[str, Any], view: View = WHOLE) -> Statement:
    query = report_query(report, params, account=7, view=view, timezone="UTC", now=0, compiles=lambda _: True)
    return select.count(query)


def test_every_query_of_a_table_names_account_and_period() -> None:
    statement = counted(CALLS_REPORT, PERIOD)
    assert statement.sql == (
        "SELECT count() AS total FROM call_sessions AS c FINAL "
        f"WHERE c.account = {{p0:UInt32}} AND {MARCH} AND c.finish_time IS NOT NULL"
    )
    assert statement.values == {"p0": 7, "p1": 1772323200, "p2": 1775001599}


def test_rows_of_the_registry_come_with_the_statement() -> None:
    statement = counted(CUSTOMER_USERS, {"filter": {"field": "name", "operator": "=", "value": "Ann"}})
    assert statement.sql == "SELECT count() AS total FROM given_rows AS c WHERE c.name = {p0:String}"
    assert statement.given is not None
    assert statement.given.structure.startswith("id Int64, login Nullable(String), ")


@pytest.mark.parametrize(
    ("scope", "condition", "values"),
    [
        (Scope(), "(arrayExists(one -> 0, c.employees) OR ifNull(0, 0) OR ifNull(0, 0))", []),
        (
            Scope((1, 2), ("44207",), (3,)),
            (
                "(arrayExists(one -> one.employee_id IN {p3:Array(Int64)}, c.employees)"
                " OR ifNull(c.virtual_phone_number IN {p4:Array(String)}, 0)"
                " OR ifNull(c.site_id IN {p5:Array(Int64)}, 0))"
            ),
            [[1, 2], ["44207"], [3]],
        ),
    ],
)
def test_a_confined_users_query_has_the_scope_beside_the_account(
    scope: Scope, condition: str, values: list[object]
) -> None:
    statement = counted(CALLS_REPORT, PERIOD, View(scope))
    assert statement.sql.endswith(f" AND c.finish_time IS NOT NULL AND {condition}")
    assert list(statement.values.values())[3:] == values


def test_filters_know_no_more_of_a_masked_number_than_the_reply_shows() -> None:
    number = {"field": "contact_phone_number", "operator": "=", "value": "442079460000"}
    masked = counted(CALLS_REPORT, {**PERIOD, "filter": number}, View(is_masked=True))
    assert masked.sql.endswith(f"{MASKED} = {{p3:String}}")


def test_of_conditions_that_must_all_hold_the_cheapest_is_looked_at_first() -> None:
    tagged = {"field": "tags", "operator": "!=", "value": None}
    number = {"field": "contact_phone_number", "operator": "like", "value": "%20%"}
    lost = {"field": "is_lost", "operator": "=", "value": True}
    either = {"condition": "or", "filters": [number, {"field": "id", "operator": "=", "value": 5}]}
    both = {"condition": "and", "filters": [number, lost]}
    statement = counted(CALLS_REPORT, {**PERIOD, "filter": {"condition": "and", "filters": [tagged, either, both]}})
    _, conditions = statement.sql.split("c.finish_time IS NOT NULL AND ")
    numbered = "c.contact_phone_number LIKE {p5:String}"
    assert conditions == (
        "c.is_lost = {p3:Bool} AND c.contact_phone_number LIKE {p4:String} AND notEmpty(c.tags)"
        f" AND ({numbered} OR c.id = {{p6:Int64}})"
    )
