"""Delivers every offset of a partition once and in order, or finds out why one is missing.

Offsets may hold no message: those of transaction markers, of aborted transactions, and of what compaction deleted. A
read knows them, because it has seen the whole stretch of the log that it covers. Where a read does not cover the log
from the offset that comes next, the engine has skipped messages (docs/adr/0001), and the guard asks for the read to be
repeated from there. Where the log itself begins later by now, retention has deleted them: they are reported as lost.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

logger = logging.getLogger(__name__)


class Record(Protocol):
    """A consumed Kafka record, as far as the guard and the chunks read it."""

    @property
    def offset(self) -> int:
        """Its offset in the partition."""

    @property
    def key(self) -> bytes | None:
        """What chose the partition; None or empty: Kafka's clients then choose any."""

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


class CoveringRecords(list[Any]):
    """Each a `Record`, ascending: all that the log holds from the offset `covers_from` up to the last of them."""

    def __init__(self, records: Sequence[Record], covers_from: int) -> None:
        super().__init__(records)
        self.covers_from = covers_from


class DeliveryGuard:
    """One worker's view of what each partition must deliver next."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._suspected: set[int] = set()
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
        """Whether the last read of `partition` began too late; the guard then needs `log_starts_at`."""
        return partition in self._suspected

    def log_starts_at(self, partition: int, offset: int) -> None:
        """The log of `partition` begins there now."""
        self._log_starts[partition] = offset

    def check(self, partition: int, records: CoveringRecords) -> Delivery | None:
        """The `records` that continue the partition; None if no record does, or if messages may lie before them."""
        if not records or partition not in self._next or partition in self._to_rewind:
            return None
        wanted = self._next[partition]
        start = next((index for index, record in enumerate(records) if record.offset >= wanted), len(records))
        if start == len(records):
            logger.warning(
                "partition %d delivered offset %d again, after %d", partition, records[-1].offset, wanted - 1
            )
            return None
        first_offset = self._first_not_lost(partition, wanted, records[start].offset)
        if records.covers_from > first_offset:
            logger.warning("partition %d jumped from %d to %d; reading again", partition, wanted, records.covers_from)
            self._suspected.add(partition)
            self._to_rewind[partition] = first_offset
            return None
        ascending = _ascending(records[start:])
        next_offset = self._next[partition] = ascending[-1].offset + 1
        if ascending[-1] is not records[-1]:
            logger.warning("partition %d repeated itself after %d; reading again", partition, next_offset - 1)
            self._to_rewind[partition] = next_offset
        self._log_starts.pop(partition, None)
        self._suspected.discard(partition)
        return Delivery(first_offset, next_offset, ascending, range(wanted, first_offset))

    def _first_not_lost(self, partition: int, wanted: int, first_read: int) -> int:
        """`wanted`, or where the log begins by now; a record read before the log lost more offsets is not lost."""
        return min(max(wanted, self._log_starts.get(partition, 0)), first_read)


def _ascending(records: Sequence[Record]) -> Sequence[Record]:
    """The first records, up to one whose offset is not higher than the one before it."""
    end = next((index for index, (one, other) in enumerate(pairwise(records), 1) if other.offset <= one.offset), None)
    return records[:end]
