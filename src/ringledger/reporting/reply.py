"""Runs a query's statements and hands out the reply's bytes as the engine wrote them; reads no row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Final

import msgspec

from ringledger.at_once import takes_time
from ringledger.faults import EngineFault
from ringledger.reporting import select
from ringledger.reporting.query import ReportQuery
from ringledger.reporting.templates import BETWEEN
from ringledger.reporting.turns import Turns
from ringledger.store.engine import Engine, Statement

_CANNOT_COMPILE_REGEXP = "Code: 427"

_JOINED: Final = 1024 * 1024
"""Pieces of fewer bytes are joined to about so many, which costs less than to send them one by one."""

Piece = bytes | memoryview
"""A piece of a reply; nobody joins them."""


class Page(msgspec.Struct, frozen=True):
    """`data` is the JSON array of the page's rows, `total` the number of all rows that match."""

    data: Sequence[Piece]
    total: int


def counted(answer: bytes) -> Page:
    """The page of an answer that has the total after its rows: `[rows]total`."""
    end = answer.rindex(b"]") + 1
    return Page((memoryview(answer)[:end],), int(answer[end:]))


def array_of(pieces: Iterable[Piece]) -> Sequence[Piece]:
    """The JSON array of all rows of the pieces, in few parts; large pieces are not copied.

    Pieces that are made as they are taken are joined while the processor still has them.
    """
    parts: list[Piece] = [b"["]
    for is_small, group in groupby(pieces, lambda piece: len(piece) < _JOINED):
        for joined in map(BETWEEN.join, _by_bytes(group)) if is_small else group:
            parts += (joined, BETWEEN)
    parts[max(1, len(parts) - 1) :] = [b"]"]
    return parts if sum(map(len, parts)) > _JOINED else (b"".join(parts),)


def _by_bytes(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces in groups of about as many bytes as are sent at once."""
    group, size = [], 0
    for piece in pieces:
        group.append(piece)
        size += len(piece)
        if size >= _JOINED:
            yield group
            group, size = [], 0
    if group:
        yield group


class _Total(msgspec.Struct):
    total: int


_TOTAL: Final = msgspec.json.Decoder(list[_Total])


def total_of(engine: Engine, count: Statement) -> int:
    """The number that a counting statement answers with. Raises EngineFault."""
    return _TOTAL.decode(engine.read(count))[0].total


def rows(engine: Engine, query: ReportQuery) -> bytes:
    """The page of a query without its total, for who looks into it. Raises EngineFault."""
    return engine.read(select.page(query))


class Plain:
    """Answers queries by two statements at the same time, page and count, whatever the store."""

    def __init__(self, engine: Engine, turns: Turns) -> None:
        self._engine = engine
        self._turns = turns
        self._counting = ThreadPoolExecutor(4, thread_name_prefix="count")

    def answer(self, query: ReportQuery) -> Page:
        """The page and the total of a query. Raises EngineFault."""
        takes_time()
        with self._turns.of(query.limit):
            counted = self._counting.submit(total_of, self._engine, select.count(query))
            data = self._engine.read(select.page(query))
            return Page((data,), counted.result())


def compiles(engine: Engine, pattern: str) -> bool:
    """Whether the engine takes the regular expression. Raises EngineFault for any other trouble."""
    try:
        engine.read(Statement("SELECT match('', {pattern:String})", {"pattern": pattern}))
    except EngineFault as fault:
        if _CANNOT_COMPILE_REGEXP in str(fault):
            return False
        raise
    return True
