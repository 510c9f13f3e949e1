"""Counts one partition of a log: cuts it into epochs, and knows what may be committed.

An epoch is counted in one segment as a rule. It has another one, a resumed segment, where counting resumed after
offsets that were lost, or after a stored segment that stays as it is; each has its own rows and its own account.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatemeter.errors import OffsetGapError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.epoch import Epoch
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition
from gatemeter.schema import TableRows


@dataclass(frozen=True, slots=True)
class PartitionFlush:
    """Rows to be stored, and the epoch that was open when they were taken: all before it is then complete."""

    rows: Sequence[TableRows]
    open_epoch: int


class PartitionCounter:
    """Fed with consecutive chunks; every so often its rows are taken, stored, and acknowledged with `flushed`."""

    def __init__(self, log: Log, partition: int, start: StartPosition, metering: Metering) -> None:
        self.log = log
        self.partition = partition
        self.next_offset = start.read_from
        self.totals = EventCounts()
        self._count_from = start.count_from
        self._stored_until = start.stored_until
        self._metering = metering
        self._decoders = metering.decoders()
        self._epochs: list[Epoch] = []
        self._start_epoch = self._flushed_epoch = start.count_from // log.epoch_size

    @property
    def dirty_count(self) -> int:
        """How many rows, at most, wait to be written."""
        return sum(epoch.dirty_count for epoch in self._epochs)

    @property
    def commit_offset(self) -> int | None:
        """The offset from which another worker could take over: one epoch of warm-up before the oldest open one.

        None as long as that is the beginning of the log, or nothing that this counter counted has been stored.
        """
        if self._flushed_epoch <= max(1, self._start_epoch):
            return None
        return (self._flushed_epoch - 1) * self.log.epoch_size

    @property
    def epoch_count(self) -> int:
        """How many epochs are held in memory."""
        return len(self._epochs)

    @property
    def open_epoch(self) -> Epoch | None:
        """The epoch that the last added message belongs to."""
        return self._epochs[-1] if self._epochs else None

    def never_stored(self, lost: range) -> range:
        """The part of the `lost` offsets of the log that nobody has counted."""
        return range(max(lost.start, self._stored_until), lost.stop)

    def holds_segment(self, first_offset: int) -> bool:
        """Whether the segment that begins there was counted here and is still in memory."""
        return any(epoch.first_offset == first_offset for epoch in self._epochs)

    def add(self, chunk: LogChunk) -> None:
        """Count a chunk. Raises OffsetGapError, and counts nothing, unless it follows the one before without a gap."""
        if chunk.first_offset != self.next_offset:
            where = f"{self.log.name}[{self.partition}]"
            raise OffsetGapError(self.next_offset, chunk.first_offset, where=where)
        if chunk.is_lost:
            # What is stored stays; a resumed segment begins after it, as after a restart (`start_position`).
            self._count_from = max(self._count_from, self._stored_until, chunk.next_offset)
        else:
            for piece in self._cut(chunk):
                self._add_piece(piece)
        self.next_offset = chunk.next_offset

    def take_flush(self) -> PartitionFlush:
        """All rows that changed since the last call."""
        rows = [table_rows for epoch in self._epochs for table_rows in epoch.take_rows()]
        return PartitionFlush(rows, self._epochs[-1].number if self._epochs else self._flushed_epoch)

    def flushed(self, flush: PartitionFlush) -> None:
        """The rows of `flush` are durable: epochs before its open one are complete and are freed."""
        self._flushed_epoch = max(self._flushed_epoch, flush.open_epoch)
        self._epochs = [epoch for epoch in self._epochs if epoch.number >= flush.open_epoch]

    def _cut(self, chunk: LogChunk) -> Iterator[LogChunk]:
        """Pieces that lie within one epoch each, and on one side of `count_from`."""
        for piece in chunk.by_epoch(self.log.epoch_size):
            if piece.first_offset < self._count_from < piece.next_offset:
                yield piece.between(piece.first_offset, self._count_from)
                yield piece.between(self._count_from, piece.next_offset)
            else:
                yield piece

    def _add_piece(self, chunk: LogChunk) -> None:
        epoch = self._epoch_at(chunk.first_offset)
        batch = self._decoders.decode(chunk.log_format, chunk.values)
        if chunk.first_offset < self._count_from:
            epoch.warm_up(batch)
            return
        self.totals.add(epoch.add(batch, chunk))

    def _epoch_at(self, offset: int) -> Epoch:
        number = offset // self.log.epoch_size
        last = self._epochs[-1] if self._epochs else None
        is_resumed = last is not None and last.first_offset < self._count_from <= offset
        if last is not None and last.number == number and not is_resumed:
            return last
        previous_ids = last.event_ids if last is not None and last.number >= number - 1 else set()
        epoch = Epoch(self.log, self.partition, number, self._count_from, previous_ids, self._metering)
        if last is not None:
            last.forget_event_ids()
        self._epochs.append(epoch)
        return epoch
