"""Spans of time and their arithmetic, in microseconds; knows nothing of calls."""

from __future__ import annotations

from collections.abc import Iterable

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
    """What is left of the spans outside the holes."""
    left = union(spans)
    for begin, end in union(holes):
        left = [
            part for span in left for part in ((span[0], min(span[1], begin)), (max(span[0], end), span[1])) if
            part[0] < part[1]
        ]  # fmt: skip
    return left


def whole_seconds(microseconds: int) -> int:
    """Rounded to the nearest second."""
    return (microseconds + 500_000) // 1_000_000
