"""What was made of days is kept under a number of bytes, as long as the days are not written."""

from __future__ import annotations

from array import array

from ringledger.reporting.day_cache import DayCache
from ringledger.store.daybook import Day


def day(written: int = 0) -> Day:
    return Day(written, array("I", [1]), {}, all_shown=True)


def kept(cache: DayCache[str], shape: str) -> list[str]:
    found = cache.of(shape, [(number, day()) for number in range(100)])
    return [one for one in found if one is not None]


def test_the_days_that_were_not_asked_for_longest_go_first() -> None:
    cache: DayCache[str] = DayCache(30)
    for number in range(20):
        cache.put("one", number, day(), str(number), 1)
        cache.of("one", [(0, day())])
    assert kept(cache, "one") == ["0", *map(str, range(11, 20))], (
        "a third of all bytes, the day asked for again among them"
    )


def test_of_many_shapes_the_one_that_was_not_asked_for_longest_loses_its_days_first() -> None:
    cache: DayCache[str] = DayCache(30)
    for shape in ("first", "second", "third"):
        for number in range(10):
            cache.put(shape, number, day(), shape, 1)
    kept(cache, "first")
    for number in range(4):
        cache.put("fourth", number, day(), "fourth", 1)
    sizes = [len(kept(cache, shape)) for shape in ("first", "second", "third", "fourth")]
    assert sizes == [10, 6, 10, 4]
    for number in range(10, 20):
        cache.put("second", number, day(), "second", 1)
    assert len(kept(cache, "second")) == 10
    assert sum(len(kept(cache, shape)) for shape in ("first", "second", "third", "fourth")) == 30


def test_a_day_that_was_written_since_is_not_found_and_its_bytes_are_counted_once() -> None:
    cache: DayCache[str] = DayCache(9)
    for written in range(50):
        cache.put("one", 7, day(written), f"as of {written}", 3)
    assert cache.of("one", [(7, day(48)), (7, day(49)), (8, day(49))]) == [None, "as of 49", None]
    cache.put("two", 7, day(), "two", 3)
    cache.put("three", 7, day(), "three", 3)
    assert kept(cache, "two") == ["two"]
    assert cache.of("one", [(7, day(49))]) == ["as of 49"]


def test_what_takes_more_than_its_share_is_not_kept() -> None:
    cache: DayCache[str] = DayCache(30)
    cache.put("one", 1, day(), "small", 3)
    cache.put("one", 2, day(), "large", 11)
    assert kept(cache, "one") == ["small"]
