"""The calls that a tag rule's filter chooses, as SQL over the call store; sets no tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.registry.accounts import Account
from ringledger.registry.changed_names import ChangedNames
from ringledger.registry.rights import WHOLE
from ringledger.reporting.filters import FilterReader
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import compiles
from ringledger.reporting.select import Select
from ringledger.store.engine import Engine, Statement


def chosen_calls(
    engine: Engine,
    account: Account,
    wanted: Mapping[str, Any],
    names: ChangedNames,
    period: tuple[int, int],
    ids: Sequence[int] | None = None,
) -> Statement:
    """FROM and WHERE of the account's finished calls of a period, in Unix seconds, that the filter lets pass.

    With `ids` only of these. Raises CallerFault where get.calls_report would refuse the filter.
    """
    conditions = FilterReader(CALLS_REPORT, account.timezone, lambda pattern: compiles(engine, pattern)).read(wanted)
    query = ReportQuery(
        report=CALLS_REPORT,
        account=account.id,
        view=WHOLE,
        timezone=account.timezone,
        fields=(),
        limit=1,
        offset=0,
        begin=period[0],
        end=period[1],
        filter=conditions,
        names=names,
    )
    select = Select(query)
    source = select.source()
    if ids is not None:
        source += f" AND c.id IN {select.bind(list(ids), 'Array(Int64)')}"
    return select.statement(source)
