"""CSV files as events with line numbers; knows no dialect."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ringledger.calls.events import RecordedEvent, RejectedLine
from ringledger.faults import RecordFault

_MOST_LINES: Final = 64
"""How many lines one record may go over; switches write line breaks in user fields only."""


def events(lines: Iterable[bytes], event_of: Callable[[str], RecordedEvent]) -> Iterator[RecordedEvent | RejectedLine]:
    """The events of a file's records; `event_of` makes one of a record's text or raises RecordFault.

    A quoted field may go over several lines. Blank lines and a byte order mark are left out. What is not UTF-8, holds
    a NUL or cannot be read is rejected with its line, from 1; a quote that is never closed costs its own line only.
    """
    source = iter(enumerate(lines, 1))
    ahead: deque[tuple[int, bytes]] = deque()
    while (taken := ahead.popleft() if ahead else next(source, None)) is not None:
        number, line = taken
        try:
            record = _text(number, line)
            if not record.strip():
                continue
            more = _continuation(source, ahead) if record.count('"') % 2 else []
        except RecordFault as fault:
            yield RejectedLine(number, fault.reason, line.decode("utf-8", "backslashreplace").rstrip("\r\n"))
            continue
        try:
            yield event_of("\n".join([record, *more]))
        except RecordFault as fault:
            yield RejectedLine(number, fault.reason, record)
            continue
        for _ in more:
            ahead.popleft()


def whole(lines: Sequence[bytes]) -> int:
    """How many of the lines, from the first, make whole records: a quote may still be open behind them."""
    at = 0
    while at < len(lines):
        if lines[at].count(b'"') % 2 == 0:
            at += 1
            continue
        ahead = lines[at + 1 : at + 1 + _MOST_LINES]
        closing = next((more for more, line in enumerate(ahead, at + 1) if line.count(b'"') % 2), None)
        if closing is not None:
            at = closing + 1
        elif len(ahead) == _MOST_LINES:
            at += 1  # a quote that is never closed costs its own line only
        else:
            break
    return at


def fields(record: str) -> list[str]:
    """The fields of one record. Raises RecordFault."""
    try:
        return next(csv.reader([record], strict=False), [])
    except csv.Error as error:
        raise RecordFault(f"not CSV: {error}") from None


def _text(number: int, line: bytes) -> str:
    if b"\0" in line:
        raise RecordFault("the line holds a NUL")
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise RecordFault("the line is not UTF-8") from None


def _continuation(source: Iterator[tuple[int, bytes]], ahead: deque[tuple[int, bytes]]) -> list[str]:
    """The lines that close an open quote; they stay in `ahead` until the record is known to be one."""
    more: list[str] = []
    for at in range(_MOST_LINES):
        if at == len(ahead):
            taken = next(source, None)
            if taken is None:
                break
            ahead.append(taken)
        more.append(_text(*ahead[at]))
        if more[-1].count('"') % 2:
            return more
    raise RecordFault("the quotes of the line are not closed")
