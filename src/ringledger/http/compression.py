"""Reply compression as the client accepts it; decides by the Accept-Encoding header alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SMALLEST: Final = 1024
"""Replies under this size are sent as they are: compressing them saves no packet."""

_GZIP_WINDOW: Final = 31
_ZSTD_LEVEL: Final = 1


def encoding_for(accepted: str) -> str | None:
    """ "zstd", "gzip" or None for an Accept-Encoding header; zstd first, as it is both faster and smaller."""
    allowed = {name for name, weight in map(_choice, accepted.lower().split(",")) if weight > 0}
    return next((name for name in ("zstd", "gzip") if name in allowed), None)


def compressed(parts: Iterable[bytes | memoryview], encoding: str) -> bytes:
    """The parts as one compressed body."""
    if encoding == "zstd":
        writer = zstd.ZstdCompressor(level=_ZSTD_LEVEL)
        return b"".join([*map(writer.compress, parts), writer.flush()])
    packer = isal_zlib.compressobj(level=1, wbits=_GZIP_WINDOW)
    return b"".join([*map(packer.compress, parts), packer.flush()])


def _choice(item: str) -> tuple[str, float]:
    name, _, weight = item.strip().partition(";q=")
    try:
        return name.strip(), float(weight or 1)
    except ValueError:
        return name.strip(), 0.0
