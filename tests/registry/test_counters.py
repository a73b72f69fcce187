"""Counters: never over their limit, whoever counts at the same moment, in threads and on several nodes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ringledger.registry.counters import Window
from ringledger.registry.registry import Registry

DAY = Window("points:day:1", 7, 2_000_000_000, 50)
MINUTE = Window("points:minute:1", 3, 1_000_000_000, 1000)


def test_counting_stops_at_the_limit_and_starts_anew_in_the_next_window(registry: Registry) -> None:
    small = Window("x", 1, 0, 3)
    assert registry.counters.spent([small]) == [0]
    assert [registry.counters.add([small], 2), registry.counters.add([small], 2)] == [[2], None]
    assert registry.counters.add([small], 1) == [3]
    assert registry.counters.add([Window("x", 2, 0, 3)], 3) == [3]
    assert registry.counters.add([Window("x", 3, 0, 3)], 4) is None
    assert registry.counters.spent([small, Window("x", 2, 0, 3), Window("x", 3, 0, 3)]) == [3, 3, 0]


def test_what_one_window_refuses_is_counted_in_none(registry: Registry) -> None:
    full = Window("full", 1, 0, 1)
    assert registry.counters.add([full], 1) == [1]
    assert registry.counters.add([MINUTE, full], 1) is None
    assert registry.counters.spent([MINUTE, full]) == [0, 1]


def test_what_was_counted_can_be_taken_back(registry: Registry) -> None:
    registry.counters.add([DAY, MINUTE], 5)
    registry.counters.take_back([DAY, MINUTE], 2)
    assert registry.counters.spent([DAY, MINUTE]) == [3, 3]


def test_windows_that_ended_long_ago_are_forgotten(registry: Registry) -> None:
    registry.counters.add([DAY, MINUTE], 1)
    registry.tidy(MINUTE.ends + 3601)
    assert registry.counters.spent([DAY, MINUTE]) == [1, 0]


def test_threads_of_two_nodes_count_exactly_to_the_limit(url: str, opened: Callable[[str], Registry]) -> None:
    nodes = [opened(url), opened(url)]
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda turn: nodes[turn % 2].counters.add([DAY, MINUTE], 1), range(120)))
    spent = sorted(found[0] for found in counted if found is not None)
    assert spent == list(range(1, 51))
    assert nodes[0].counters.spent([DAY, MINUTE]) == nodes[1].counters.spent([DAY, MINUTE]) == [50, 50]


def test_counting_does_not_make_the_tokens_be_read_again(sqlite_url: str, opened: Callable[[str], Registry]) -> None:
    registry = opened(sqlite_url)
    registry.accounts.create("acme")
    token = registry.tokens.create("acme")
    before = registry.tokens.find(token)
    registry.counters.add([DAY], 1)
    assert registry.tokens.find(token) is before
