"""Negative controls: each guard of the protocol, switched off within this process.

Two guards can stand behind each other: the seek prevents a lost fetch and the contiguity check finds one; a commit
ahead of the flush is corrected by the ledger. Then a control switches off both, because either one alone repairs it.
"""

from collections.abc import Callable, Sequence
from typing import Any

STOCK_SEEK = "stock_seek"
NO_CONTIGUITY_CHECK = "no_contiguity_check"
COMMIT_AHEAD = "commit_ahead"
INCREMENTS = "increments"


def switch_off(control: str) -> None:
    """Switch off the guard of that name; '' for none."""
    if control:
        CONTROLS[control]()


def _replace(owner: Any, name: str, value: Any) -> None:
    """Put `value` in place of what must be there: a control of something renamed would control nothing."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name}")
    setattr(owner, name, value)


def _no_contiguity_check() -> None:
    """Whatever comes next counts as what was expected."""
    from gatemeter.sources.contiguity import Delivery, DeliveryGuard
    from gatemeter.worker.assignment import Assignment, PartitionChunk

    def check(_: DeliveryGuard, _partition: int, records: Sequence[Any]) -> Delivery | None:
        return Delivery(records[0].offset, records[-1].offset + 1, records) if records else None

    count_checked = Assignment.count

    def count(self: Assignment, partition_chunk: PartitionChunk) -> int | None:
        counter = self.counter(partition_chunk.partition)
        if counter is not None and partition_chunk.serial == self.serial(partition_chunk.partition):
            _replace(counter, "next_offset", partition_chunk.chunk.first_offset)
        return count_checked(self, partition_chunk)

    _replace(DeliveryGuard, "check", check)
    _replace(Assignment, "count", count)


def _stock_seek() -> None:
    """Faust's own seek, which skips partitions without a commit; and nothing checks what follows."""
    from gatemeter.worker.driver import Consumer

    seek_all = Consumer._seek_all
    stock_seek = super(Consumer, Consumer).perform_seek

    async def only_committed(self: Consumer) -> None:
        async def nowhere(_: Any) -> None: ...

        self.seek_wait = nowhere
        await seek_all(self)
        del self.seek_wait
        await stock_seek(self)

    _no_contiguity_check()
    _replace(Consumer, "_seek_all", only_committed)


def _commit_ahead() -> None:
    """Everything counted is committed at once, and the next worker believes the commit, not the ledger."""
    from gatemeter.metering import start_position
    from gatemeter.metering.commit import Commit
    from gatemeter.metering.partition import PartitionCounter

    def counted(self: PartitionCounter) -> int | None:
        number = self.next_offset // self.log.epoch_size
        return (number - 1) * self.log.epoch_size if number > 1 else None

    def resume(size: int, commit: Commit | None, begins: Sequence[int], _: int) -> int:
        return begins[0] if commit is None or commit.is_beginning else (commit.offset // size + 1) * size

    _replace(PartitionCounter, "commit_offset", property(counted))
    _replace(start_position, "_resume", resume)


def _increments() -> None:
    """Rows hold what was added since the last flush instead of the running value."""
    from gatemeter.metering.accumulator import RollupAccumulator
    from gatemeter.metering.epoch import Epoch
    from gatemeter.schema.rollups import ROLLUPS

    take_rows = Epoch.take_rows

    def take_and_forget(self: Epoch) -> Any:
        rows = take_rows(self)
        _replace(
            self, "_accumulators", {rollup.name: RollupAccumulator(rollup, self._metering.prices) for rollup in ROLLUPS}
        )
        return rows

    _replace(Epoch, "take_rows", take_and_forget)


CONTROLS: dict[str, Callable[[], None]] = {
    STOCK_SEEK: _stock_seek,
    NO_CONTIGUITY_CHECK: _no_contiguity_check,
    COMMIT_AHEAD: _commit_ahead,
    INCREMENTS: _increments,
}
"""What switches each guard off, by the name of its control."""
