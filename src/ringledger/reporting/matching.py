"""Which sessions of a span a query finds and in which order, by values that are ready; asks the engine nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ringledger.catalogue.operators import Operator
from ringledger.reporting.patterns import wanted
from ringledger.reporting.query import Condition, Junction, Order, ReportQuery
from ringledger.reporting.ready_values import Items, Numbers, Part, ReadyValues, Texts, Values
from ringledger.reporting.subjects import Subject, item, key, subject, subjects
from ringledger.store.daybook import Span

_Mask = NDArray[np.bool_]
_Positions = NDArray[np.intp]
_Keys = Sequence[NDArray[np.number | np.bool_]]

_COMPARES: Final[Mapping[Operator, Callable[[Any, Any], _Mask]]] = {
    Operator.EQUAL: np.equal,
    Operator.NOT_EQUAL: np.not_equal,
    Operator.LESS: np.less,
    Operator.GREATER: np.greater,
    Operator.LESS_OR_EQUAL: np.less_equal,
    Operator.GREATER_OR_EQUAL: np.greater_equal,
}

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
        return np.arange(self._span.total) if node is None else self._holds(node).nonzero()[0]

    def _holds(self, node: Condition | Junction) -> _Mask:
        """Whether the filter holds for each."""
        if isinstance(node, Junction):
            return reduce(np.logical_and if node.joiner == "and" else np.logical_or, map(self._holds, node.parts))
        about, check = subject(node), _Check(node)
        return np.concatenate([check.holds(part) for part in (self._parts[about] if about else ())])

    def _keys(self, query: ReportQuery, chosen: _Positions) -> _Keys | None:
        """Numbers by which the chosen are in the query's order, those of the first key first.

        None where the engine orders so many texts faster.
        """
        keys: list[NDArray[np.number | np.bool_]] = []
        for order in [*query.sort, Order(key(query).field)]:
            places = self._places(Subject(order.field), chosen)
            texts = [(values, at) for values, at in places if isinstance(values, Texts)]
            if sum(len(one) for one, _ in texts) > _MOST_TEXTS:
                return None
            if texts:
                keys.append(_ranks(texts, descending=order.descending))
                continue
            numbers = [(values, at) for values, at in places if isinstance(values, Numbers)]
            if any(one.nulls is not None for one, _ in numbers):
                keys.append(np.concatenate([one.is_null[at] for one, at in numbers]))
            values = np.concatenate([one.values[at] for one, at in numbers])
            keys.append(_downward(values) if order.descending else values)
        return keys

    def _places(self, about: Subject, chosen: _Positions) -> list[tuple[Values, _Positions]]:
        """For each part the places in its values of those of the chosen, which are in order, that it has."""
        places: list[tuple[Values, _Positions]] = []
        first = low = 0
        for part in self._parts[about]:
            last = first + part.end - part.begin
            high = int(np.searchsorted(chosen, last))
            places.append((part.values, chosen[low:high] + (part.begin - first)))
            first, low = last, high
        return places


class _Check:
    """A condition, read once for all parts."""

    def __init__(self, condition: Condition) -> None:
        self._operator = condition.operator
        self._value = condition.value
        self._item = item(condition)
        self._wanted = wanted(str(condition.value)) if condition.operator is Operator.LIKE else None

    def holds(self, part: Part) -> _Mask:
        """Whether it holds for each of the part's sessions."""
        begin, end = part.begin, part.end
        match part.values:
            case Numbers() as numbers:
                return self._of_numbers(numbers, begin, end)
            case Texts() as texts:
                return _among(texts.numbers[begin:end], self._of_texts(texts), len(texts))
            case Items() as items:
                chosen = np.zeros(end - begin, np.bool_)
                places = items.having(self._item[1]) if self._item else items.places[:0]
                chosen[places[np.searchsorted(places, begin) : np.searchsorted(places, end)] - begin] = True
                return chosen

    def _of_numbers(self, numbers: Numbers, begin: int, end: int) -> _Mask:
        if self._value is None:
            is_null = numbers.is_null[begin:end]
            return is_null if self._operator is Operator.EQUAL else ~is_null
        if self._operator is Operator.EQUAL and _is_out_of(numbers.bounds, self._value):
            return np.zeros(end - begin, np.bool_)
        holds = self._compared(numbers.values[begin:end])
        return holds if numbers.nulls is None else holds & ~numbers.nulls[begin:end]

    def _compared(self, values: NDArray[np.number]) -> _Mask:
        value = self._value
        if not isinstance(value, tuple):
            return _COMPARES[self._operator](values, value)
        if self._operator is Operator.IN:
            return np.isin(values, np.array(value, values.dtype if values.dtype.kind == "f" else np.int64))
        # A local time that clocks show twice stands for both moments.
        first, last = (_COMPARES[self._operator](values, moment) for moment in value)
        match self._operator:
            case Operator.EQUAL:
                return first | last
            case Operator.NOT_EQUAL:
                return first & last
            case Operator.LESS | Operator.GREATER_OR_EQUAL:
                return first
            case _:
                return last

    def _of_texts(self, texts: Texts) -> NDArray[np.integer] | list[int]:
        """The numbers of the texts for which it holds."""
        none, value = len(texts), self._value
        if self._wanted is not None:
            return texts.having(self._wanted)
        known = texts.numbered([] if value is None else value if isinstance(value, tuple) else [str(value)])
        if self._operator is Operator.NOT_EQUAL:
            return np.delete(np.arange(none), known)
        return [none] if value is None else known


def _is_out_of(bounds: tuple[float, float], value: object) -> bool:
    """Whether a single number is."""
    return isinstance(value, int | float) and not bounds[0] <= value <= bounds[1]


def _among(numbers: NDArray[np.unsignedinteger], chosen: NDArray[np.integer] | list[int], most: int) -> _Mask:
    """Whether each of the numbers, none of which is above `most`, is one of the chosen."""
    found = np.zeros(len(numbers), np.bool_)
    if len(chosen) == 1:
        np.equal(numbers, chosen[0], out=found)
    elif len(chosen) > 1:
        is_chosen = np.zeros(most + 1, np.bool_)
        is_chosen[chosen] = True
        np.take(is_chosen, numbers, out=found)
    return found


def _downward(values: NDArray[np.number]) -> NDArray[np.number]:
    """Values that grow where these fall; of whole numbers not the negative ones, of which the least has none."""
    found: NDArray[np.number] = np.invert(values) if values.dtype.kind == "i" else np.negative(values)
    return found


def _ranks(parts: Sequence[tuple[Texts, _Positions]], *, descending: bool) -> NDArray[np.int64]:
    """The rank among all texts of the text at each of the places; who has none comes last."""
    ordered = sorted({text for texts, _ in parts for text in texts.all()}, reverse=descending)
    ranks = {text: rank for rank, text in enumerate(ordered)}
    tables = [np.array([*(ranks[text] for text in texts.all()), len(ordered)], np.int64) for texts, _ in parts]
    return np.concatenate([table[texts.numbers[at]] for table, (texts, at) in zip(tables, parts, strict=True)])


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
