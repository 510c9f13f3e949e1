"""Counts one partition of a log: cuts it into epochs, and knows what may be committed.

An epoch is counted in one segment as a rule. It has another one, a resumed segment, where counting resumed after
offsets that were lost, or after a stored segment that stays as it is; each has its own rows and its own account.

A stored segment that is counted again must come to the same counts at its version, for both are a function of the log.
If it does not, the log has lost messages since: what is stored stays, and a resumed segment begins after it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise

from gatemeter.errors import OffsetGapError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.deduplication import EventIds
from gatemeter.metering.epoch import Epoch
from gatemeter.metering.log import Log, LogChunk
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import StartPosition, StoredSegment
from gatemeter.schema import TableRows


@dataclass(frozen=True, slots=True)
class PartitionFlush:
    """Rows to be stored, and the epoch that was open when they were taken: all before it is then complete."""

    rows: Sequence[TableRows]
    open_epoch: int


@dataclass(frozen=True, slots=True)
class UnrepeatableSegment:
    """A stored segment that stays as it is, for the log no longer gives what was counted of it."""

    offsets: range
    stored: EventCounts
    recounted: EventCounts


class PartitionCounter:
    """Fed with consecutive chunks; every so often its rows are taken, stored, and acknowledged with `flushed`."""

    def __init__(self, log: Log, partition: int, start: StartPosition, metering: Metering) -> None:
        self.log = log
        self.partition = partition
        self.next_offset = start.read_from
        self.totals = EventCounts()
        self._folded_count = 0
        self._start = start
        self._count_from = start.count_from
        self._stored_until = start.stored_until
        self._recounted = {segment.first_offset: segment for segment in start.recounted}
        self._versions: dict[int, list[int]] = defaultdict(list)
        for segment in start.recounted:
            self._versions[segment.first_offset // log.epoch_size].append(segment.version)
        self._unrepeatable: list[UnrepeatableSegment] = []
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

    def can_continue(self, start: StartPosition) -> bool:
        """Whether this counter may go on where `start` was decided: it knows as much, and of the same segments.

        If no other worker has stored anything since it was created, it may be anywhere. Else it must have counted all
        that is stored, and none of that may have begun elsewhere than here.
        """
        if start == self._start:
            return True
        if self.next_offset < max(start.count_from, start.stored_until):
            return False
        if start.after_segment is not None and not self._holds_segment(start.after_segment):
            return False
        return not any(_disagree(segment, epoch) for segment in start.recounted for epoch in self._epochs)

    def take_unrepeatable(self) -> Sequence[UnrepeatableSegment]:
        """The stored segments that were found to stay as they are since the last call."""
        found, self._unrepeatable = self._unrepeatable, []
        return found

    def take_folded(self) -> int:
        """How many rows of events lost names to `schema.usage.OTHER_NAMES` since the last call."""
        count, self._folded_count = self._folded_count, 0
        return count

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
        # While the rows are written the warm-up may be read. It is freed only once the epoch after it has its ids.
        next_epoch = self.next_offset // self.log.epoch_size
        return PartitionFlush(rows, self._epochs[-1].number if self._epochs else next_epoch)

    def flushed(self, flush: PartitionFlush) -> None:
        """The rows of `flush` are durable: epochs before its open one are complete and are freed."""
        self._flushed_epoch = max(self._flushed_epoch, flush.open_epoch)
        self._epochs = [epoch for epoch in self._epochs if epoch.number >= flush.open_epoch]

    def _holds_segment(self, first_offset: int) -> bool:
        """Whether the segment that begins there was counted here and is still in memory."""
        return any(epoch.first_offset == first_offset for epoch in self._epochs)

    def _cut(self, chunk: LogChunk) -> Iterator[LogChunk]:
        """Pieces that lie within one epoch and one stored segment each, and on one side of `count_from`."""
        for piece in chunk.by_epoch(self.log.epoch_size):
            borders = {self._count_from, *self._versions.get(piece.first_offset // self.log.epoch_size, ())}
            inner = sorted(each for each in borders if piece.first_offset < each < piece.next_offset)
            for first, end in pairwise((piece.first_offset, *inner, piece.next_offset)):
                yield piece.between(first, end) if inner else piece

    def _add_piece(self, chunk: LogChunk) -> None:
        epoch = self._epoch_at(chunk.first_offset)
        batch = self._decoders.decode(chunk.log_format, chunk.values, chunk.positions(self.log, self.partition))
        if chunk.first_offset < self._count_from:
            epoch.warm_up(batch)
            return
        folded_before = epoch.folded_count
        self.totals.add(epoch.add(batch, chunk))
        self._folded_count += epoch.folded_count - folded_before
        if epoch.stored is not None and epoch.next_offset == epoch.stored.version:
            self._compare(epoch, epoch.stored)

    def _compare(self, epoch: Epoch, stored: StoredSegment) -> None:
        """Compare an epoch with what is stored of it, which ends here; after a difference, what is stored stays."""
        if astuple(epoch.counts) == stored.counts:
            epoch.stored = None
        else:
            offsets = range(stored.first_offset, stored.version)
            recounted = replace(epoch.counts)
            self._unrepeatable.append(UnrepeatableSegment(offsets, EventCounts(*stored.counts), recounted))
        if epoch.stored is not None or stored.version in self._recounted:
            self._count_from = stored.version

    def _epoch_at(self, offset: int) -> Epoch:
        number = offset // self.log.epoch_size
        last = self._epochs[-1] if self._epochs else None
        is_resumed = last is not None and last.first_offset < self._count_from <= offset
        if last is not None and last.number == number and not is_resumed:
            return last
        epoch = Epoch(self.log, self.partition, number, self._count_from, _ids_before(number, last), self._metering)
        epoch.stored = self._recounted.get(epoch.first_offset)
        if last is not None:
            last.forget_event_ids()
        self._epochs.append(epoch)
        return epoch


def _ids_before(number: int, last: Epoch | None) -> EventIds:
    """The ids by which the next segment, in the epoch `number`, knows a duplicate; `last` is the one before it."""
    if last is None or last.number < number - 1:
        return set()
    return last.known_ids if last.number == number else last.event_ids


def _disagree(segment: StoredSegment, epoch: Epoch) -> bool:
    """Whether the two have offsets in common and begin elsewhere."""
    overlap = segment.first_offset < epoch.next_offset and epoch.first_offset < segment.version
    return overlap and segment.first_offset != epoch.first_offset
