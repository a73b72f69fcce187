"""Which sessions of a span a query finds and in which order, by values that are ready; asks the engine nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ringledger.at_once import takes_time
from ringledger.catalogue.fields import Kind
from ringledger.catalogue.operators import Operator
from ringledger.reporting.checks import Check, Places
from ringledger.reporting.query import Condition, Junction, Order, ReportQuery
from ringledger.reporting.ready_values import Items, Numbers, Part, ReadyValues, Texts, Values
from ringledger.reporting.subjects import Subject, item, key, subject, subjects
from ringledger.store.daybook import Span

_Mask = NDArray[np.bool_]
_Positions = NDArray[np.intp]
_Keys = Sequence[NDArray[np.number | np.bool_]]

_MANY_VALUES: Final = frozenset({Kind.NUMBER, Kind.STRING})
"""Kinds of fields that have one value in few sessions."""

_QUICKLY_ORDERED: Final = 50_000
"""Sessions that are put in order in a millisecond."""

_QUICKLY_RANKED: Final = 1_000
"""Different texts that are."""

_MOST_TEXTS: Final = 20_000
"""Different texts that are put in order here: of more the engine does so faster."""


class Found(NamedTuple):
    """The sessions on a page, each by its day's number and its place there, and how many are found in all."""

    places: list[tuple[int, int]]
    total: int


def found(ready: ReadyValues, query: ReportQuery, span: Span) -> Found | None:
    """The sessions on the query's page, or None where values are not ready or do not tell."""
    about = subjects(query)
    if about is None:
        return None
    parts: dict[Subject, list[Part]] = {}
    for one in about:
        known = ready.parts(query, one, span)
        if known is None:
            return None
        parts[one] = known
    return _Sessions(span, parts).page(query) if span.total else Found([], 0)


class _Sessions:
    """The sessions of a span, with parts of the values that they have."""

    def __init__(self, span: Span, parts: Mapping[Subject, Sequence[Part]]) -> None:
        self._span = span
        self._parts = parts

    def page(self, query: ReportQuery) -> Found | None:
        """The query's page, or None where the engine orders so many texts faster."""
        chosen = self._chosen(query.filter)
        first, last = query.offset, query.offset + query.limit
        if query.is_by_moment and not query.is_descending:
            page = chosen[first:last]
        else:
            keys = self._keys(query, chosen)
            if keys is None:
                return None
            page = chosen[_first(keys, last)[first:]]
        return Found(self._span.places(page.tolist()), len(chosen))

    def _chosen(self, node: Condition | Junction | None) -> _Positions:
        """The positions of those that the filter chooses, in order."""
        if node is None:
            return np.arange(self._span.total)
        required = node.parts if isinstance(node, Junction) and node.joiner == "and" else (node,)
        first = next(filter(_is_narrow, required), None)
        if first is None:
            return self._holds(node, None).nonzero()[0]
        chosen = self._having(first)
        # What else is asked for has to be looked up of these alone.
        for part in required:
            if part is not first:
                chosen = chosen[self._holds(part, chosen)]
        return chosen

    def _holds(self, node: Condition | Junction, among: _Positions | None) -> _Mask:
        """Whether the filter holds for each of all sessions, or for each of some by their positions, in order."""
        if isinstance(node, Junction):
            join = np.logical_and if node.joiner == "and" else np.logical_or
            return reduce(join, (self._holds(part, among) for part in node.parts))
        about, check = subject(node), Check(node)
        return np.concatenate([check.holds(*places) for places in (self._places(about, among) if about else ())])

    def _having(self, condition: Condition) -> _Positions:
        """The positions of those for which a condition holds, in order."""
        found, about, check = [np.arange(0)], subject(condition), Check(condition)
        first = 0
        for part in self._parts[about] if about else ():
            if not check.is_nowhere(part.values):
                found.append(_places_having(check, part) + (first - part.begin))
            first += part.end - part.begin
        return np.concatenate(found)

    def _keys(self, query: ReportQuery, chosen: _Positions) -> _Keys | None:
        """Numbers by which the chosen are in the query's order, those of the first key first.

        None where the engine orders so many texts faster.
        """
        if len(chosen) > _QUICKLY_ORDERED:
            takes_time()
        keys: list[NDArray[np.number | np.bool_]] = []
        for order in [*query.sort, Order(key(query).field)]:
            places = self._places(Subject(order.field), chosen)
            texts = [(values, at) for values, at in places if isinstance(values, Texts)]
            different = sum(len(one.different) for one, _ in texts)
            if different > _MOST_TEXTS:
                return None
            if different > _QUICKLY_RANKED:
                takes_time()
            if texts:
                keys.append(_ranks(texts, descending=order.descending))
                continue
            numbers = [(values, at) for values, at in places if isinstance(values, Numbers)]
            if any(one.nulls is not None for one, _ in numbers):
                keys.append(np.concatenate([one.is_null[at] for one, at in numbers]))
            values = np.concatenate([one.values[at] for one, at in numbers])
            keys.append(_downward(values) if order.descending else values)
        return keys

    def _places(self, about: Subject, chosen: _Positions | None) -> list[tuple[Values, Places]]:
        """For each part the places in its values of all sessions, or of those of the chosen, in order, that it has."""
        if chosen is None:
            return [(part.values, slice(part.begin, part.end)) for part in self._parts[about]]
        places: list[tuple[Values, Places]] = []
        first = low = 0
        for part in self._parts[about]:
            last = first + part.end - part.begin
            high = int(np.searchsorted(chosen, last))
            places.append((part.values, chosen[low:high] + (part.begin - first)))
            first, low = last, high
        return places


