"""Values as the engine's output RowBinary has them; little-endian, whatever the machine."""

from __future__ import annotations

import sys
from array import array


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A length, seven bits a byte, and the place after it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def numbers(data: bytes, at: int, kind: str) -> tuple[array[int], int]:
    """An array of numbers of a `kind` as the module array names them ("I", "q"), and the place after it."""
    count, at = varint(data, at)
    found = array(kind)
    end = at + found.itemsize * count
    found.frombytes(data[at:end])
    if sys.byteorder == "big":
        found.byteswap()
    return found, end
