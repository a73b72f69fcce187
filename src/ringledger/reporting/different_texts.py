"""The different texts that calls have in a field, sorted and numbered; tells which of them have what is wanted."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ringledger.reporting.patterns import Wanted

END: Final = b"\xff"
"""What ends a text: no byte of UTF-8."""

_BLOCK: Final = 16
"""Texts of which it is known together which threes of letters they have."""

_KINDS: Final = 1024
"""Kinds of threes that are told apart."""

_FEWEST: Final = 1024
"""Fewer texts are looked through as fast."""

_SPREADS: Final = 2_654_435_761
"""Makes threes of letters that differ little fall into different kinds."""

_SPARSE: Final = 8
"""Where more than this part of the blocks may have a text, all are looked through."""


class DifferentTexts(msgspec.Struct, frozen=True, eq=False):
    """Texts in order.

    `joined` has them with END before the first and behind each; `begins` tells where each begins and, as the last,
    where another one would. A row of `threes` for each kind of three letters has a bit for each block of texts: whether
    a three of that kind is in the block; it has no rows where texts are few.
    """

    joined: bytes
    begins: array[int]
    threes: NDArray[np.uint8]

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> DifferentTexts:
        """Of texts that are sorted."""
        begins = array("I", [1])
        for text in texts:
            begins.append(begins[-1] + len(text) + 1)
        joined = END + b"".join(text + END for text in texts)
        return cls(joined, begins, _threes(joined, begins))

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.joined) + 4 * len(self.begins) + self.threes.nbytes

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self.begins) - 1

    def __getitem__(self, number: int) -> bytes:
        """The text of that number."""
        return self.joined[self.begins[number] : self.begins[number + 1] - 1]

    def all(self) -> list[bytes]:
        """The texts."""
        return self.joined[1:-1].split(END) if len(self) else []

    def numbered(self, texts: Sequence[str]) -> list[int]:
        """The numbers of those of the texts that are among these."""
        encoded = [text.encode() for text in texts]
        places = [(bisect_left(self, text), text) for text in encoded]
        return [at for at, text in places if at < len(self) and self[at] == text]

    def having(self, wanted: Wanted) -> Sequence[int] | NDArray[np.integer]:
        """The numbers of the texts that have what is wanted."""
        before, behind = b"" if wanted.begins_anyhow else END, b"" if wanted.ends_anyhow else END
        sought = before + wanted.text.encode() + behind
        if not sought:
            return range(len(self))
        blocks = self._blocks_having(sought)
        if blocks is not None:
            return [bisect_right(self.begins, at + len(before)) - 1 for at in self._places_in(blocks, sought)]
        begins = np.frombuffer(self.begins, np.uint32)
        return np.searchsorted(begins, _places(self.joined, sought) + len(before), "right") - 1

    def _blocks_having(self, sought: bytes) -> list[int] | None:
        """The blocks that may have it, or None where that does not spare much."""
        if len(sought) < 3 or not len(self.threes):
            return None
        kinds = [_kind(sought[at : at + 3]) for at in range(len(sought) - 2)]
        bits = np.unpackbits(np.bitwise_and.reduce(self.threes[kinds], axis=0))
        found: list[int] = bits.nonzero()[0].tolist()
        return found if len(found) * _BLOCK * _SPARSE <= len(self) else None

    def _places_in(self, blocks: Sequence[int], sought: bytes) -> Iterator[int]:
        """Where it is in these blocks."""
        joined, begins, texts = self.joined, self.begins, len(self)
        for block in blocks:
            # A block has the END before its first text too.
            at, end = begins[block * _BLOCK] - 1, begins[min((block + 1) * _BLOCK, texts)]
            while (at := joined.find(sought, at, end)) >= 0:
                yield at
                at += 1


def _threes(joined: bytes, begins: array[int]) -> NDArray[np.uint8]:
    """For each kind of three letters the blocks that have one, as bits."""
    texts = len(begins) - 1
    if texts < _FEWEST:
        return np.empty((0, 0), np.uint8)
    letters = np.frombuffer(joined, np.uint8).astype(np.uint32)
    kinds = (letters[:-2] | letters[1:-1] << 8 | letters[2:] << 16) * np.uint32(_SPREADS) >> 22
    # A three that begins with the END before a text belongs to that text.
    places = np.frombuffer(begins, np.uint32)
    blocks = np.repeat(np.arange(texts) // _BLOCK, places[1:] - places[:-1])[: len(kinds)]
    has = np.zeros((_KINDS, -(-texts // _BLOCK)), np.bool_)
    has[kinds, blocks] = True
    return np.packbits(has, axis=1)


def _kind(three: bytes) -> int:
    return (int.from_bytes(three, "little") * _SPREADS & 0xFFFF_FFFF) >> 22


def _places(text: bytes, sought: bytes) -> NDArray[np.integer]:
    """Where it is in the text, in any order: by its first letters, as many at a time as numbers have bytes."""
    if len(text) < len(sought):
        return np.arange(0)
    width = next(one for one in (4, 2, 1) if one <= len(sought))
    first = int.from_bytes(sought[:width], "little")
    numbers = (np.frombuffer(text, f"<u{width}", (len(text) - at) // width, at) for at in range(width))
    found = np.concatenate([np.flatnonzero(one == first) * width + at for at, one in enumerate(numbers)])
    found = found[found <= len(text) - len(sought)]
    letters = np.frombuffer(text, np.uint8)
    for at, letter in enumerate(sought[width:], width):
        found = found[letters[found + at] == letter]
    return found
