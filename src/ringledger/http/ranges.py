"""Which bytes of a file a request asks for (RFC 9110, section 14): pure, knows no files."""

from __future__ import annotations

import re
from typing import Final

_ONE_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):  # noqa: N818 - the RFC's word
    """The range begins behind the file's end."""


def chosen(header: str | None, if_range: str | None, etag: str, size: int) -> tuple[int, int] | None:
    """First byte and the byte after the last; None where the whole file is to be sent.

    A range is left aside when it is none of one piece, or when `if_range` says that the file is another than the one
    that the client has a part of. Raises Unsatisfiable.
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return int(first), min(int(last) + 1, size) if last else size
