"""All partitions a worker holds: their counters, and which deliveries still belong to the current positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.partition import PartitionCounter, PartitionFlush, StartPosition
from gatemeter.metering.rules import Metering


@dataclass(frozen=True, slots=True)
class PartitionChunk:
    """A chunk on its way from the driver to the agent; `serial` is the partition's when it was sent off."""

    partition: int
    serial: int
    chunk: LogChunk


Flushes = Sequence[tuple[PartitionCounter, PartitionFlush]]


class Assignment:
    """Used from the event loop's thread only."""

    def __init__(self, log: Log, metering: Metering) -> None:
        self.log = log
        self.metering = metering
        self._counters: dict[int, PartitionCounter] = {}
        self._serials: dict[int, int] = {}
        self._last_serial = 0

    @property
    def dirty_count(self) -> int:
        """How many rows, at most, wait to be written."""
        return sum(counter.dirty_count for counter in self._counters.values())

    @property
    def epoch_count(self) -> int:
        """How many epochs are held in memory."""
        return sum(counter.epoch_count for counter in self._counters.values())

    @property
    def totals(self) -> dict[int, EventCounts]:
        """What each assigned partition's counter has counted."""
        return {partition: counter.totals for partition, counter in self._counters.items()}

    def counter(self, partition: int) -> PartitionCounter | None:
        """The counter of an assigned partition."""
        return self._counters.get(partition)

    def serial(self, partition: int) -> int:
        """What a handover of this partition must carry to be counted."""
        return self._serials.get(partition, 0)

    def assign(self, starts: Mapping[int, StartPosition]) -> dict[int, int]:
        """Hold exactly the partitions of `starts`; the offset from which each must be read now.

        A counter that is further than its start is kept: its state is a function of the log alone, so it is right
        even if another worker has counted the same offsets meanwhile. Handovers already under way become void.
        """
        kept = self._counters
        self._counters = {}
        for partition, start in starts.items():
            counter = kept.get(partition)
            if counter is None or not _goes_on(counter, start):
                counter = PartitionCounter(self.log, partition, start, self.metering)
            self._counters[partition] = counter
            self.void(partition)
        return {partition: counter.next_offset for partition, counter in self._counters.items()}

    def release(self) -> None:
        """No handover under way will be counted until partitions are assigned again."""
        for partition in self._counters:
            self.void(partition)

    def still_held(self, flushes: Flushes) -> Flushes:
        """Those of `flushes` whose counters are. What another one counts by now must not be written any more."""
        return [(counter, flush) for counter, flush in flushes if self._counters.get(counter.partition) is counter]

    def void(self, partition: int) -> None:
        """Handovers of `partition` that are under way will not be counted."""
        self._last_serial += 1
        self._serials[partition] = self._last_serial

    def count(self, partition_chunk: PartitionChunk) -> int | None:
        """Count a handover; the offset to read again from if it does not follow the last one, else None."""
        counter = self._counters.get(partition_chunk.partition)
        if counter is None or partition_chunk.serial != self.serial(partition_chunk.partition):
            return None
        if partition_chunk.chunk.first_offset != counter.next_offset:
            self.void(partition_chunk.partition)
            return counter.next_offset
        counter.add(partition_chunk.chunk)
        return None

    def never_stored(self, partition: int, lost: range) -> range:
        """What of offsets that the log has lost nobody has counted."""
        counter = self._counters.get(partition)
        return lost if counter is None else counter.never_stored(lost)

    def commit_offset(self, partition: int) -> int | None:
        """What may be committed for `partition`; None for nothing."""
        counter = self._counters.get(partition)
        return None if counter is None else counter.commit_offset

    def take_flushes(self) -> Flushes:
        """The changed rows of all partitions."""
        return [(counter, counter.take_flush()) for counter in self._counters.values()]


def _goes_on(counter: PartitionCounter, start: StartPosition) -> bool:
    """Whether the counter may be kept: it is far enough, and nobody else began a part over what it holds."""
    if counter.next_offset < start.count_from:
        return False
    return start.follows is None or counter.holds_part(start.follows)
