"""Extremes and sketches of the values of many keys at once, in numpy columns, one slot a key."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gatemeter.metering.sketch import Int64Array

Slots = npt.NDArray[np.intp]

_BUCKET_BITS = 12
_MERGE_AT = 262_144
_BUCKET_MASK = (1 << _BUCKET_BITS) - 1


def grown(array: Int64Array, size: int, fill: int = 0) -> Int64Array:
    """`array` with room for at least `size` slots; new ones hold `fill`."""
    if size <= len(array):
        return array
    larger = np.full(max(size, 2 * len(array), 64), fill, dtype=np.int64)
    larger[: len(array)] = array
    return larger


class Spread:
    """Minimum, maximum and sketch of the values of each slot."""

    def __init__(self) -> None:
        self._minima = np.zeros(0, dtype=np.int64)
        self._maxima = np.zeros(0, dtype=np.int64)
        self._sketches = _Sketches()

    def add(self, slots: Slots, values: Int64Array, buckets: Slots, slot_count: int) -> None:
        """Add `values[i]`, which is in the bucket `buckets[i]`, to the slot `slots[i]`."""
        self._minima = grown(self._minima, slot_count, fill=np.iinfo(np.int64).max)
        self._maxima = grown(self._maxima, slot_count, fill=-1)
        np.minimum.at(self._minima, slots, values)
        np.maximum.at(self._maxima, slots, values)
        self._sketches.add(slots, buckets)

    def columns(self, slots: list[int], has_values: npt.NDArray[np.bool_]) -> list[list[Any]]:
        """Minima, maxima, buckets and their counts of `slots`; 0 and empty where a slot has no values."""
        return [
            np.where(has_values, self._minima[slots], 0).tolist(),
            np.where(has_values, self._maxima[slots], 0).tolist(),
            *self._sketches.columns(slots),
        ]


class _Sketches:
    """The bucket counts of all slots in two sorted arrays, and what came since, unsorted until it is worth a merge."""

    def __init__(self) -> None:
        self._pairs = np.zeros(0, dtype=np.int64)
        self._counts = np.zeros(0, dtype=np.int64)
        self._recent: list[Int64Array] = []
        self._recent_size = 0

    def add(self, slots: Slots, buckets: Slots) -> None:
        self._recent.append((slots << _BUCKET_BITS) | buckets)
        self._recent_size += len(slots)
        if self._recent_size > max(_MERGE_AT, len(self._pairs)):
            self._merge()

    def columns(self, slots: list[int]) -> list[list[list[int]]]:
        """The buckets, ascending, and their counts of each of `slots`, which ascend too."""
        self._merge()
        wanted = np.array(slots, dtype=np.int64)
        starts = np.searchsorted(self._pairs, wanted << _BUCKET_BITS)
        ends = np.searchsorted(self._pairs, (wanted + 1) << _BUCKET_BITS)
        sizes = ends - starts
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        chosen = np.repeat(starts, sizes) + within
        buckets = (self._pairs[chosen] & _BUCKET_MASK).tolist()
        counts = self._counts[chosen].tolist()
        edges = np.cumsum(sizes).tolist()
        spans = list(map(slice, [0, *edges], edges))
        return [list(map(buckets.__getitem__, spans)), list(map(counts.__getitem__, spans))]

    def _merge(self) -> None:
        if not self._recent:
            return
        pairs, counts = _counted(np.sort(np.concatenate(self._recent)))
        self._recent.clear()
        self._recent_size = 0
        both = np.concatenate((self._pairs, pairs))
        order = np.argsort(both, kind="stable")  # two sorted runs: a merge
        both = both[order]
        weights = np.concatenate((self._counts, counts))[order]
        firsts = np.flatnonzero(np.diff(both, prepend=-1))
        self._pairs, self._counts = both[firsts], np.add.reduceat(weights, firsts)


def _counted(ascending: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The distinct values and how often each is there; several times as fast as `np.unique` on what is sorted."""
    firsts = np.flatnonzero(np.diff(ascending, prepend=-1))
    return ascending[firsts], np.diff(firsts, append=len(ascending))
