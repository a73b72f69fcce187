"""Whether a condition of a filter holds for sessions, by values that are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ringledger.catalogue.operators import Operator
from ringledger.reporting.different_texts import DifferentTexts
from ringledger.reporting.patterns import wanted
from ringledger.reporting.query import Condition
from ringledger.reporting.ready_values import Items, Numbers, Texts, Values
from ringledger.reporting.subjects import item

_Mask = NDArray[np.bool_]

Places = slice | NDArray[np.intp]
"""Places in values: some that follow each other, or any in order."""

_COMPARES: Final[Mapping[Operator, Callable[[Any, Any], _Mask]]] = {
    Operator.EQUAL: np.equal,
    Operator.NOT_EQUAL: np.not_equal,
    Operator.LESS: np.less,
    Operator.GREATER: np.greater,
    Operator.LESS_OR_EQUAL: np.less_equal,
    Operator.GREATER_OR_EQUAL: np.greater_equal,
}

_FEW: Final = 4
"""Numbers that are faster compared with one after the other than looked up."""


class Check:
    """A condition, read once for all values."""

    def __init__(self, condition: Condition) -> None:
        self._operator = condition.operator
        self._value = condition.value
        self._item = item(condition)
        self._wanted = wanted(str(condition.value)) if condition.operator is Operator.LIKE else None

    def holds(self, values: Values, at: Places) -> _Mask:
        """Whether it holds for each of the sessions at these places."""
        match values:
            case Numbers() as numbers:
                return self._of_numbers(numbers, at)
            case Texts() as texts:
                return _among(texts.numbers[at], self._of_texts(texts.different), len(texts.different))
            case Items() as items:
                having = self.having(items)
                return np.isin(np.arange(at.start, at.stop) if isinstance(at, slice) else at, having)

    def is_nowhere(self, values: Values) -> bool:
        """Whether a short look tells that it holds for no session that has these values."""
        if self._operator is not Operator.EQUAL or self._value is None:
            return False
        match values:
            case Numbers() as numbers:
                return isinstance(self._value, int | float) and not numbers.low <= self._value <= numbers.high
            case Texts() as texts:
                return not self._of_texts(texts.different)
            case Items():
                return False

    def having(self, items: Items) -> NDArray[np.uint32]:
        """The places of the sessions for which it holds, in order."""
        return items.having(self._item[1]) if self._item else items.places[:0]

    def _of_numbers(self, numbers: Numbers, at: Places) -> _Mask:
        if self._value is None:
            is_null = numbers.is_null[at]
            return is_null if self._operator is Operator.EQUAL else ~is_null
        holds = self._compared(numbers.values[at])
        return holds if numbers.nulls is None else holds & ~numbers.nulls[at]

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

    def _of_texts(self, texts: DifferentTexts) -> NDArray[np.integer] | Sequence[int]:
        """The numbers of the texts for which it holds."""
        none, value = len(texts), self._value
        if self._wanted is not None:
            return texts.having(self._wanted)
        known = texts.numbered([] if value is None else value if isinstance(value, tuple) else [str(value)])
        if self._operator is Operator.NOT_EQUAL:
            return np.delete(np.arange(none), known)
        return [none] if value is None else known


def _among(numbers: NDArray[np.unsignedinteger], chosen: NDArray[np.integer] | Sequence[int], most: int) -> _Mask:
    """Whether each of the numbers, none of which is above `most`, is one of the chosen."""
    found = np.zeros(len(numbers), np.bool_)
    if len(chosen) > _FEW:
        is_chosen = np.zeros(most + 1, np.bool_)
        is_chosen[chosen] = True
        return np.take(is_chosen, numbers)
    for one in chosen:
        found |= numbers == one
    return found
