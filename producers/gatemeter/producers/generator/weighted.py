"""Values of which some occur more often than others."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Weighted(Generic[Value]):
    """Values, each with a part of 0 to 1 as large as its weight; the weights need not add up to 1."""

    def __init__(self, weighted_values: Iterable[tuple[Value, float]]) -> None:
        pairs = tuple(weighted_values)
        self.values = tuple(value for value, _ in pairs)
        total = sum(weight for _, weight in pairs)
        # Without the end of the last part: rounding might leave a gap behind it.
        self._ends = [end / total for end in accumulate(weight for _, weight in pairs)][:-1]

    def at(self, share: float) -> Value:
        """The value in whose part `share`, 0 to 1, lies."""
        return self.values[bisect_right(self._ends, share)]
