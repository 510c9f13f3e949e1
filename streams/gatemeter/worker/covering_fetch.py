"""Lets aiokafka say which stretch of the log the records of a fetch cover.

A fetch returns the log's batches from the offset that was asked for, without a gap. aiokafka reads them all, and leaves
out the markers of transactions, what was aborted, and what compaction has emptied. It keeps where it stands to itself:
a caller sees offsets that are missing, and cannot tell whether the log has no message there or the client has lost it.
"""

from typing import Any
from weakref import WeakKeyDictionary

from aiokafka.consumer import fetcher

from gatemeter.sources.contiguity import CoveringRecords

_Empty = tuple[int, int]
"""An offset, and one up to which the log holds no message from it on."""

_read_last: WeakKeyDictionary[Any, dict[Any, _Empty]] = WeakKeyDictionary()
"""By aiokafka's assignment and the partition: what follows the last record that was read."""


class CoveringFetchResult(fetcher.FetchResult):  # type: ignore[misc]  # aiokafka has no types
    """A fetch of one partition whose records know what they cover (`CoveringRecords`)."""

    def getall(self, max_records: int | None = None) -> CoveringRecords:
        """As the stock method. What follows the last record is covered by the next read, if it begins there."""
        source = self._partition_records
        asked_for = source.next_fetch_offset if source is not None else None
        records = super().getall(max_records)
        if source is None or asked_for is None or source.next_fetch_offset == asked_for:
            return CoveringRecords(records, covers_from=0 if asked_for is None else asked_for)
        empty_before = _read_last.setdefault(self._assignment, {})
        empty_from, empty_until = empty_before.get(self._topic_partition, (asked_for, asked_for))
        covers_from = empty_from if empty_until == asked_for else asked_for
        follows = records[-1].offset + 1 if records else covers_from
        empty_before[self._topic_partition] = (follows, source.next_fetch_offset)
        return CoveringRecords(records, covers_from)


def install() -> None:
    """Let every fetch of this process cover what it has read; idempotent."""
    fetcher.FetchResult = CoveringFetchResult
