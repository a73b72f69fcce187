"""The arithmetic of spans against a count of whole moments."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ringledger.calls.durations import Span, length, minus, union, whole_seconds

MOMENTS = st.integers(0, 60)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda ends: (min(ends), max(ends))), max_size=12)


def covered(spans: list[Span]) -> set[int]:
    return {moment for begin, end in spans for moment in range(begin, end)}


@given(SPANS)
def test_the_union_covers_the_same_moments_in_order_and_without_touching(spans: list[Span]) -> None:
    found = union(spans)
    assert covered(found) == covered(spans)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))


@given(SPANS)
def test_the_length_counts_each_moment_once(spans: list[Span]) -> None:
    assert length(spans) == len(covered(spans))


@given(SPANS, SPANS)
def test_what_is_left_is_outside_the_holes(spans: list[Span], holes: list[Span]) -> None:
    assert covered(minus(spans, holes)) == covered(spans) - covered(holes)


@given(SPANS)
def test_the_order_of_spans_does_not_matter(spans: list[Span]) -> None:
    assert union(spans) == union(reversed(spans))


def test_durations_are_rounded_to_the_nearest_second() -> None:
    assert [whole_seconds(micros) for micros in (0, 499_999, 500_000, 1_499_999, 1_500_000)] == [0, 0, 1, 1, 2]
