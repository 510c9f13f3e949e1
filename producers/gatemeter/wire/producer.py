"""The protocol of producers, and its in-memory twin for tests; `kafka.producer` has the real one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gatemeter.errors import KafkaUnavailable
from gatemeter.wire.frames import FORMAT_HEADER, GATEWAY_HEADER
from gatemeter.wire.slimmed import SLIMMED_HEADER
from gatemeter.wire.source_positions import POSITIONS_HEADER, SourcePosition, encode_positions


class FrameProducer(Protocol):
    """Writes messages to the partitions of one topic. Messages of one partition keep their order.

    Every method may raise KafkaUnavailable, also for an earlier message whose delivery has failed since. After that
    the producer cannot be used any more.
    """

    @property
    def partitions(self) -> int:
        """The number of the topic's partitions, which are numbered from 0."""

    @property
    def acknowledged(self) -> int:
        """The number of messages that are known to be stored."""

    def send(self, partition: int, value: bytes, log_format: str, positions: Sequence[SourcePosition] = ()) -> None:
        """Queue one message. Blocks while too many are in flight. It need not be stored when this returns.

        `positions` say where its lines came from, if that is told.
        """

    def poll(self) -> None:
        """Update `acknowledged`, and raise the error of a failed delivery, without waiting."""

    def flush(self) -> None:
        """Wait until every message sent so far is stored."""

    def close(self) -> None:
        """Drop the messages in flight and release connections; idempotent, never raises."""


def frame_headers(
    log_format: str, gateway: str | None, positions: Sequence[SourcePosition] = (), slimmed: str | None = None
) -> list[tuple[str, bytes]]:
    """The headers of a message: its format, and its gateway's name, its `positions` and by what it was cut, if told."""
    headers = [(FORMAT_HEADER, log_format.encode())]
    if gateway:
        headers.append((GATEWAY_HEADER, gateway.encode()))
    if slimmed:
        headers.append((SLIMMED_HEADER, slimmed.encode()))
    if positions:
        headers.append((POSITIONS_HEADER, encode_positions(positions)))
    return headers


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as a consumer gets it."""

    value: bytes
    headers: list[tuple[str, bytes]]


class MemoryProducer:
    """Keeps the messages of each partition in `stored[partition]`. `flush` acknowledges them."""

    def __init__(self, topic: str, partitions: int, *, gateway: str | None = None, slimmed: str | None = None) -> None:
        self.stored: list[list[StoredMessage]] = [[] for _ in range(partitions)]
        self._topic = topic
        self._gateway = gateway
        self._slimmed = slimmed
        self._failure: KafkaUnavailable | None = None
        self._sent = 0
        self._acknowledged = 0

    @property
    def partitions(self) -> int:
        """The number of the topic's partitions."""
        return len(self.stored)

    @property
    def acknowledged(self) -> int:
        """The number of messages that have been flushed."""
        return self._acknowledged

    def send(self, partition: int, value: bytes, log_format: str, positions: Sequence[SourcePosition] = ()) -> None:
        """Store one message. Raises KafkaUnavailable for an unknown partition."""
        if not 0 <= partition < self.partitions:
            self.fail(partition, "unknown partition")
        self.poll()
        headers = frame_headers(log_format, self._gateway, positions, self._slimmed)
        self.stored[partition].append(StoredMessage(value, headers))
        self._sent += 1

    def fail(self, partition: int, reason: str) -> None:
        """Make the next call raise, as after a delivery that failed for `reason`."""
        self._failure = KafkaUnavailable(
            f"a message could not be delivered: {reason}", where=f"topic {self._topic} partition {partition}"
        )

    def poll(self) -> None:
        """Raise the error that `fail` has set, if any."""
        if self._failure is not None:
            raise self._failure

    def flush(self) -> None:
        """Acknowledge every message sent so far."""
        self.poll()
        self._acknowledged = self._sent

    def close(self) -> None:
        """Do nothing."""
