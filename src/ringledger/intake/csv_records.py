"""CSV files as records with line numbers; knows no dialect."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from ringledger.calls.events import RejectedLine

_LONGEST_RECORD = 1 << 20


def records(lines: Iterable[bytes]) -> Iterator[tuple[int, str] | RejectedLine]:
    """The records of a file, each with the number of its first line; a quoted field may go over several lines.

    Blank lines are left out. A line that is not UTF-8, holds a NUL or never closes its quotes is rejected.
    """
    kept: list[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            yield RejectedLine(number, "the line is not UTF-8", line.decode("utf-8", "backslashreplace").rstrip("\r\n"))
            continue
        if not kept:
            if not text.strip():
                continue
            first = number
        kept.append(text)
        record = "\n".join(kept)
        if record.count('"') % 2 and len(record) < _LONGEST_RECORD:
            continue
        kept.clear()
        if "\0" in record or record.count('"') % 2:
            yield RejectedLine(first, "the line holds a NUL or an open quote", record)
        else:
            yield first, record
    if kept:
        yield from _unclosed(first, kept)


def _unclosed(first: int, kept: list[str]) -> Iterator[tuple[int, str] | RejectedLine]:
    """A quote that the file never closes costs its own line only; those after it are read as they stand."""
    yield RejectedLine(first, "the quotes of the line are not closed", kept[0])
    rest = [f"{line}\n".encode() for line in kept[1:]]
    for found in records(rest):
        if isinstance(found, RejectedLine):
            yield RejectedLine(found.line + first, found.reason, found.text)
        else:
            yield found[0] + first, found[1]


def fields(record: str) -> list[str]:
    """The fields of one record."""
    return next(csv.reader([record], strict=False), [])
