"""A memory bounded by bytes."""

from __future__ import annotations

from ringledger.store.cache import Cache


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache: Cache[str] = Cache(100)
    for key in range(10):
        cache.put(key, str(key), 10)
    assert cache.get(0) == "0"
    cache.put("new", "value", 10)
    assert cache.get(0) == "0"
    assert cache.get(1) is None
    assert cache.size == 100


def test_a_value_put_again_takes_its_place_once() -> None:
    cache: Cache[str] = Cache(100)
    cache.put("a", "old", 12)
    cache.put("a", "new", 5)
    assert cache.get("a") == "new"
    assert cache.size == 5


def test_a_value_too_large_for_its_share_is_not_kept() -> None:
    cache: Cache[str] = Cache(40)
    cache.put("a", "x", 11)
    assert cache.get("a") is None
    assert cache.size == 0
