"""What a log source hands over: consecutive messages of one partition, and the identity of the log they are from."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


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
    `times_ms` are the log's own stamps of the messages, or None where it keeps none.
    """

    first_offset: int
    next_offset: int
    offsets: Sequence[int]
    values: Sequence[bytes]
    times_ms: Sequence[int] | None
    log_format: str
