"""The partitions that a worker holds, and which chunks under way may still be counted.

Every assignment, release and rewind gives a partition a new serial. A chunk carries the serial that was valid when it
was sent to the agent; with an older one it belongs to positions that no longer hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatemeter.errors import OffsetGapError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.partition import PartitionCounter, PartitionFlush
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition


@dataclass(frozen=True, slots=True)
class PartitionChunk:
    """A chunk on its way from the driver to the agent, with the partition's serial at the time it was sent."""

    partition: int
    serial: int
    chunk: LogChunk


Flushes = Sequence[tuple[PartitionCounter, PartitionFlush]]


class Assignment:
    """One counter for each assigned partition. Not thread-safe: used from the event loop's thread only."""

    def __init__(self, log: Log, metering: Metering) -> None:
        self.log = log
        self.metering = metering
        self._counters: dict[int, PartitionCounter] = {}
        self._serials: dict[int, int] = {}
        self._last_serial = 0

    @property
    def dirty_count(self) -> int:
        """An upper bound of the rows that wait to be written."""
        return sum(counter.dirty_count for counter in self._counters.values())

    @property
    def epoch_count(self) -> int:
        """The number of epochs held in memory."""
        return sum(counter.epoch_count for counter in self._counters.values())

    @property
    def totals(self) -> dict[int, EventCounts]:
        """By partition: what its counter has counted since it was created."""
        return {partition: counter.totals for partition, counter in self._counters.items()}

    def counter(self, partition: int) -> PartitionCounter | None:
        """The counter of `partition`; None if it is not assigned."""
        return self._counters.get(partition)

    def serial(self, partition: int) -> int:
        """The serial that a chunk of `partition` must carry to be counted."""
        return self._serials.get(partition, 0)

    def assign(self, starts: Mapping[int, StartPosition]) -> dict[int, int]:
        """Hold exactly the partitions of `starts`. Returns the offset from which each must be read now.

        A counter that can go on there is kept: its state is a function of the log alone, so it is right even if
        another worker has counted the same offsets meanwhile. Chunks under way become invalid.
        """
        kept = self._counters
        self._counters = {}
        for partition, start in starts.items():
            counter = kept.get(partition)
            if counter is None or not counter.can_continue(start):
                counter = PartitionCounter(self.log, partition, start, self.metering)
            self._counters[partition] = counter
            self.invalidate(partition)
        return {partition: counter.next_offset for partition, counter in self._counters.items()}

    def release(self) -> None:
        """Invalidate all chunks under way; nothing is counted until the next `assign`."""
        for partition in self._counters:
            self.invalidate(partition)

    def still_held(self, flushes: Flushes) -> Flushes:
        """The flushes whose counters are still assigned.

        The others must not be written any more: another counter has taken over their partitions.
        """
        return [(counter, flush) for counter, flush in flushes if self._counters.get(counter.partition) is counter]

    def invalidate(self, partition: int) -> None:
        """Give `partition` a new serial, so that its chunks under way are not counted."""
        self._last_serial += 1
        self._serials[partition] = self._last_serial

    def count(self, partition_chunk: PartitionChunk) -> int | None:
        """Count a chunk; a chunk with an old serial is ignored.

        Returns None, or the offset to read again from if chunks before this one are missing.
        """
        partition = partition_chunk.partition
        counter = self._counters.get(partition)
        if counter is None or partition_chunk.serial != self.serial(partition):
            return None
        try:
            counter.add(partition_chunk.chunk)
        except OffsetGapError as gap:
            self.invalidate(partition)
            return gap.expected_offset
        return None

    def never_stored(self, partition: int, lost: range) -> range:
        """The part of `lost`, offsets that the log has deleted, that nobody has counted and stored."""
        counter = self._counters.get(partition)
        return lost if counter is None else counter.never_stored(lost)

    def commit_offset(self, partition: int) -> int | None:
        """The offset that may be committed for `partition`; None if there is nothing to commit."""
        counter = self._counters.get(partition)
        return None if counter is None else counter.commit_offset

    def take_flushes(self) -> Flushes:
        """The rows of all partitions that changed since the last call."""
        return [(counter, counter.take_flush()) for counter in self._counters.values()]
