"""Plans which offsets a rebuild counts, and whether it can go on with what a database holds already."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gatemeter.errors import ConflictError
from gatemeter.metering.log import Log
from gatemeter.metering.sink import StoredEpoch
from gatemeter.metering.start_position import (
    StartPosition,
    StoredSegment,
    check_epoch_size,
    segments_from,
    warm_up_from,
)

EpochKey = tuple[int, int]
"""Partition and first offset of an epoch."""


@dataclass(frozen=True, slots=True)
class PartitionPlan:
    """Offsets from `first_offset` up to, not including, `stop` are counted; those from `read_from` on warm up.

    `recounted` are the segments of these that an earlier run has stored.
    """

    partition: int
    read_from: int
    first_offset: int
    stop: int
    recounted: tuple[StoredSegment, ...] = ()

    @property
    def start(self) -> StartPosition:
        """Where to begin."""
        return StartPosition(self.read_from, self.first_offset, recounted=self.recounted)

    def has_epoch_at(self, first_offset: int, epoch_size: int) -> bool:
        """Whether the plan writes an epoch that begins at `first_offset`."""
        is_epoch_start = first_offset % epoch_size == 0 and self.first_offset < first_offset < self.stop
        return is_epoch_start or first_offset == self.first_offset

    def end_of(self, first_offset: int, epoch_size: int) -> int:
        """The next offset after the epoch that begins at `first_offset`."""
        return min((first_offset // epoch_size + 1) * epoch_size, self.stop)


def plan_rebuild(
    log: Log,
    held: Mapping[int, range],
    *,
    partition: int | None = None,
    from_offset: int | None = None,
    to_offset: int | None = None,
) -> list[PartitionPlan]:
    """A plan for every partition (or the one named) that holds offsets in [from_offset, to_offset).

    `from_offset` is moved down to where its epoch begins. Raises ConflictError if there is nothing to count.
    """
    plans = []
    for number, offsets in sorted(held.items()):
        if partition is not None and number != partition:
            continue
        wanted = offsets.start if from_offset is None else from_offset // log.epoch_size * log.epoch_size
        first_offset = max(offsets.start, wanted)
        stop = offsets.stop if to_offset is None else min(offsets.stop, to_offset)
        if max(first_offset, from_offset or 0) < stop:
            read_from = max(offsets.start, warm_up_from(first_offset, log.epoch_size))
            plans.append(PartitionPlan(number, read_from, first_offset, stop))
    if not plans:
        extents = ", ".join(f"partition {number}: {each.start} to {each.stop}" for number, each in sorted(held.items()))
        raise ConflictError(
            f"the log holds no message there; it holds {extents or 'no partition'}",
            where=log.name,
            do="correct --from-offset, --to-offset or --partition",
        )
    return plans


def require_fresh(log: Log, stored: Sequence[StoredEpoch], present: Collection[EpochKey]) -> None:
    """Raise ConflictError if the database holds an epoch of `log`; `present` are the epochs with rows in any table."""
    if stored or present:
        raise ConflictError(
            "this store holds numbers of this log already",
            where=log.name,
            do="name a fresh --data directory or database; if a rebuild into this one was stopped, add --resume",
        )


def resumed(
    log: Log,
    plans: Sequence[PartitionPlan],
    ruleset_version: str,
    stored: Sequence[StoredEpoch],
    present: Collection[EpochKey],
    *,
    from_the_start: bool,
) -> list[PartitionPlan]:
    """The plans from where an earlier run was stopped, or whole with `from_the_start`.

    Raises ConflictError unless the database holds just what an unfinished run of these plans leaves: the first epochs
    in their order, and rows of the next ones that the ledger does not know yet.
    """
    check_epoch_size(log, stored)
    by_partition = {plan.partition: plan for plan in plans}
    for key in {*present, *((epoch.partition, epoch.first_offset) for epoch in stored)}:
        plan = by_partition.get(key[0])
        if plan is None or not plan.has_epoch_at(key[1], log.epoch_size):
            raise _not_planned(log, key)
    if not from_the_start:
        plans = [_rest_of(log, plan, ruleset_version, stored) for plan in plans]
    return [replace(plan, recounted=_recounted(plan, stored)) for plan in plans]


def _recounted(plan: PartitionPlan, stored: Sequence[StoredEpoch]) -> tuple[StoredSegment, ...]:
    return segments_from(plan.first_offset, [epoch for epoch in stored if epoch.partition == plan.partition])


def is_complete(plans: Sequence[PartitionPlan], stored: Sequence[StoredEpoch]) -> bool:
    """Whether the ledger reaches the end of every plan."""
    ends = {(epoch.partition, epoch.version) for epoch in stored}
    return all((plan.partition, plan.stop) in ends for plan in plans)


def _rest_of(log: Log, plan: PartitionPlan, ruleset_version: str, stored: Sequence[StoredEpoch]) -> PartitionPlan:
    done = sorted(
        (epoch for epoch in stored if epoch.partition == plan.partition), key=lambda epoch: epoch.first_offset
    )
    if not done:
        return plan
    last = done[-1].first_offset
    if done[0].first_offset != plan.first_offset:
        raise _not_planned(log, (plan.partition, done[0].first_offset))
    for epoch, following in pairwise(done):
        if epoch.version != following.first_offset:
            raise _not_planned(log, (plan.partition, following.first_offset))
    for epoch in done:
        if epoch.ruleset_version != ruleset_version or epoch.version > plan.end_of(epoch.first_offset, log.epoch_size):
            raise _not_planned(log, (plan.partition, epoch.first_offset))
    read_from = max(plan.read_from, warm_up_from(last, log.epoch_size))
    return replace(plan, first_offset=last, read_from=read_from)


def _not_planned(log: Log, key: EpochKey) -> ConflictError:
    return ConflictError(
        f"this store holds an epoch of this log that the rebuild would not have written, at offset {key[1]}",
        where=f"{log.name}[{key[0]}]",
        do="rebuild into a fresh --data directory or database; or repeat the options of the run that was stopped",
    )
