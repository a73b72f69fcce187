"""The calls that a tag rule's filter chooses, and the rules' tags on calls that ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from msgspec import structs

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
from ringledger.store.engine import Engine, Statement
from ringledger.store.row_updates import Chosen
from ringledger.store.sessions import Ended
from ringledger.store.tags import Tag, set_tag_on

log = structlog.get_logger()

_NEW: Final = f"""c.call_key = '' AND c.version > {{since:UInt64}} AND c.id NOT IN (
    SELECT id FROM {CALLS_REPORT.table} WHERE account = {{owner:UInt32}} AND version <= {{since:UInt64}})"""
"""Imported again, a call keeps the tags that its file states: a person may have taken a rule's tag away."""


def chosen_calls(
    engine: Engine,
    account: Account,
    wanted: Mapping[str, Any],
    names: ChangedNames,
    period: tuple[int, int],
    among: Statement | None = None,
) -> Chosen:
    """The account's finished calls of a period, in Unix seconds, that the filter lets pass.

    With `among`, a condition on the rows `c`, only of those that meet it. Raises CallerFault where get.calls_report
    would refuse the filter.
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
    if among is not None:
        source += f" AND {among.sql}"
    condition = select.statement(f"id IN (SELECT c.id {source})")
    if among is not None:
        condition = structs.replace(condition, values={**condition.values, **among.values})
    return Chosen(account.id, condition, max(0, period[0]), min(period[1], EVER))


class RulesOnArrival:
    """Sets the tags of active rules on calls that ended; `clock` gives microseconds."""

    def __init__(self, engine: Engine, registry: Registry, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._registry = registry
        self._clock = clock

    def __call__(self, account_id: int, ended: Sequence[Ended]) -> None:
        """Applies the account's rules to these calls; the caller has the account's turn. Raises EngineFault."""
        among = Statement("c.id IN {ended:Array(Int64)}", {"ended": [one.id for one in ended]})
        self._apply(account_id, (min(one.start for one in ended), max(one.start for one in ended)), among)

    def to_imported(self, account_id: int, period: tuple[int, int], since: int) -> None:
        """Applies them to the calls of a period that session files brought after the version `since` and that were not
        there before; so does this. Raises EngineFault."""
        with self._registry.turns.of(account_id):
            self._apply(account_id, period, Statement(_NEW, {"owner": account_id, "since": since}))

    def _apply(self, account_id: int, period: tuple[int, int], among: Statement) -> None:
        rules = [
            rule for rule in self._registry.entries.all(account_id, "tag_rules") if rule.details.get("is_active", True)
        ]
        if not rules:
            return
        account = self._registry.accounts.by_id(account_id)
        names, tags = self._registry.changed_names(account_id), self._registry.entries.all(account_id, "tags")
        known = {tag.id: tag.name for tag in tags}
        for rule in rules:
            tag_id = rule.details["tag_id"]
            try:
                chosen = chosen_calls(self._engine, account, rule.details["filter"], names, period, among)
            except CallerFault as fault:
                # A field that an older program knew: the rule must not keep calls from coming in.
                log.warning("tag_rule_not_understood", rule=rule.id, account=account_id, reason=str(fault))
                continue
            set_tag_on(self._engine, chosen, Tag(tag_id, known[tag_id], TagType.AUTO, self._clock() // 1_000_000))
