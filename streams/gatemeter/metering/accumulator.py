"""The running values of one rollup in one epoch, and which of them changed since they were last written."""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np

from gatemeter.events.usage_rows import UsageRows
from gatemeter.metering.measures import AmountSum, DistinctMembers, ExactSum, LatencyMeasure, Slots, grown
from gatemeter.schema.rollups import Rollup

_FOLD_AT = 16_384


class _SlotOfKey(dict[Hashable, int]):
    """Gives each new key the next slot; equal values of different keys are stored once."""

    def __init__(self) -> None:
        super().__init__()
        self._shared: dict[Hashable, Hashable] = {}

    def __missing__(self, key: tuple[Hashable, ...]) -> int:
        share = self._shared.setdefault
        slot = self[tuple(share(value, value) for value in key)] = len(self)
        return slot


class RollupAccumulator:
    """Collects values in plain lists and folds them into numpy columns some thousands at a time.

    Folding early or late changes no value, so it may depend on how the events happened to arrive.
    """

    def __init__(self, rollup: Rollup) -> None:
        self.rollup = rollup
        self._slot_of_key = _SlotOfKey()
        self._counts = np.zeros(0, dtype=np.int64)
        self._sums = [ExactSum() for _ in rollup.sums]
        self._latencies = [LatencyMeasure() for _ in rollup.latencies]
        self._amounts = [AmountSum() for _ in rollup.amounts]
        self._members = [DistinctMembers() for _ in rollup.members]
        self._pending = UsageRows(rollup, None)
        self._pending_slots: list[int] = []
        self._dirty: set[int] = set()

    def counts_by_key(self) -> Iterator[tuple[Any, int]]:
        """Every key with its running count."""
        self._fold()
        return zip(self._slot_of_key, self._counts.tolist(), strict=False)  # the array has room to grow

    @property
    def dirty_count(self) -> int:
        """How many keys, at most, changed since `take_dirty`."""
        return min(len(self._dirty) + len(self._pending_slots), len(self._slot_of_key))

    def add(self, rows: UsageRows) -> None:
        """Add every row to its key's running values."""
        self._pending_slots.extend(map(self._slot_of_key.__getitem__, rows.keys))
        for pending, column in zip(self._pending.columns[1:], rows.columns[1:], strict=True):
            pending.extend(column)
        if len(self._pending_slots) >= _FOLD_AT:
            self._fold()

    def take_dirty(self) -> tuple[list[Any], list[list[Any]]]:
        """The changed keys and their measures as columns (`Rollup.measure_names`); they are then no longer dirty."""
        self._fold()
        slots = sorted(self._dirty)
        self._dirty.clear()
        keys = list(self._slot_of_key)
        columns: list[list[Any]] = [self._counts[slots].tolist()] if self.rollup.count else []
        columns += [total.values(slots) for total in self._sums]
        for latency in self._latencies:
            columns += latency.columns(slots)
        columns += [amount.values(slots) for amount in self._amounts]
        columns += [members.values(slots) for members in self._members]
        return [keys[slot] for slot in slots], columns

    def _fold(self) -> None:
        if not self._pending_slots:
            return
        pending, self._pending = self._pending, UsageRows(self.rollup, None)
        pending_slots, self._pending_slots = self._pending_slots, []
        slots: Slots = np.array(pending_slots, dtype=np.intp)
        slot_count = len(self._slot_of_key)
        self._dirty.update(np.unique(slots).tolist())
        self._counts = grown(self._counts, slot_count)
        np.add.at(self._counts, slots, 1)
        for total, values in zip(self._sums, pending.sums, strict=True):
            total.add(slots, np.array(values, dtype=np.int64), slot_count)
        for latency, values_ms in zip(self._latencies, pending.latencies_ms, strict=True):
            latency.add(slots, np.array(values_ms, dtype=np.float64), slot_count)
        for amount, yoctos in zip(self._amounts, pending.amounts, strict=True):
            amount.add(pending_slots, yoctos)
        for members, hashes in zip(self._members, pending.members, strict=True):
            members.add(pending_slots, hashes)
