"""Counts stored epochs once more from the log: the rows that should be there, epoch by epoch.

An epoch is counted from its messages up to the stored version, and from the ids of the epoch before it. Epochs that
follow each other share one reading. What the log no longer holds, or what another ruleset version counted, is
uncountable: that is not a difference, but not a proof either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gatemeter.metering.epoch import NO_UNTERMINATED_LINE
from gatemeter.metering.log import Log
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import StoredEpoch
from gatemeter.metering.start_position import StartPosition, check_epoch_size, warm_up_from
from gatemeter.schema import TableRows
from gatemeter.sources.log_reader import LogReader, OnOffsetsRead, ReadChunks, reporting


@dataclass(frozen=True, slots=True)
class RecountedEpoch:
    """A stored epoch and all its rows at its stored version; every row has that version."""

    epoch: StoredEpoch
    rows: Sequence[TableRows]


@dataclass(frozen=True, slots=True)
class UncountableEpoch:
    """A stored epoch that cannot be counted again, and why."""

    epoch: StoredEpoch
    reason: str


Recounted = RecountedEpoch | UncountableEpoch
Choice = Callable[[StoredEpoch], bool]


def every_epoch(_epoch: StoredEpoch) -> bool:
    """Chooses every epoch."""
    return True


def recount(
    reader: LogReader,
    stored: Sequence[StoredEpoch],
    metering: Metering,
    *,
    chosen: Choice = every_epoch,
    on_offsets_read: OnOffsetsRead = lambda _offsets: None,
) -> Iterator[Recounted]:
    """The `chosen` ones of `stored`, which are all epochs of the reader's log, by partition and first offset.

    One epoch's rows are held in memory at a time. Raises EpochSizeChangedError, and as the reader does.
    """
    check_epoch_size(reader.log, stored)
    read = reporting(reader.chunks, on_offsets_read)
    ranges, unterminated_line = reader.ranges(), reader.unterminated_line
    in_order = sorted(stored, key=lambda epoch: (epoch.partition, epoch.first_offset))
    for partition, group in groupby(in_order, key=lambda epoch: epoch.partition):
        epochs = list(group)
        judge = _Judge(
            ranges.get(partition, range(0)),
            epochs[0].first_offset,
            reader.log.epoch_size,
            metering.ruleset_version,
            unterminated_line,
        )
        yield from _recount_partition(reader.log, read, list(filter(chosen, epochs)), judge, metering)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Knows which epochs of a partition can be counted again. What was never counted never warmed a filter.

    `held` are the offsets that the log holds, `first_counted` is the first offset that the ledger knows.
    """

    held: range
    first_counted: int
    epoch_size: int
    ruleset_version: str
    unterminated_line: int

    def read_from(self, epoch: StoredEpoch) -> int:
        """The first offset that decided about the epoch's rows."""
        return max(self.first_counted, warm_up_from(epoch.first_offset, self.epoch_size))

    def reason_against(self, epoch: StoredEpoch) -> str:
        """Why the epoch cannot be counted again; empty if it can."""
        if epoch.ruleset_version != self.ruleset_version:
            return f"other counting rules counted them ({epoch.ruleset_version or 'those of an older version'})"
        if epoch.version > self.held.stop:
            return f"the log ends at offset {self.held.stop} now"
        if self.held.start > self.read_from(epoch):
            return f"the log begins at offset {self.held.start} now, and counting them takes older messages"
        if epoch.unterminated_line != NO_UNTERMINATED_LINE and (
            epoch.unterminated_line != self.unterminated_line or epoch.version != self.held.stop
        ):
            return "the last line had no end when it was counted, and has one now; meter the file again"
        return ""


def _recount_partition(
    log: Log, read: ReadChunks, epochs: Sequence[StoredEpoch], judge: _Judge, metering: Metering
) -> Iterator[Recounted]:
    chain: list[StoredEpoch] = []
    for epoch in epochs:
        reason = judge.reason_against(epoch)
        if chain and (reason or not _continues(chain[-1], epoch)):
            yield from _recount_chain(log, read, chain, judge.read_from(chain[0]), metering)
            chain = []
        if reason:
            yield UncountableEpoch(epoch, reason)
        else:
            chain.append(epoch)
    if chain:
        yield from _recount_chain(log, read, chain, judge.read_from(chain[0]), metering)


def _continues(before: StoredEpoch, epoch: StoredEpoch) -> bool:
    """Whether a counter goes on from the one to the other; a resumed segment is counted by itself."""
    return before.version == epoch.first_offset and epoch.first_offset % epoch.epoch_size == 0


def _recount_chain(
    log: Log, read: ReadChunks, chain: Sequence[StoredEpoch], read_from: int, metering: Metering
) -> Iterator[RecountedEpoch]:
    first = chain[0]
    counter = PartitionCounter(log, first.partition, StartPosition(read_from, first.first_offset), metering)
    ends = iter(chain)
    epoch = next(ends)
    for chunk in read(first.partition, range(read_from, chain[-1].version)):
        for piece in chunk.by_epoch(log.epoch_size):
            counter.add(piece)
            if piece.next_offset == epoch.version:
                flush = counter.take_flush()
                counter.flushed(flush)
                yield RecountedEpoch(epoch, flush.rows)
                epoch = next(ends, epoch)
