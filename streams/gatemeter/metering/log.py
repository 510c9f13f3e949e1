"""What a log source hands over: consecutive messages of one partition, and the identity of the log they are from.

What reading a log again needs of its source: the same chunks, from any offset, as often as wanted.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Protocol


class LogKind(StrEnum):
    """Where a log lives; stored in the ledger as `log_kind`."""

    KAFKA = "kafka"
    FILE = "file"
    REPLAY = "replay"
    """Nowhere: its messages are the replayed dead letters of another log (`replay`)."""
    CORRECTION = "correction"
    """Nowhere: its messages are events of another log that are taken back (`correction`)."""


@dataclass(frozen=True, slots=True)
class Log:
    """One life of a topic, or a file.

    `identity` is Kafka's topic id (a topic deleted and created again is another log) or a file's fingerprint; `name`
    is the topic's name or the file's path, for people. `epoch_size` is in offsets and fixed for the log's life.
    """

    identity: str
    name: str
    kind: LogKind
    epoch_size: int


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Messages with offsets from `first_offset` up to, not including, `next_offset`, all of one event format.

    Offsets ascend; those missing in between do not exist in the log (blank lines, compaction, transaction markers).
    `times_ms` are the log's own stamps of the messages, or None where it keeps none. With `is_lost` the log had
    deleted these offsets before anybody read them: there are no messages, and nobody can count them.
    """

    first_offset: int
    next_offset: int
    offsets: Sequence[int]
    values: Sequence[bytes]
    times_ms: Sequence[int] | None
    log_format: str
    is_lost: bool = False

    def part(self, first_offset: int, next_offset: int) -> "LogChunk":
        """The messages from `first_offset` up to, not including, `next_offset`, both within this chunk's."""
        start, stop = bisect_left(self.offsets, first_offset), bisect_left(self.offsets, next_offset)
        return LogChunk(
            first_offset,
            next_offset,
            self.offsets[start:stop],
            self.values[start:stop],
            None if self.times_ms is None else self.times_ms[start:stop],
            self.log_format,
            self.is_lost,
        )

    def by_epoch(self, epoch_size: int) -> Iterator["LogChunk"]:
        """The chunk in pieces that lie within one epoch each."""
        first_epoch_end = (self.first_offset // epoch_size + 1) * epoch_size
        edges = [self.first_offset, *range(first_epoch_end, self.next_offset, epoch_size), self.next_offset]
        return (self.part(first, end) for first, end in pairwise(edges))


class LogReader(Protocol):
    """A topic or a file, read without a consumer group: nothing is committed."""

    @property
    def log(self) -> Log:
        """The identity under which a worker or `meter` counts this log."""

    def ranges(self) -> Mapping[int, range]:
        """The offsets that the log holds now, by partition."""

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """The messages with `offsets`, which lie in the range of the partition, in chunks that cover it without a gap.

        Raises KafkaUnavailable or InputError when the log cannot be read, ConflictError when it lost them meanwhile.
        """

    def close(self) -> None:
        """Release connections; idempotent."""
