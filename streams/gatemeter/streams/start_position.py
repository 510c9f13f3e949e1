"""Where counting of a partition begins after an assignment: decided from three facts, none of them ours to change.

The committed offset is the warm-up offset: it lies one epoch before the first one that must be counted again. The log
may begin later than that, when retention was faster than we were; then what is stored stays, counting goes on after
it, and the offsets that nobody can count any more are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gatemeter.contracts.errors import ConflictError
from gatemeter.streams.errors import EpochSizeChangedError
from gatemeter.streams.log_chunk import Log
from gatemeter.streams.partition_counter import StartPosition
from gatemeter.streams.sink import StoredEpoch


@dataclass(frozen=True, slots=True)
class StartDecision:
    """The position, and the offsets that were deleted from the log before they were counted (an empty range: none)."""

    position: StartPosition
    lost: range


def decide_start(
    log: Log, partition: int, *, committed: int | None, log_start: int, stored: Sequence[StoredEpoch]
) -> StartDecision:
    """Decide from the group's `committed` offset, the log's first offset, and the ledger's epochs of the partition.

    Raises EpochSizeChangedError if the stored numbers were made with another epoch size, ConflictError if the group
    has committed what this database has never stored.
    """
    for epoch in stored:
        if epoch.epoch_size != log.epoch_size:
            raise EpochSizeChangedError(log.name, epoch.epoch_size, log.epoch_size)
    if committed and not stored:
        raise ConflictError(
            f"the consumer group has counted up to offset {committed}, but this database holds nothing of it",
            where=f"{log.name}[{partition}]",
            do="point the worker at the database that does, or give it another --group to count from the start",
        )
    size = log.epoch_size
    warm_up_from = (committed or 0) // size * size
    count_from = warm_up_from + size if committed else 0
    if log_start <= count_from:
        return StartDecision(StartPosition(max(warm_up_from, log_start), count_from), range(0))
    last_begun = max((epoch.first_offset for epoch in stored), default=-1)
    if last_begun >= log_start:  # all of its messages are still there
        return StartDecision(StartPosition(log_start, last_begun), range(0))
    return _after_retention(size, log_start, max([count_from, *(epoch.version for epoch in stored)]), bool(stored))


def _after_retention(size: int, log_start: int, stored_until: int, has_rows: bool) -> StartDecision:
    """The epoch to count has lost its beginning: its stored rows stay, and a part of its own goes on after them."""
    first_whole_epoch = -(-log_start // size) * size
    if stored_until >= first_whole_epoch:
        return StartDecision(StartPosition(log_start, first_whole_epoch), range(0))
    if stored_until > log_start:
        return StartDecision(StartPosition(log_start, stored_until), range(0))
    lost = range(stored_until, log_start) if has_rows else range(0)
    return StartDecision(StartPosition(log_start, log_start), lost)
