"""Runs a query's statements and hands out the reply's bytes as the engine wrote them; reads no row."""

from __future__ import annotations

import msgspec

from ringledger.faults import EngineFault
from ringledger.reporting import select
from ringledger.reporting.query import ReportQuery
from ringledger.store.engine import Engine, Statement

_CANNOT_COMPILE_REGEXP = "Code: 427"


class Page(msgspec.Struct, frozen=True):
    """`data` is the JSON array of the page's rows, `total` the number of all rows that match."""

    data: bytes
    total: int


class _Total(msgspec.Struct):
    total: int


_TOTAL = msgspec.json.Decoder(list[_Total])


def answer(engine: Engine, query: ReportQuery) -> Page:
    """The page and the total of a query. Raises EngineFault."""
    return Page(engine.read(select.page(query)), total_of(engine, select.count(query)))


def total_of(engine: Engine, count: Statement) -> int:
    """The number that a counting statement answers with. Raises EngineFault."""
    return _TOTAL.decode(engine.read(count))[0].total


def compiles(engine: Engine, pattern: str) -> bool:
    """Whether the engine takes the regular expression. Raises EngineFault for any other trouble."""
    try:
        engine.read(Statement("SELECT match('', {pattern:String})", {"pattern": pattern}))
    except EngineFault as fault:
        if _CANNOT_COMPILE_REGEXP in str(fault):
            return False
        raise
    return True
