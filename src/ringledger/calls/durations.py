"""Spans of time and their arithmetic, in microseconds; knows nothing of calls."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

Span = tuple[int, int]
"""Begin and end in microseconds, the end not before the begin."""


def union(spans: Iterable[Span]) -> list[Span]:
    """The spans without their overlaps, in order; spans of no length are left out."""
    merged: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def length(spans: Iterable[Span]) -> int:
    """How long at least one of the spans lasts, in microseconds."""
    return sum(end - begin for begin, end in union(spans))


def minus(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of the spans outside the holes, in order."""
    left: list[Span] = []
    cuts = union(holes)
    first = 0
    for begin, end in union(spans):
        while first < len(cuts) and cuts[first][1] <= begin:
            first += 1
        rest = begin
        for cut in islice(cuts, first, None):
            if cut[0] >= end:
                break
            left.append((rest, cut[0]))
            rest = cut[1]
        left.append((rest, end))
    return [span for span in left if span[0] < span[1]]


def whole_seconds(microseconds: int) -> int:
    """Rounded to the nearest second."""
    return (microseconds + 500_000) // 1_000_000
