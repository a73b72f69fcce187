"""A memory of values that stays under a number of bytes: what was not asked for longest goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """Values by key; may be used from any thread. `most_bytes` bounds the sum of the sizes that values came with."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._size = 0
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes in use."""
        return self._size

    @property
    def is_half_full(self) -> bool:
        """Whether half of the bytes are in use."""
        return self._size > self._most // 2

    def get(self, key: Hashable) -> T | None:
        """The value of the key, or None."""
        return self.all((key,))[0]

    def all(self, keys: Iterable[Hashable]) -> list[T | None]:
        """The value of each of the keys, or None."""
        values: list[T | None] = []
        with self._lock:
            for key in keys:
                found = self._kept.get(key)
                if found is not None:
                    self._kept.move_to_end(key)
                values.append(None if found is None else found[0])
        return values

    def put(self, key: Hashable, value: T, size: int) -> None:
        """Keeps a value of `size` bytes; one of more than a quarter of the whole is not kept."""
        if size > self._most // 4:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self._kept[key] = (value, size)
            self._size += size - (old[1] if old else 0)
            while self._size > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._size -= freed
