"""The running values of one rollup in one epoch, and which of them changed since they were last written."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from gatemeter.streams.measures import ExactSum, LatencyMeasure, Slots, grown
from gatemeter.streams.rollups import Rollup

_FOLD_AT = 16_384


class _SlotOfKey(dict[Hashable, int]):
    """Gives each new key the next slot; equal texts of different keys are kept once."""

    def __init__(self) -> None:
        super().__init__()
        self._shared: dict[Hashable, Hashable] = {}

    def __missing__(self, key: tuple[Hashable, ...]) -> int:
        share = self._shared.setdefault
        slot = self[tuple(share(part, part) for part in key)] = len(self)
        return slot


class RollupAccumulator:
    """Collects values in plain lists and folds them into numpy columns some thousands at a time.

    Folding early or late changes no value, so it may depend on how the events happened to arrive.
    """

    def __init__(self, rollup: Rollup) -> None:
        self._slot_of_key = _SlotOfKey()
        self._counts = np.zeros(0, dtype=np.int64)
        self._sums = [ExactSum() for _ in rollup.sums]
        self._latencies = [LatencyMeasure() for _ in rollup.latencies]
        self._pending_slots: list[int] = []
        self._pending_sums: list[list[int]] = [[] for _ in rollup.sums]
        self._pending_latencies: list[list[float]] = [[] for _ in rollup.latencies]
        self._dirty: set[int] = set()

    def counts_by_key(self) -> Iterator[tuple[Any, int]]:
        """Every key with its running count."""
        self._fold()
        return zip(self._slot_of_key, self._counts.tolist(), strict=False)  # the array has room to grow

    @property
    def dirty_count(self) -> int:
        """How many keys, at most, changed since `take_dirty`."""
        return min(len(self._dirty) + len(self._pending_slots), len(self._slot_of_key))

    def add(
        self,
        keys: Sequence[tuple[Hashable, ...]],
        sums: Sequence[Sequence[int]],
        latencies_ms: Sequence[Sequence[float]],
    ) -> None:
        """Count each key once; columns are in the rollup's order, a row a key."""
        self._pending_slots.extend(map(self._slot_of_key.__getitem__, keys))
        for pending, column in zip(self._pending_sums, sums, strict=True):
            pending.extend(column)
        for pending_ms, column_ms in zip(self._pending_latencies, latencies_ms, strict=True):
            pending_ms.extend(column_ms)
        if len(self._pending_slots) >= _FOLD_AT:
            self._fold()

    def take_dirty(self) -> tuple[list[Any], list[list[Any]]]:
        """The changed keys and their measures as columns (`Rollup.measure_names`); they are then no longer dirty."""
        self._fold()
        slots = sorted(self._dirty)
        self._dirty.clear()
        keys = list(self._slot_of_key)
        columns: list[list[Any]] = [self._counts[slots].tolist()]
        columns += [total.values(slots) for total in self._sums]
        for latency in self._latencies:
            columns += latency.columns(slots)
        return [keys[slot] for slot in slots], columns

    def _fold(self) -> None:
        if not self._pending_slots:
            return
        slots: Slots = np.array(self._pending_slots, dtype=np.intp)
        slot_count = len(self._slot_of_key)
        self._dirty.update(np.unique(slots).tolist())
        self._counts = grown(self._counts, slot_count)
        np.add.at(self._counts, slots, 1)
        for total, values in zip(self._sums, self._pending_sums, strict=True):
            total.add(slots, np.array(values, dtype=np.int64), slot_count)
            values.clear()
        for latency, values_ms in zip(self._latencies, self._pending_latencies, strict=True):
            latency.add(slots, np.array(values_ms, dtype=np.float64), slot_count)
            values_ms.clear()
        self._pending_slots.clear()
