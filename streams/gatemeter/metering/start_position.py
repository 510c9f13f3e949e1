"""Where counting of a partition begins after an assignment.

Four facts decide: the start that was recorded for the partition, the group's commit, the first offset that the log
still holds, and the epochs in the ledger.
The committed offset is the warm-up offset: it lies one epoch before the first one that must be counted again. The log
may begin later than that, when retention was faster than the worker. An epoch is counted again only if everything is
there that it was counted from before. Else what is stored of it stays, counting goes on after that in a resumed
segment, and the offsets that nobody can count any more are named. The same holds where another ruleset version made
what is stored: it stays, and a resumed segment after it is counted by the present one.

A log may also lose messages in its middle, by compaction. Its extent does not show that: the counter compares what it
counts again with what the ledger says of it (`PartitionCounter`).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Self

from gatemeter.errors import ConflictError, EpochSizeChangedError
from gatemeter.metering.commit import Commit
from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.log import Log
from gatemeter.metering.sink import StoredEpoch
from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """What the ledger says of offsets `first_offset` up to, not including, `version`; `counts` as in `EventCounts`.

    `has_events` as in `StoredEpoch`.
    """

    first_offset: int
    version: int
    counts: tuple[int, ...]
    has_events: bool = False

    @classmethod
    def of(cls, epoch: StoredEpoch) -> Self:
        """The segment that `epoch` is."""
        return cls(epoch.first_offset, epoch.version, astuple(epoch.counts), epoch.has_events)


@dataclass(frozen=True, slots=True)
class StartPosition:
    """Where to begin: offsets from `read_from` on only warm the duplicate filter until `count_from`.

    `after_segment` is the first offset of the stored segment that stays as it is and after which a resumed segment
    begins; None where what is stored from `count_from` up to `stored_until` is counted again. It is stored in the
    segments `recounted`, by first offset.
    """

    read_from: int
    count_from: int
    after_segment: int | None = None
    stored_until: int = 0
    recounted: tuple[StoredSegment, ...] = ()


@dataclass(frozen=True, slots=True)
class StartDecision:
    """The position, and the offsets that were deleted from the log before they were counted (an empty range: none).

    `first_start` is the start to be recorded where nothing of the partition is stored yet; None if it is already.
    """

    position: StartPosition
    lost: range
    first_start: CountingStart | None = None


def check_epoch_size(log: Log, stored: Sequence[StoredEpoch]) -> None:
    """Raise EpochSizeChangedError if numbers of `log` were made with another epoch size."""
    for epoch in stored:
        if epoch.epoch_size != log.epoch_size:
            kind = next((kind for kind, size in EPOCH_SIZE_BY_KIND.items() if size == epoch.epoch_size), "")
            raise EpochSizeChangedError(log.name, epoch.epoch_size, log.epoch_size, stored_kind=kind)


def counted_by_other_ruleset(stored: Sequence[StoredEpoch], ruleset_version: str) -> int:
    """The offset up to which another ruleset version made what is stored; 0 for none."""
    return max((epoch.version for epoch in stored if epoch.ruleset_version != ruleset_version), default=0)


def decide_start(
    log: Log,
    partition: int,
    ruleset_version: str,
    *,
    commit: Commit | None,
    log_start: int,
    stored: Sequence[StoredEpoch],
    recorded: CountingStart | None = None,
) -> StartDecision:
    """Decide from the group's `commit`, the log's first offset, the ledger's epochs, and the `recorded` start.

    Raises EpochSizeChangedError if the stored numbers were made with another epoch size, ConflictError if the group
    has committed what this database has never stored.
    """
    check_epoch_size(log, stored)
    if not stored:
        return _first_start(log, partition, commit, log_start, recorded)
    begins = sorted(epoch.first_offset for epoch in stored)
    stored_until = max(epoch.version for epoch in stored)
    settled = counted_by_other_ruleset(stored, ruleset_version)
    resume = max(begins[0], _resume(log.epoch_size, commit, begins, stored_until))
    for candidate in (resume, *(first for first in begins if first > resume)):
        if candidate < settled:
            continue
        # What lies before the first offset ever counted has never warmed a duplicate filter.
        read_from = max(begins[0], warm_up_from(candidate, log.epoch_size))
        if log_start <= read_from:
            recounted = segments_from(candidate, stored)
            return StartDecision(StartPosition(read_from, candidate, None, stored_until, recounted), range(0))
    read_from = max(log_start, begins[0], warm_up_from(stored_until, log.epoch_size))
    count_from = max(stored_until, log_start)
    after_segment = max(epoch.first_offset for epoch in stored if epoch.version == stored_until)
    return StartDecision(StartPosition(read_from, count_from, after_segment), range(stored_until, count_from))


def segments_from(offset: int, stored: Sequence[StoredEpoch]) -> tuple[StoredSegment, ...]:
    """The segments of one partition that begin at `offset` or later, by first offset."""
    in_order = sorted(stored, key=lambda epoch: epoch.first_offset)
    return tuple(StoredSegment.of(epoch) for epoch in in_order if epoch.first_offset >= offset)


def warm_up_from(offset: int, epoch_size: int) -> int:
    """The first offset whose event ids are looked at when the epoch of `offset` is counted."""
    return max(0, (offset // epoch_size - 1) * epoch_size)


def _first_start(
    log: Log, partition: int, commit: Commit | None, log_start: int, recorded: CountingStart | None
) -> StartDecision:
    if commit is not None and not commit.is_beginning:
        raise ConflictError(
            f"the consumer group has counted up to offset {commit.offset}, but this database holds nothing of it",
            where=f"{log.name}[{partition}]",
            do="point the worker at the database that does, or give it another --group to count from the start",
        )
    start = _promised_start(commit, log_start, recorded)
    count_from = max(start.first_offset, log_start)
    lost = range(start.first_offset, count_from)
    return StartDecision(StartPosition(count_from, count_from), lost, None if start == recorded else start)


def _promised_start(commit: Commit | None, log_start: int, recorded: CountingStart | None) -> CountingStart:
    """The recorded start, if a worker recorded it or it is the earlier one; else the group's, or the log's."""
    if commit is None:
        own = CountingStart(log_start, StartReason.LOG_START)
    else:
        # A commit says where a group began that left out what was in the log then; offset 0 leaves out nothing.
        own = CountingStart(commit.offset, StartReason.LOG_END if commit.offset else StartReason.LOG_START)
    if recorded is None or (not recorded.reason.is_of_worker and own.first_offset < recorded.first_offset):
        return own
    return recorded


def _resume(size: int, commit: Commit | None, begins: Sequence[int], stored_until: int) -> int:
    """The first offset whose epoch may be unfinished: after the committed warm-up epoch, or where the ledger ends.

    The ledger is behind the commit when the database was restored from a backup; the log may still hold the rest.
    """
    if commit is None or commit.is_beginning:
        return begins[0]
    count_from = (commit.offset // size + 1) * size
    return count_from if stored_until >= count_from else begins[-1]