def _is_narrow(node: Condition | Junction) -> TypeGuard[Condition]:
    """Whether a short look tells where it does not hold, or for which few it does."""
    if isinstance(node, Junction):
        return False
    is_one = node.operator is Operator.EQUAL and node.value is not None and node.field.kind in _MANY_VALUES
    return is_one or item(node) is not None


def _places_having(check: Check, part: Part) -> _Positions:
    """The places of the part's sessions for which the condition holds, in order."""
    if isinstance(part.values, Items):
        places = check.having(part.values)
        low, high = np.searchsorted(places, (part.begin, part.end))
        return places[low:high].astype(np.intp)
    return check.holds(part.values, slice(part.begin, part.end)).nonzero()[0] + part.begin


def _downward(values: NDArray[np.number]) -> NDArray[np.number]:
    """Values that grow where these fall; of whole numbers not the negative ones, of which the least has none."""
    found: NDArray[np.number] = np.invert(values) if values.dtype.kind == "i" else np.negative(values)
    return found


def _ranks(parts: Sequence[tuple[Texts, Places]], *, descending: bool) -> NDArray[np.int64]:
    """The rank among all texts of the text at each of the places; who has none comes last."""
    texts = [one.different.all() for one, _ in parts]
    ordered = sorted({text for one in texts for text in one}, reverse=descending)
    ranks = {text: rank for rank, text in enumerate(ordered)}
    tables = [np.array([*map(ranks.__getitem__, one), len(ordered)], np.int64) for one in texts]
    return np.concatenate([table[one.numbers[at]] for table, (one, at) in zip(tables, parts, strict=True)])


def _first(keys: _Keys, most: int) -> _Positions:
    """The indexes of up to so many that are first by the keys, in order; the last key is never the same twice."""
    rest, sure = np.arange(len(keys[0])), []
    missing = most
    for one in keys:
        if missing >= len(rest):
            break
        values = one[rest]
        bound = np.partition(values, missing - 1)[missing - 1]
        before = rest[values < bound]
        sure.append(before)
        missing -= len(before)
        rest = rest[values == bound]
    found = np.concatenate([*sure, rest])
    return found[np.lexsort([one[found] for one in reversed(keys)])][:most]
