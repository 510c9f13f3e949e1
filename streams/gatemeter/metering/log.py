"""A log, and consecutive messages of one of its partitions, as every source hands them over to be counted."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from gatemeter.events.identity import MessagePositions
from gatemeter.wire.event_location import EventLocation


class LogKind(StrEnum):
    """What the messages of a log come from; stored in the ledger as `log_kind`."""

    KAFKA = "kafka"
    FILE = "file"
    REPLAY = "replay"
    """No source: its messages are the replayed dead letters of another log (`corrections.replay_log`)."""
    CORRECTION = "correction"
    """No source: its messages are events of another log that are retracted (`corrections.rows`)."""

    @property
    def has_line_offsets(self) -> bool:
        """Whether each message is a line, and its offset the line's number minus one."""
        return self is LogKind.FILE

    @property
    def can_move(self) -> bool:
        """Whether the same log may be found under another name later."""
        return self is LogKind.FILE


@dataclass(frozen=True, slots=True)
class Log:
    """A topic from its creation to its deletion, or a file.

    `identity` is Kafka's topic id (a topic that is deleted and created again is another log) or a file's fingerprint.
    `name` is the topic's name or the file's path, for people. `epoch_size` is in offsets and never changes.
    """

    identity: str
    name: str
    kind: LogKind
    epoch_size: int

    def event_location(self, partition: int, offset: int, line: int, event_index: int) -> EventLocation:
        """Where an event is stored to be: `line` is the 1-based line within the message at `offset`."""
        return EventLocation(
            self.identity, partition, offset, offset + 1 if self.kind.has_line_offsets else line, event_index
        )

    def line_in_message(self, location: EventLocation) -> int:
        """The `line` from which `event_location` made the location."""
        return 1 if self.kind.has_line_offsets else location.line


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Messages with offsets from `first_offset` up to, not including, `next_offset`, all of one event format.

    All of them were cut by the same rules before they were sent: `slimmed`, or '' if they came whole.

    Offsets ascend. Those missing in between do not exist in the log (blank lines, compaction, transaction markers).
    `times_ms` are the log's own stamps of the messages, or None where it keeps none. `unkeyed_offsets` are those of
    messages that Kafka could have put into any partition, for they have no key. `source_positions` are the values of
    the header `POSITIONS_HEADER`, None where a message has none; empty if none of them has. With `is_lost` the log had
    deleted these offsets before anybody read them: there are no messages, and nobody can count them.
    """

    first_offset: int
    next_offset: int
    offsets: Sequence[int]
    values: Sequence[bytes]
    times_ms: Sequence[int] | None
    log_format: str
    is_lost: bool = False
    unkeyed_offsets: Sequence[int] = ()
    source_positions: Sequence[str | None] = ()
    slimmed: str = ""

    def positions(self, log: Log, partition: int) -> MessagePositions:
        """Where the messages stand in `partition` of `log`."""
        return MessagePositions(
            log.identity, partition, self.offsets, self.source_positions, times_ms=self.times_ms or ()
        )

    def between(self, first_offset: int, next_offset: int) -> "LogChunk":
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
            self.unkeyed_offsets
            and self.unkeyed_offsets[
                bisect_left(self.unkeyed_offsets, first_offset) : bisect_left(self.unkeyed_offsets, next_offset)
            ],
            self.source_positions[start:stop],
            self.slimmed,
        )

    def by_epoch(self, epoch_size: int) -> Iterator["LogChunk"]:
        """The chunk in pieces that lie within one epoch each."""
        first_epoch_end = (self.first_offset // epoch_size + 1) * epoch_size
        edges = [self.first_offset, *range(first_epoch_end, self.next_offset, epoch_size), self.next_offset]
        return (self.between(first, end) for first, end in pairwise(edges))
