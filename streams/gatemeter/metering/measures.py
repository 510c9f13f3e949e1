"""Running measures of many keys at once: exact sums and latency sketches in numpy columns, one slot a key.

Values come in as columns with the slot of each. Sums are exact however large: ordinary values are added as 64-bit
integers that cannot overflow within an epoch, the rare huge ones as Python integers beside them.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from gatemeter.metering.sketch import NS_PER_MS, Int64Array, buckets_of_ms

Slots = npt.NDArray[np.intp]

_HUGE = 2**36
"""69 s in ns, 69 GB in bytes. Smaller values stay below 2^63 even when 2^27 of them are added."""

_BUCKET_BITS = 12
_MERGE_AT = 262_144
_BUCKET_MASK = (1 << _BUCKET_BITS) - 1

_MAX_LATENCY_MS = 9_000_000_000_000.0
"""The most that fits into a latency in ns (285 years); a greater value counts as not measured."""


def grown(array: Int64Array, size: int, fill: int = 0) -> Int64Array:
    """`array` with room for at least `size` slots; new ones hold `fill`."""
    if size <= len(array):
        return array
    larger = np.full(max(size, 2 * len(array), 64), fill, dtype=np.int64)
    larger[: len(array)] = array
    return larger


class ExactSum:
    """One exact sum a slot."""

    def __init__(self) -> None:
        self._sums = np.zeros(0, dtype=np.int64)
        self._huge: dict[int, int] = defaultdict(int)

    def add(self, slots: Slots, values: Int64Array, slot_count: int) -> None:
        """Add `values[i]` to the sum of `slots[i]`; values must not be negative."""
        self._sums = grown(self._sums, slot_count)
        huge = values >= _HUGE
        if huge.any():
            for slot, value in zip(slots[huge].tolist(), values[huge].tolist(), strict=True):
                self._huge[slot] += value
            slots, values = slots[~huge], values[~huge]
        np.add.at(self._sums, slots, values)

    def values(self, slots: list[int]) -> list[int]:
        """The sums of `slots`."""
        sums: list[int] = self._sums[slots].tolist()
        if self._huge:
            sums = [total + self._huge.get(slot, 0) for slot, total in zip(slots, sums, strict=True)]
        return sums


class AmountSum:
    """One sum of money a slot, in Python integers: yoctos soon exceed 64 bits."""

    def __init__(self) -> None:
        self._sums: dict[int, int] = defaultdict(int)

    def add(self, slots: list[int], yoctos: list[int]) -> None:
        """Add `yoctos[i]` to the sum of `slots[i]`."""
        for slot, amount in zip(slots, yoctos, strict=True):
            if amount:
                self._sums[slot] += amount

    def values(self, slots: list[int]) -> list[int]:
        """The sums of `slots`."""
        return [self._sums.get(slot, 0) for slot in slots]


class DistinctMembers:
    """The distinct 64-bit hashes seen per slot."""

    def __init__(self) -> None:
        self._members: dict[int, set[int]] = defaultdict(set)

    def add(self, slots: list[int], hashes: list[int | None]) -> None:
        """Take `hashes[i]` into the set of `slots[i]`, unless it is None."""
        for slot, member in zip(slots, hashes, strict=True):
            if member is not None:
                self._members[slot].add(member)

    def values(self, slots: list[int]) -> list[list[int]]:
        """The members of `slots`, sorted."""
        return [sorted(self._members.get(slot, ())) for slot in slots]


class LatencyMeasure:
    """Count, exact sum, minimum, maximum and sketch of a latency, per slot."""

    def __init__(self) -> None:
        self._counts = np.zeros(0, dtype=np.int64)
        self._sum_ns = ExactSum()
        self._min_ns = np.zeros(0, dtype=np.int64)
        self._max_ns = np.zeros(0, dtype=np.int64)
        self._sketches = _Sketches()

    def add(self, slots: Slots, values_ms: npt.NDArray[np.float64], slot_count: int) -> None:
        """Add latencies in ms, rounded to whole ns; negative ones mean "not measured" and are ignored."""
        self._grow(slot_count)
        measured = (values_ms >= 0) & (values_ms <= _MAX_LATENCY_MS)
        if not measured.all():
            slots, values_ms = slots[measured], values_ms[measured]
        values_ns = np.rint(values_ms * NS_PER_MS).astype(np.int64)
        np.add.at(self._counts, slots, 1)
        self._sum_ns.add(slots, values_ns, slot_count)
        np.minimum.at(self._min_ns, slots, values_ns)
        np.maximum.at(self._max_ns, slots, values_ns)
        self._sketches.add(slots, buckets_of_ms(values_ms, values_ns))

    def _grow(self, slot_count: int) -> None:
        self._counts = grown(self._counts, slot_count)
        self._min_ns = grown(self._min_ns, slot_count, fill=np.iinfo(np.int64).max)
        self._max_ns = grown(self._max_ns, slot_count, fill=-1)

    def columns(self, slots: list[int]) -> list[list[Any]]:
        """Columns count, sum_ns, min_ns, max_ns, buckets, bucket_counts of `slots`; 0 where nothing was measured."""
        counts = self._counts[slots]
        measured = counts > 0
        return [
            counts.tolist(),
            self._sum_ns.values(slots),
            np.where(measured, self._min_ns[slots], 0).tolist(),
            np.where(measured, self._max_ns[slots], 0).tolist(),
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
        pairs, counts = np.unique(np.concatenate(self._recent), return_counts=True)
        self._recent.clear()
        self._recent_size = 0
        both = np.concatenate((self._pairs, pairs))
        order = np.argsort(both, kind="stable")  # two sorted runs: a merge
        both = both[order]
        weights = np.concatenate((self._counts, counts))[order]
        firsts = np.flatnonzero(np.diff(both, prepend=-1))
        self._pairs, self._counts = both[firsts], np.add.reduceat(weights, firsts)
