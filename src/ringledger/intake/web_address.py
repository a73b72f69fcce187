"""Addresses of the web that callers name: what counts as one; resolves and asks nothing."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

PORTS: Final = {"http": 80, "https": 443}


def is_web_address(url: str) -> bool:
    """Whether the text is an http or https address without a password in it."""
    try:
        split_address(url)
    except ValueError:
        return False
    return True


def split_address(url: str) -> SplitResult:
    """The parts of an http or https address. Raises ValueError for anything else."""
    parts = urlsplit(url)
    fits = parts.scheme in PORTS and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    host_name(parts)
    if not fits or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise ValueError("no http or https address")
    return parts


def host_name(parts: SplitResult) -> str:
    """The host in ASCII. Raises ValueError for a name that has no such form."""
    name = parts.hostname or ""
    return name if ":" in name else name.encode("idna").decode("ascii")
