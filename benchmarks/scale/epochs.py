"""Which events of an hour are in which epoch of a partition."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from benchmarks.scale.population import Float64Array, Population

FRAMES_PER_EPOCH = 1024
EVENTS_PER_FRAME = 500


@dataclass(frozen=True, slots=True)
class Slice:
    """The events of one `hour` (from the month's first on) in one epoch of a partition.

    `events` are how many are expected; `version` is where the epoch ends, which is open in the last one.
    """

    hour: int
    partition: int
    epoch_first_offset: int
    version: int
    events: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """A month of `events` that follow each other as days and weeks have it."""

    start: datetime
    events: int
    population: Population

    @property
    def hours(self) -> int:
        """The hours of the month."""
        end = (self.start + timedelta(days=31)).replace(day=1)
        return int((end - self.start).total_seconds()) // 3600

    def slices(self) -> Iterator[Slice]:
        """All of them, partition by partition and in the order of time. An epoch holds 1,024 frames of 500 events."""
        hourly = self.events * _hour_shares(self.start, self.hours)
        of_partition = np.bincount(
            self.population.place, self.population.consumer_shares, minlength=self.population.partitions
        )
        for partition, share in enumerate(of_partition):
            yield from _slices(partition, hourly * share)


def _slices(partition: int, hourly: Float64Array) -> Iterator[Slice]:
    size = FRAMES_PER_EPOCH * EVENTS_PER_FRAME
    ends = np.cumsum(hourly)
    last_offset = int(np.ceil(ends[-1] / EVENTS_PER_FRAME))
    for hour, end in enumerate(ends):
        begin = end - hourly[hour]
        for epoch in range(int(begin // size), int(end // size) + 1):
            events = min(end, (epoch + 1) * size) - max(begin, epoch * size)
            if events > 0:
                first = epoch * FRAMES_PER_EPOCH
                yield Slice(hour, partition, first, min(first + FRAMES_PER_EPOCH, last_offset), events)


def _hour_shares(start: datetime, hours: int) -> Float64Array:
    """Twice as much at noon as at midnight, and two thirds on weekends."""
    times = [start + timedelta(hours=hour) for hour in range(hours)]
    of_day = np.array([1.5 - 0.5 * np.cos(2 * np.pi * time.hour / 24) for time in times])
    weights = of_day * np.array([2 / 3 if time.weekday() >= 5 else 1.0 for time in times])
    shares: Float64Array = weights / weights.sum()
    return shares
