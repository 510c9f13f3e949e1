"""API requests per minute, derived from rows of API usage while these are folded into an epoch's running values.

A minute has fewer dimensions than an hour. Keys of hours are mapped to the groups of minutes that they belong to once
each; what comes after that is done for thousands of requests at once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatemeter.events.usage_keys import Key
from gatemeter.metering.measures import ExactSum, LatencyMeasure, MeasuredLatencies
from gatemeter.metering.sketch import Int64Array
from gatemeter.metering.spread import Slots, grown
from gatemeter.schema.rollups import MINUTE_USAGE_ROLLUP
from gatemeter.schema.usage import API_USAGE

_MS_PER_MINUTE = 60_000
_S_PER_MINUTE = 60
_MINUTES_PER_HOUR = 60
_HOUR_AND_GROUP = [
    API_USAGE.dimension_names.index(name) for name in ("hour", *MINUTE_USAGE_ROLLUP.table.dimension_names[1:])
]


class MinuteAccumulator:
    """The running values of `MINUTE_USAGE` in one epoch, of requests from the Unix second `first_second` on."""

    def __init__(self, first_second: int) -> None:
        self.first_second = first_second
        self._groups: list[Key] = []
        self._group_numbers: dict[Key, int] = {}
        self._group_of_hour_slot = np.zeros(0, dtype=np.int64)
        self._hour_slot_count = 0
        self._slot_of_place = np.zeros(0, dtype=np.int64)
        self._keys: list[Key] = []
        self._counts = np.zeros(0, dtype=np.int64)
        self._sums = [ExactSum() for _ in MINUTE_USAGE_ROLLUP.sums]
        self._latencies = [LatencyMeasure() for _ in MINUTE_USAGE_ROLLUP.latencies]
        self._dirty: set[int] = set()

    @property
    def dirty_count(self) -> int:
        """How many keys changed since `take_dirty`."""
        return len(self._dirty)

    def add(
        self,
        hour_keys: Sequence[Key],
        hour_slots: Slots,
        times_ms: Int64Array,
        sums: Sequence[Int64Array],
        latencies: Sequence[MeasuredLatencies],
    ) -> None:
        """Add requests: of request i the key of API usage is `hour_keys[hour_slots[i]]`, its time `times_ms[i]`.

        `sums` and `latencies` are in the order of the rollup. Only keys may be appended to `hour_keys` between calls.
        """
        minutes = times_ms // _MS_PER_MINUTE
        is_kept = minutes >= self.first_second // _S_PER_MINUTE
        if not is_kept.all():
            if not is_kept.any():
                return
            minutes, hour_slots = minutes[is_kept], hour_slots[is_kept]
            sums = [values[is_kept] for values in sums]
            latencies = [each.where(is_kept) for each in latencies]
        self._admit(hour_keys)  # only now: a log of long ago, of which no minute is kept, needs no groups
        slots = self._slots(hour_slots, minutes)
        slot_count = len(self._keys)
        self._dirty.update(np.unique(slots).tolist())
        self._counts = grown(self._counts, slot_count)
        np.add.at(self._counts, slots, 1)
        for total, values in zip(self._sums, sums, strict=True):
            total.add(slots, values, slot_count)
        for latency, measured in zip(self._latencies, latencies, strict=True):
            latency.add(slots, measured, slot_count)

    def take_dirty(self) -> tuple[list[Key], list[list[Any]]]:
        """The changed keys and their measures as columns (`Rollup.measure_names`); they are then no longer dirty."""
        slots = sorted(self._dirty)
        self._dirty.clear()
        columns: list[list[Any]] = [self._counts[slots].tolist(), *(total.values(slots) for total in self._sums)]
        for latency in self._latencies:
            columns += latency.columns(slots)
        return [self._keys[slot] for slot in slots], columns

    def _admit(self, hour_keys: Sequence[Key]) -> None:
        """Give every new key of an hour its group: the hour, and what minutes are told apart by."""
        first, self._hour_slot_count = self._hour_slot_count, len(hour_keys)
        self._group_of_hour_slot = grown(self._group_of_hour_slot, self._hour_slot_count)
        for slot in range(first, self._hour_slot_count):
            key = hour_keys[slot]
            group = tuple([key[place] for place in _HOUR_AND_GROUP])
            number = self._group_numbers.setdefault(group, len(self._groups))
            if number == len(self._groups):
                self._groups.append(group)
            self._group_of_hour_slot[slot] = number

    def _slots(self, hour_slots: Slots, minutes: Int64Array) -> Slots:
        """The slot of each request's minute; new ones are numbered in the order of their groups and minutes."""
        places = self._group_of_hour_slot[hour_slots] * _MINUTES_PER_HOUR + minutes % _MINUTES_PER_HOUR
        self._slot_of_place = grown(self._slot_of_place, len(self._groups) * _MINUTES_PER_HOUR, fill=-1)
        slots: npt.NDArray[np.intp] = self._slot_of_place[places]
        if slots.min() < 0:
            self._open(np.unique(places[slots < 0]).tolist())
            slots = self._slot_of_place[places]
        return slots

    def _open(self, places: Sequence[int]) -> None:
        for place in places:
            hour_s, *rest = self._groups[place // _MINUTES_PER_HOUR]
            self._slot_of_place[place] = len(self._keys)
            self._keys.append((hour_s + place % _MINUTES_PER_HOUR * _S_PER_MINUTE, *rest))
