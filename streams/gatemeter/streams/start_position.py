"""Where counting of a partition begins after an assignment: decided from three facts, none of them ours to change.

The committed offset is the warm-up offset: it lies one epoch before the first one that must be counted again. The log
may begin later than that, when retention was faster than we were. An epoch is counted again only if everything is
there that it was counted from before; else what is stored of it stays, counting goes on after that in a part of its
own, and the offsets that nobody can count any more are named. The same holds where other counting rules made what is
stored: it stays, and what follows is counted by the present ones.
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


def check_epoch_size(log: Log, stored: Sequence[StoredEpoch]) -> None:
    """Raise EpochSizeChangedError if numbers of `log` were made with another epoch size."""
    for epoch in stored:
        if epoch.epoch_size != log.epoch_size:
            raise EpochSizeChangedError(log.name, epoch.epoch_size, log.epoch_size)


def counted_by_other_rules(stored: Sequence[StoredEpoch], rules: str) -> int:
    """The offset up to which other counting rules than `rules` made what is stored; 0 for none."""
    return max((epoch.version for epoch in stored if epoch.rules != rules), default=0)


def decide_start(
    log: Log, partition: int, rules: str, *, committed: int | None, log_start: int, stored: Sequence[StoredEpoch]
) -> StartDecision:
    """Decide from the group's `committed` offset, the log's first offset, and the ledger's epochs of the partition.

    Raises EpochSizeChangedError if the stored numbers were made with another epoch size, ConflictError if the group
    has committed what this database has never stored.
    """
    check_epoch_size(log, stored)
    if committed and not stored:
        raise ConflictError(
            f"the consumer group has counted up to offset {committed}, but this database holds nothing of it",
            where=f"{log.name}[{partition}]",
            do="point the worker at the database that does, or give it another --group to count from the start",
        )
    begins = sorted(epoch.first_offset for epoch in stored)
    stored_until = max((epoch.version for epoch in stored), default=log_start if committed is None else 0)
    resume = _resume(log.epoch_size, committed, begins, stored_until)
    first_counted = begins[0] if begins else log_start
    settled = counted_by_other_rules(stored, rules)
    for candidate in (resume, *(first for first in begins if first > resume)):
        if candidate < settled:
            continue
        warm_up_from = _warm_up_from(candidate, log.epoch_size)
        # What warmed the duplicate filter when this epoch was counted first must still be there.
        if log_start <= max(warm_up_from, min(first_counted, candidate)):
            return StartDecision(StartPosition(max(warm_up_from, log_start), candidate), range(0))
    read_from = max(log_start, _warm_up_from(stored_until, log.epoch_size))
    lost = range(stored_until, log_start) if stored else range(0)
    return StartDecision(StartPosition(read_from, max(stored_until, log_start)), lost)


def _resume(size: int, committed: int | None, begins: Sequence[int], stored_until: int) -> int:
    """The first offset whose epoch may be unfinished: after the committed warm-up epoch, or where the ledger ends.

    The ledger is behind the commit when the database was restored from a backup; the log may still hold the rest.
    """
    if not committed:
        return 0
    count_from = (committed // size + 1) * size
    return count_from if stored_until >= count_from else begins[-1]


def _warm_up_from(offset: int, size: int) -> int:
    return max(0, (offset // size - 1) * size)
