"""How the text of a setting's value is read: each raises ValueError with what is expected instead; knows no setting."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Final

_UNITS: Final = {"": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


def folder(text: str) -> Path:
    """A folder whose path can stand in a URL."""
    if re.search(r"[?#%]", text):
        raise ValueError("a folder whose path has none of ? # %")
    return Path(text).expanduser().absolute()


def text(text: str) -> str:
    """Any text."""
    return text


def one_of(*choices: str) -> Callable[[str], str]:
    """One of these texts."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number, both ends included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def duration(text: str) -> int:
    """Seconds, from a number with its unit."""
    match = re.fullmatch(r"([0-9]{1,6}) ?([smhd])|0", text)
    if not match:
        raise ValueError("a whole number of seconds, minutes, hours or days such as 30s, 90m, 6h, 2d, or 0")
    return int(match[1] or 0) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2] or "s"]


def size(text: str) -> int:
    """Bytes, from a number with its unit."""
    match = re.fullmatch(r"([0-9]{1,12}) ?([kmg]ib)?", text.lower())
    size = int(match[1]) * _UNITS[match[2] or ""] if match else 0
    if not size:
        raise ValueError("a number of bytes such as 1048576 or 1MiB")
    return size


def machine_memory() -> int:
    """The bytes of memory that the machine has; a container may be allowed fewer."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def url(*schemes: str) -> Callable[[str], str]:
    """A URL of one of these schemes, a driver of which may be named (`scheme+driver://`)."""

    def read(text: str) -> str:
        scheme, mark, _ = text.partition("://")
        if not mark or scheme.partition("+")[0] not in schemes:
            raise ValueError("a URL that begins with " + " or ".join(f"{scheme}://" for scheme in schemes))
        return text

    return read


def networks(text: str) -> str:
    """Addresses and networks with commas between them, as they were written."""
    for entry in filter(None, text.split(",")):
        try:
            ip_network(entry.strip())
        except ValueError:
            raise ValueError("networks such as 10.1.0.0/16, with commas between them") from None
    return text


def or_empty(read: Callable[[str], str]) -> Callable[[str], str]:
    """What `read` takes, or nothing."""
    return lambda text: read(text) if text else ""
