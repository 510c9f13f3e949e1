"""Meters a file without a broker: the same counter and sink as a worker's, driven by the file's lines.

The ledger gets a hash of each epoch's lines besides, by which the file is known again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gatemeter.errors import InputError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE, Epoch
from gatemeter.metering.log import Log
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.metering.start_position import StartPosition
from gatemeter.sources.file_log import (
    EpochHash,
    FileChunk,
    check_unchanged,
    hashed_until,
    open_file_log,
    read_file_chunks,
)


class FileEpochs:
    """Feeds `counter` consecutive chunks of one file; the first one begins an epoch."""

    def __init__(self, counter: PartitionCounter) -> None:
        self._counter = counter
        self._hash = EpochHash()

    def add(self, file_chunk: FileChunk) -> bool:
        """Count the chunk; whether its lines are final. Raises as `PartitionCounter.add` does.

        An unreadable last line without newline may be half of a line that is being written. The hash leaves it out, so
        that it may still change.
        """
        counter = self._counter
        rejected_before = counter.totals.dead_letters
        counter.add(file_chunk.chunk)
        epoch = counter.open_epoch
        if epoch is None:
            return True
        if file_chunk.is_unterminated and counter.totals.dead_letters > rejected_before:
            epoch.unterminated_line = file_chunk.chunk.first_offset
            return False
        epoch.content_hash = self._hash.update(file_chunk.chunk.first_offset, file_chunk.hashed)
        return True


OnBytesMetered = Callable[[int, int], None]
"""Called with the (compressed) bytes read and the events counted so far."""

FLUSH_ROWS = 50_000
"""Rows that may wait in memory before they are written."""


class StoredLog(NamedTuple):
    """The identity of a file as a log, and how many of its events have been consumed before."""

    identity: str
    events: int


def stored_log(path: Path, sink: Sink) -> StoredLog | None:
    """What the ledger in `sink` has of the file; None for one without an event. Raises as `meter_file` does."""
    log = open_file_log(path, sink.stored_epochs)
    if log is None:
        return None
    return StoredLog(log.identity, sum(epoch.counts.consumed for epoch in sink.stored_epochs(log.identity)))


def meter_file(
    path: Path, sink: Sink, metering: Metering, *, log_format: str, on_progress: OnBytesMetered | None = None
) -> EventCounts:
    """Count every line of `path` into `sink`; what became of the file's events, all that it ever held.

    Metering a file again writes the same rows again, and metering it after it has grown adds the new events. Lines
    that another ruleset version has counted stay as they are. Raises InputError, ConflictError, and what the sink
    raises; what was counted until then is in the sink.
    """
    log = open_file_log(path, sink.stored_epochs)
    if log is None:
        return EventCounts()
    stored = sink.stored_epochs(log.identity)
    if stored:
        check_unchanged(path, log, stored)
    run = _FileRun(log, metering, stored)

    def report(read_bytes: int) -> None:
        if on_progress is not None:
            on_progress(read_bytes, run.totals.consumed)

    try:
        for file_chunk in read_file_chunks(path, log_format, report):
            run.add(file_chunk)
            if run.counter.dirty_count >= FLUSH_ROWS:
                _flush(run.counter, sink)
    except InputError:
        _flush(run.counter, sink)  # what was read before the damage is counted
        raise
    _flush(run.counter, sink)
    return run.totals


class _FileRun:
    """One reading of the file from its first line."""

    def __init__(self, log: Log, metering: Metering, stored: Sequence[StoredEpoch]) -> None:
        by_other_ruleset = [epoch for epoch in stored if epoch.ruleset_version != metering.ruleset_version]
        count_from = max(map(hashed_until, by_other_ruleset), default=0)
        self.counter = PartitionCounter(log, 0, StartPosition(0, count_from), metering)
        # The present ruleset version may have counted some of it before another one did.
        self._settled = [epoch.counts for epoch in stored if epoch.first_offset < count_from]
        self._epochs = FileEpochs(self.counter)
        self._awaited = {epoch.unterminated_line for epoch in stored} - {NO_UNTERMINATED_LINE}

    @property
    def totals(self) -> EventCounts:
        """What became of all events of the file, including those that are not counted again."""
        totals = EventCounts()
        for counts in (*self._settled, self.counter.totals):
            totals.add(counts)
        return totals

    def add(self, file_chunk: FileChunk) -> None:
        is_final = self._epochs.add(file_chunk)
        epoch = self.counter.open_epoch
        if is_final and epoch is not None:
            self._forget_completed(epoch, file_chunk)

    def _forget_completed(self, epoch: Epoch, file_chunk: FileChunk) -> None:
        """Delete the dead letter of a line that was unreadable without its newline and is counted now."""
        chunk = file_chunk.chunk
        for offset in [line for line in self._awaited if chunk.first_offset <= line < chunk.next_offset]:
            self._awaited.discard(offset)
            epoch.forget_line(offset)


def _flush(counter: PartitionCounter, sink: Sink) -> None:
    flush = counter.take_flush()
    if flush.rows:
        sink.write(flush.rows)
    counter.flushed(flush)
