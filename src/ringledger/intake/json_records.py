"""The JSON objects of a file as texts with line numbers, on one line or over many; knows no dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ringledger.faults import RecordFault

LONGEST_RECORD: Final = 4 * 1024 * 1024
"""Bytes; the record of the longest call is far below."""

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""A string, or the rest of the line where it is not closed: no line takes longer than its length."""
_OPENING: Final = re.compile(rb"[\[{]")
_CLOSING: Final = re.compile(rb"[\]}]")
_SHOWN: Final = 10_000


class Numbered(NamedTuple):
    """The bytes of what should be a record, and the number of its first line."""

    line: int
    record: bytes


def objects(lines: Iterable[bytes]) -> Iterator[Numbered]:
    """The records of a file: an object begins on a line of its own and goes on until its brackets are closed.

    Blank lines are left out. A line that begins with "{" ends a record that was cut off, so that it costs itself
    only; what is longer than a record may be is passed on as soon as it is.
    """
    begun, pieces, depth, size = 0, [], 0, 0  # type: int, list[bytes], int, int
    for number, line in enumerate(lines, 1):
        if pieces and (line.startswith(b"{") or size > LONGEST_RECORD):
            yield Numbered(begun, b"".join(pieces))
            pieces = []
        if not pieces:
            if not line.strip():
                continue
            begun, depth, size = number, 0, 0
        pieces.append(line)
        size += len(line)
        bare = _STRING.sub(b"", line)
        depth += len(_OPENING.findall(bare)) - len(_CLOSING.findall(bare))
        if depth <= 0:
            yield Numbered(begun, b"".join(pieces))
            pieces = []
    if pieces:
        yield Numbered(begun, b"".join(pieces))


def text(record: bytes) -> str:
    """The record as text, without a byte order mark and white space around it. Raises RecordFault."""
    if len(record) > LONGEST_RECORD:
        raise RecordFault(f"the record is longer than {LONGEST_RECORD} bytes")
    try:
        return record.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise RecordFault("the record is not UTF-8") from None


def shown(record: bytes) -> str:
    """The beginning of a record that cannot be read, for people to look at."""
    return record[:_SHOWN].decode("utf-8", "backslashreplace").strip()
