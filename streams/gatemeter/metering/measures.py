"""Running measures of many keys at once: exact sums, latencies, sizes and sets, one slot a key.

Values come in as columns with the slot of each. Sums are exact however large: ordinary values are added as 64-bit
integers that cannot overflow within an epoch, the rare huge ones as Python integers beside them.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gatemeter.metering.sketch import NS_PER_MS, Int64Array, buckets_of_bytes, buckets_of_ms
from gatemeter.metering.spread import Slots, Spread, grown

_HUGE = 2**36
"""69 s in ns, 69 GB in bytes. Smaller values stay below 2^63 even when 2^27 of them are added."""

_MAX_LATENCY_MS = 9_000_000_000_000.0
"""The most that fits into a latency in ns (285 years); a greater value counts as not measured."""


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


class MeasuredLatencies(NamedTuple):
    """The measured ones of some latencies, in whole ns, with their buckets; `is_measured` is None where all are."""

    values_ns: Int64Array
    buckets: Slots
    is_measured: npt.NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, values_ms: npt.NDArray[np.float64]) -> "MeasuredLatencies":
        """Latencies in ms, rounded to whole ns; negative ones mean "not measured"."""
        is_measured = (values_ms >= 0) & (values_ms <= _MAX_LATENCY_MS)
        are_all = bool(is_measured.all())
        if not are_all:
            values_ms = values_ms[is_measured]
        values_ns = np.rint(values_ms * NS_PER_MS).astype(np.int64)
        return cls(values_ns, buckets_of_ms(values_ms, values_ns), None if are_all else is_measured)

    def where(self, is_kept: npt.NDArray[np.bool_]) -> "MeasuredLatencies":
        """The same without the events that are not kept."""
        if self.is_measured is None:
            return MeasuredLatencies(self.values_ns[is_kept], self.buckets[is_kept])
        inner = is_kept[self.is_measured]
        return MeasuredLatencies(self.values_ns[inner], self.buckets[inner], self.is_measured[is_kept])


class LatencyMeasure:
    """Count, exact sum, minimum, maximum and sketch of a latency, per slot."""

    def __init__(self) -> None:
        self._counts = np.zeros(0, dtype=np.int64)
        self._sum_ns = ExactSum()
        self._spread = Spread()

    def add(self, slots: Slots, latencies: MeasuredLatencies, slot_count: int) -> None:
        """Add latency i to `slots[i]`; those that were not measured are ignored."""
        self._counts = grown(self._counts, slot_count)
        if latencies.is_measured is not None:
            slots = slots[latencies.is_measured]
        np.add.at(self._counts, slots, 1)
        self._sum_ns.add(slots, latencies.values_ns, slot_count)
        self._spread.add(slots, latencies.values_ns, latencies.buckets, slot_count)

    def columns(self, slots: list[int]) -> list[list[Any]]:
        """Columns count, sum_ns, min_ns, max_ns, buckets, bucket_counts of `slots`; 0 where nothing was measured."""
        counts = self._counts[slots]
        return [counts.tolist(), self._sum_ns.values(slots), *self._spread.columns(slots, counts > 0)]


class SizeMeasure:
    """Count, minimum, maximum and sketch of a size in bytes, per slot. All sizes of a slot are known, or none."""

    def __init__(self) -> None:
        self.slot_count = 0
        self._is_known = np.zeros(0, dtype=np.int64)
        self._spread = Spread()

    def admit(self, is_known: Sequence[bool]) -> None:
        """Give the next slots to this measure: whether the sizes of each are known."""
        first, self.slot_count = self.slot_count, self.slot_count + len(is_known)
        self._is_known = grown(self._is_known, self.slot_count)
        self._is_known[first : self.slot_count] = is_known

    def add(self, slots: Slots, sizes: Int64Array) -> None:
        """Add sizes of admitted slots; those that are not known are ignored."""
        known = self._is_known[slots] > 0
        if not known.all():
            slots, sizes = slots[known], sizes[known]
        self._spread.add(slots, sizes, buckets_of_bytes(sizes), self.slot_count)

    def columns(self, slots: list[int], counts: Int64Array) -> list[list[Any]]:
        """Columns count, min_bytes, max_bytes, buckets, bucket_counts of `slots`, each of which has `counts` events."""
        known_counts = counts * self._is_known[slots]
        return [known_counts.tolist(), *self._spread.columns(slots, known_counts > 0)]
