"""What was made of days is kept under a number of bytes, as long as the days are not written."""

from __future__ import annotations

from array import array

from ringledger.reporting.day_cache import DayCache
from ringledger.store.daybook import Day


def day(number: int, written: int = 0) -> Day:
    return Day(number, written, array("I", [1]), {}, all_shown=True)


def kept(cache: DayCache[str], shape: str) -> list[str]:
    found = cache.of(shape, [day(number) for number in range(100)])
    return [one for one in found if one is not None]


def test_the_days_that_were_not_asked_for_longest_go_first() -> None:
    cache: DayCache[str] = DayCache(30)
    for number in range(20):
        cache.put("one", day(number), str(number), 1)
        cache.of("one", [day(0)])
    assert kept(cache, "one") == ["0", *map(str, range(11, 20))], (
        "a third of all bytes, the day asked for again among them"
    )


def test_of_many_shapes_the_one_that_was_not_asked_for_longest_loses_its_days_first() -> None:
    cache: DayCache[str] = DayCache(30)
    for shape in ("first", "second", "third"):
        for number in range(10):
            cache.put(shape, day(number), shape, 1)
    kept(cache, "first")
    for number in range(4):
        cache.put("fourth", day(number), "fourth", 1)
    sizes = [len(kept(cache, shape)) for shape in ("first", "second", "third", "fourth")]
    assert sizes == [10, 6, 10, 4]
    for number in range(10, 20):
        cache.put("second", day(number), "second", 1)
    assert len(kept(cache, "second")) == 10
    assert sum(len(kept(cache, shape)) for shape in ("first", "second", "third", "fourth")) == 30


def test_a_day_that_was_written_since_is_not_found_and_its_bytes_are_counted_once() -> None:
    cache: DayCache[str] = DayCache(9)
    for written in range(50):
        cache.put("one", day(7, written), f"as of {written}", 3)
    assert cache.of("one", [day(7, 48), day(7, 49), day(8, 49)]) == [None, "as of 49", None]
    cache.put("two", day(7), "two", 3)
    cache.put("three", day(7), "three", 3)
    assert kept(cache, "two") == ["two"]
    assert cache.of("one", [day(7, 49)]) == ["as of 49"]


def test_what_takes_more_than_its_share_is_not_kept() -> None:
    cache: DayCache[str] = DayCache(30)
    cache.put("one", day(1), "small", 3)
    cache.put("one", day(2), "large", 11)
    assert kept(cache, "one") == ["small"]
