"""The calls that a tag rule's filter chooses, and the rules' tags on calls that ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from ringledger.calls.codes import TagType
from ringledger.catalogue.calls_report import CALLS_REPORT
from ringledger.faults import CallerFault
from ringledger.registry.accounts import Account
from ringledger.registry.changed_names import ChangedNames
from ringledger.registry.registry import Registry
from ringledger.registry.rights import WHOLE
from ringledger.reporting.filters import FilterReader
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.reply import compiles
from ringledger.reporting.select import Select
from ringledger.store.changes import EVER
from ringledger.store.engine import Engine
from ringledger.store.row_updates import Chosen
from ringledger.store.sessions import Ended
from ringledger.store.tags import Tag, set_tag_on

log = structlog.get_logger()


def chosen_calls(
    engine: Engine,
    account: Account,
    wanted: Mapping[str, Any],
    names: ChangedNames,
    period: tuple[int, int],
    ids: Sequence[int] | None = None,
) -> Chosen:
    """The account's finished calls of a period, in Unix seconds, that the filter lets pass.

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
    condition = select.statement(f"id IN (SELECT c.id {source})")
    return Chosen(account.id, condition, max(0, period[0]), min(period[1], EVER))


class RulesOnArrival:
    """Sets the tags of active rules on calls that ended; `clock` gives microseconds."""

    def __init__(self, engine: Engine, registry: Registry, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._registry = registry
        self._clock = clock

    def __call__(self, account_id: int, ended: Sequence[Ended]) -> None:
        """Applies the account's rules to these calls; the caller has the account's turn. Raises EngineFault."""
        rules = [
            rule for rule in self._registry.entries.all(account_id, "tag_rules") if rule.details.get("is_active", True)
        ]
        if not rules:
            return
        account = self._registry.accounts.by_id(account_id)
        names, tags = self._registry.changed_names(account_id), self._registry.entries.all(account_id, "tags")
        period = (min(one.start for one in ended), max(one.start for one in ended))
        known = {tag.id: tag.name for tag in tags}
        for rule in rules:
            tag_id = rule.details["tag_id"]
            try:
                ids = [one.id for one in ended]
                chosen = chosen_calls(self._engine, account, rule.details["filter"], names, period, ids)
            except CallerFault as fault:
                # A field that an older program knew: the rule must not keep calls from coming in.
                log.warning("tag_rule_not_understood", rule=rule.id, account=account_id, reason=str(fault))
                continue
            set_tag_on(self._engine, chosen, Tag(tag_id, known[tag_id], TagType.AUTO, self._clock() // 1_000_000))
