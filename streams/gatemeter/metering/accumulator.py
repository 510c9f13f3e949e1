"""The running values of one rollup in one epoch, and which of them changed since they were last written."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gatemeter.events.size_kind import SizeKind
from gatemeter.events.usage_rows import UsageRows
from gatemeter.metering.folded_costs import FoldedCosts
from gatemeter.metering.key_slots import BoundedKeys, KeySlots
from gatemeter.metering.measures import (
    AmountSum,
    DistinctMembers,
    ExactSum,
    LatencyMeasure,
    MeasuredLatencies,
    SizeMeasure,
)
from gatemeter.metering.minutes import MinuteAccumulator
from gatemeter.metering.sketch import Int64Array
from gatemeter.metering.spread import Slots, grown
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.bookkeeping import COUNTED, OTHER_KIND
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP, Rollup

_FOLD_AT = 16_384


class RollupAccumulator:
    """Collects values in plain lists and folds them into numpy columns some thousands at a time.

    Folding early or late changes no value, so it may depend on how the events happened to arrive. `folded_count` counts
    the rows that were added to folded keys (`BoundedKeys`); calls to models among them are priced by `prices`. What
    comes with its time is added to `minutes`, too, which is given for such a rollup alone.
    """

    def __init__(self, rollup: Rollup, prices: PriceTable, minutes: MinuteAccumulator | None = None) -> None:
        self.rollup = rollup
        self.minutes = minutes
        self.folded_count = 0
        self.folded_costs = FoldedCosts(prices)
        self._slots = KeySlots()
        # No order is known between requests and other events, so each of both has room for keys of its own.
        self._slot_of_key = {outcome: BoundedKeys(rollup, self._slots) for outcome in (COUNTED, OTHER_KIND)}
        self._counts = np.zeros(0, dtype=np.int64)
        self._sums = [ExactSum() for _ in rollup.sums]
        self._latencies = [LatencyMeasure() for _ in rollup.latencies]
        self._amounts = [AmountSum() for _ in rollup.amounts]
        self._members = [DistinctMembers() for _ in rollup.members]
        self._sizes = [SizeMeasure() for _ in rollup.sizes]
        self._size_sums = [rollup.sums.index(f"{size}_bytes") for size in rollup.sizes]
        self._kind_places = [rollup.table.dimension_names.index(f"{size}_bytes_kind") for size in rollup.sizes]
        self._pending = UsageRows(rollup, None)
        self._pending_slots: list[int] = []
        self._dirty: set[int] = set()

    def counts_by_key(self) -> Iterator[tuple[Any, int]]:
        """Every key with its running count."""
        self._fold()
        return zip(self._slots.keys, self._counts.tolist(), strict=False)  # the array has room to grow

    @property
    def dirty_count(self) -> int:
        """How many keys, at most, changed since `take_dirty`, and minutes that are known to have."""
        minutes = self.minutes.dirty_count if self.minutes else 0
        return min(len(self._dirty) + len(self._pending_slots), len(self._slots.keys)) + minutes

    def add(self, rows: UsageRows, outcome: str) -> None:
        """Add every row to its key's running values; the events that they are of have `outcome`."""
        slots = list(map(self._slot_of_key[outcome].__getitem__, rows.keys))
        self._pending_slots += slots
        if self._slots.folded:
            self._note_folded(rows, slots)
        for pending, column in zip(self._pending.columns[1:], rows.columns[1:], strict=True):
            pending.extend(column)
        if len(self._pending_slots) >= _FOLD_AT:
            self._fold()

    def take_dirty(self) -> tuple[list[Any], list[list[Any]]]:
        """The changed keys and their measures as columns (`Rollup.measure_names`); they are then no longer dirty."""
        self._fold()
        slots = sorted(self._dirty)
        self._dirty.clear()
        keys = self._slots.keys
        columns: list[list[Any]] = [self._counts[slots].tolist()] if self.rollup.count else []
        columns += [total.values(slots) for total in self._sums]
        for latency in self._latencies:
            columns += latency.columns(slots)
        columns += [amount.values(slots) for amount in self._amounts]
        columns += [members.values(slots) for members in self._members]
        for size in self._sizes:
            columns += size.columns(slots, self._counts[slots])
        return [keys[slot] for slot in slots], columns

    def _note_folded(self, rows: UsageRows, slots: Sequence[int]) -> None:
        """Count the rows of folded keys, and price them if they are calls to models."""
        positions = [position for position, slot in enumerate(slots) if slot in self._slots.folded]
        self.folded_count += len(positions)
        if positions and self.rollup is LLM_USAGE_ROLLUP:
            self.folded_costs.add(
                [self._slots.keys[slots[position]] for position in positions],
                [rows.keys[position] for position in positions],
                {
                    name: [column[position] for position in positions]
                    for name, column in zip(self.rollup.sums, rows.sums, strict=True)
                },
            )

    def _fold(self) -> None:
        if not self._pending_slots:
            return
        pending, self._pending = self._pending, UsageRows(self.rollup, None)
        pending_slots, self._pending_slots = self._pending_slots, []
        slots: Slots = np.array(pending_slots, dtype=np.intp)
        slot_count = len(self._slots.keys)
        self._dirty.update(np.unique(slots).tolist())
        self._counts = grown(self._counts, slot_count)
        np.add.at(self._counts, slots, 1)
        sums = [np.array(values, dtype=np.int64) for values in pending.sums]
        for total, values in zip(self._sums, sums, strict=True):
            total.add(slots, values, slot_count)
        self._fold_sizes(slots, sums)
        latencies = [MeasuredLatencies.of(np.array(values_ms, dtype=np.float64)) for values_ms in pending.latencies_ms]
        for latency, measured in zip(self._latencies, latencies, strict=True):
            latency.add(slots, measured, slot_count)
        if self.minutes is not None:
            times_ms = np.array(pending.times_ms, dtype=np.int64)
            self.minutes.add(self._slots.keys, slots, times_ms, sums, latencies)
        for amount, yoctos in zip(self._amounts, pending.amounts, strict=True):
            amount.add(pending_slots, yoctos)
        for members, hashes in zip(self._members, pending.members, strict=True):
            members.add(pending_slots, hashes)

    def _fold_sizes(self, slots: Slots, sums: Sequence[Int64Array]) -> None:
        for size, sum_place, kind_place in zip(self._sizes, self._size_sums, self._kind_places, strict=True):
            size.admit([key[kind_place] != SizeKind.UNKNOWN for key in self._slots.keys[size.slot_count :]])
            size.add(slots, sums[sum_place])
