"""Which sessions of a span a query finds and in which order, by values that are ready; asks the engine nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ringledger.catalogue.operators import Operator
from ringledger.reporting.patterns import wanted
from ringledger.reporting.query import Condition, Junction, Order, ReportQuery
from ringledger.reporting.ready_values import Items, Numbers, ReadyValues, Texts, Values
from ringledger.reporting.subjects import Subject, item, key, subject, subjects
from ringledger.store.daybook import Span, Stretch

_Mask = NDArray[np.bool_]
_Places = NDArray[np.intp]
_N = TypeVar("_N", bound=np.generic)
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
    """The sessions on a page, each by its day's number and its place there, their keys, and how many are found."""

    places: list[tuple[int, int]]
    keys: list[int]
    total: int


def found(ready: ReadyValues, query: ReportQuery, span: Span) -> Found | None:
    """The sessions on the query's page, or None where values are not ready or do not tell."""
    about = subjects(query)
    if about is None:
        return None
    stretches = list(span.stretches(0, span.total))
    days = [(one.number, one.day) for one in stretches]
    values: dict[Subject, list[Values]] = {}
    for one in about:
        known = ready.of(query, one, days)
        values[one] = [value for value in known if value is not None]
        if len(values[one]) < len(days):
            return None
    return _Sessions(stretches, values).page(query) if stretches else Found([], [], 0)


class _Sessions:
    """The sessions of a span by stretches, with the values of each stretch's day."""

    def __init__(self, stretches: Sequence[Stretch], values: Mapping[Subject, Sequence[Values]]) -> None:
        self._stretches = stretches
        self._values = values

    def page(self, query: ReportQuery) -> Found | None:
        """The query's page, or None where the engine orders so many texts faster."""
        chosen = self._chosen(query.filter)
        bounds = np.cumsum([0, *map(len, chosen)])
        first, last = query.offset, query.offset + query.limit
        if query.is_by_moment and not query.is_descending:
            page = np.arange(first, max(first, min(last, int(bounds[-1]))))
        else:
            keys = self._keys(query, chosen)
            if keys is None:
                return None
            page = _first(keys, last)[first:]
        at = (np.searchsorted(bounds, page, "right") - 1).tolist()
        places = [int(chosen[one][row - bounds[one]]) for one, row in zip(at, page.tolist(), strict=True)]
        ids = self._numbers(key(query))
        return Found(
            [(self._stretches[one].number, place) for one, place in zip(at, places, strict=True)],
            [int(ids[one].values[place]) for one, place in zip(at, places, strict=True)],
            int(bounds[-1]),
        )

    def _chosen(self, node: Condition | Junction | None) -> list[_Places]:
        """The places in their day of those that the filter chooses, by stretch and in order."""
        if node is None:
            return [np.arange(one.begin, one.end) for one in self._stretches]
        masks = zip(self._holds(node), self._stretches, strict=True)
        return [mask.nonzero()[0] + one.begin for mask, one in masks]

    def _holds(self, node: Condition | Junction) -> list[_Mask]:
        """Whether the filter holds for each, by stretch."""
        if isinstance(node, Junction):
            join = np.logical_and if node.joiner == "and" else np.logical_or
            return [reduce(join, masks) for masks in zip(*map(self._holds, node.parts), strict=True)]
        about, check = subject(node), _Check(node)
        parts = zip(self._values[about], self._stretches, strict=True) if about else ()
        return [check.holds(values, one.begin, one.end) for values, one in parts]

    def _keys(self, query: ReportQuery, chosen: Sequence[_Places]) -> _Keys | None:
        """Numbers by which the chosen are in the query's order, those of the first key first.

        None where the engine orders so many texts faster.
        """
        keys: list[NDArray[np.number | np.bool_]] = []
        for order in [*query.sort, Order(key(query).field)]:
            texts = [one for one in self._values[Subject(order.field)] if isinstance(one, Texts)]
            if sum(map(len, texts)) > _MOST_TEXTS:
                return None
            if texts:
                keys.append(_taken(_ranks(texts, descending=order.descending), chosen))
                continue
            numbers = self._numbers(Subject(order.field))
            if any(one.nulls is not None for one in numbers):
                keys.append(_taken([one.is_null for one in numbers], chosen))
            values = _taken([one.values for one in numbers], chosen)
            keys.append(_downward(values) if order.descending else values)
        return keys

    def _numbers(self, about: Subject) -> list[Numbers]:
        return [one for one in self._values[about] if isinstance(one, Numbers)]


class _Check:
    """A condition, read once for all days."""

    def __init__(self, condition: Condition) -> None:
        self._operator = condition.operator
        self._value = condition.value
        self._item = item(condition)
        self._wanted = wanted(str(condition.value)) if condition.operator is Operator.LIKE else None

    def holds(self, values: Values, begin: int, end: int) -> _Mask:
        """Whether it holds for each of a day's sessions from place `begin` up to `end`."""
        match values:
            case Numbers():
                return self._of_numbers(values, begin, end)
            case Texts():
                chosen = np.zeros(len(values) + 1, np.bool_)
                chosen[self._of_texts(values)] = True
                return np.take(chosen, values.numbers[begin:end])
            case Items():
                chosen = np.zeros(end - begin, np.bool_)
                places = values.having(self._item[1]) if self._item else values.places[:0]
                chosen[places[np.searchsorted(places, begin) : np.searchsorted(places, end)] - begin] = True
                return chosen

    def _of_numbers(self, numbers: Numbers, begin: int, end: int) -> _Mask:
        if self._value is None:
            is_null = numbers.is_null[begin:end]
            return is_null if self._operator is Operator.EQUAL else ~is_null
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


def _taken(by: Sequence[NDArray[_N]], places: Sequence[_Places]) -> NDArray[_N]:
    """Of what there is for each of the days' sessions, that of the sessions at these places."""
    return np.concatenate([day[one] for day, one in zip(by, places, strict=True)])


def _downward(values: NDArray[np.number]) -> NDArray[np.number]:
    """Values that grow where these fall; of whole numbers not the negative ones, of which the least has none."""
    found: NDArray[np.number] = np.invert(values) if values.dtype.kind == "i" else np.negative(values)
    return found


def _ranks(texts: Sequence[Texts], *, descending: bool) -> list[NDArray[np.int64]]:
    """By day, of each session the rank of its text among all days' texts; who has none comes last."""
    ordered = sorted({text for one in texts for text in one.all()}, reverse=descending)
    ranks = {text: rank for rank, text in enumerate(ordered)}
    tables = [np.array([*(ranks[text] for text in one.all()), len(ordered)], np.int64) for one in texts]
    return [table[one.numbers] for table, one in zip(tables, texts, strict=True)]


def _first(keys: _Keys, most: int) -> _Places:
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
