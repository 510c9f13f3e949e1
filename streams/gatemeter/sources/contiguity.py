"""Delivers every offset of a partition once and in order, or finds out why one is missing.

A jump in the offsets usually means that the engine skipped messages (docs/adr/0001). The guard then asks for the read
to be repeated. If the repeated read shows the same jump, the offsets do not exist: compaction, transaction markers.
Where the log itself begins later by now, retention has deleted them: they are lost, and reported as lost.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

logger = logging.getLogger(__name__)


class Record(Protocol):
    """A consumed Kafka record, as far as the guard and the chunks read it."""

    @property
    def offset(self) -> int:
        """Its offset in the partition."""

    @property
    def value(self) -> bytes | None:
        """The message; None for a tombstone."""

    @property
    def timestamp(self) -> int:
        """Unix ms, by the producer or the broker."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """The message headers."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Records with all existing offsets from `first_offset` up to, not including, `next_offset`.

    They continue where the delivery before ended, but for the offsets `lost`, which the log had deleted before they
    were delivered (an empty range: none).
    """

    first_offset: int
    next_offset: int
    records: Sequence[Record]
    lost: range = range(0)


class DeliveryGuard:
    """One worker's view of what each partition must deliver next."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._suspected: dict[int, tuple[int, int]] = {}
        self._to_rewind: dict[int, int] = {}
        self._log_starts: dict[int, int] = {}

    def restart(self, positions: dict[int, int]) -> None:
        """All partitions were assigned anew and will be read from `positions`."""
        self._next = dict(positions)
        self._suspected.clear()
        self._to_rewind.clear()
        self._log_starts.clear()

    def rewind(self, partition: int, offset: int) -> None:
        """Ask for `partition` to be read again from `offset`."""
        if partition in self._next:
            self._next[partition] = offset
            self._to_rewind[partition] = offset

    def take_rewinds(self) -> dict[int, int]:
        """The positions to seek to before the next read."""
        rewinds, self._to_rewind = self._to_rewind, {}
        return rewinds

    def suspects(self, partition: int) -> bool:
        """Whether `partition` jumped in the last read; the guard then needs `log_starts_at` before the next one."""
        return partition in self._suspected

    def forget_jumps(self, partitions: Iterable[int]) -> None:
        """Treat the next jump of `partitions` as their first: where their log begins could not be found out."""
        for partition in partitions:
            self._suspected.pop(partition, None)

    def log_starts_at(self, partition: int, offset: int) -> None:
        """The log of `partition` begins there now."""
        self._log_starts[partition] = offset

    def check(self, partition: int, records: Sequence[Record]) -> Delivery | None:
        """The `records` (ascending) that continue the partition; None if no record does."""
        if partition not in self._next or partition in self._to_rewind:
            return None
        wanted = self._next[partition]
        start = next((index for index, record in enumerate(records) if record.offset >= wanted), len(records))
        expected = first_offset = self._first_not_lost(partition, wanted, records[start:])
        if start == len(records) and records:
            logger.warning(
                "partition %d delivered offset %d again, after %d", partition, records[-1].offset, expected - 1
            )
        end = start
        for record in records[start:]:
            if record.offset != expected and not self._is_legal_gap(partition, expected, record.offset):
                break
            expected = record.offset + 1
            end += 1
        if end == start:
            return None
        self._next[partition] = expected
        self._log_starts.pop(partition, None)
        if partition in self._suspected and self._suspected[partition][0] < expected:
            del self._suspected[partition]
        return Delivery(first_offset, expected, records[start:end], range(wanted, first_offset))

    def _first_not_lost(self, partition: int, wanted: int, records: Sequence[Record]) -> int:
        """`wanted`, or where the log begins by now; a record read before the log lost more offsets is not lost."""
        log_start = max(wanted, self._log_starts.get(partition, 0))
        return min(log_start, records[0].offset) if records else log_start

    def _is_legal_gap(self, partition: int, expected: int, found: int) -> bool:
        # Nothing is checked between a suspicion and its rewind, so this read came after the rewind.
        if self._suspected.get(partition) == (expected, found):
            logger.info("partition %d has no offsets %d to %d", partition, expected, found - 1)
            return True
        logger.warning("partition %d jumped from %d to %d; reading again", partition, expected, found)
        self._suspected[partition] = (expected, found)
        self._to_rewind[partition] = expected
        return False
