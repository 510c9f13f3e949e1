"""What the producers stage needs of a log to write to; Kafka is one, memory (for tests) another.

A topic in memory: the twin of the Kafka producer for tests.
"""

from dataclasses import dataclass
from typing import Protocol

from gatemeter.errors import KafkaUnavailable
from gatemeter.wire.frames import FORMAT_HEADER, GATEWAY_HEADER, LogFormat


class FrameProducer(Protocol):
    """Writes messages to the partitions of one topic and counts what was acknowledged.

    Every method may raise KafkaUnavailable: for this message, or for an earlier one whose delivery has failed since.
    After that the producer is of no more use. Messages of one partition keep their order.
    """

    @property
    def partitions(self) -> int:
        """How many partitions the topic has; they are numbered from 0."""

    @property
    def acknowledged(self) -> int:
        """How many messages are known to be stored by now."""

    def send(self, partition: int, value: bytes, log_format: LogFormat) -> None:
        """Hand over one message. Blocks while too much is in flight; a return does not mean that it is stored."""

    def poll(self) -> None:
        """Take note of what has been acknowledged or has failed, without waiting."""

    def flush(self) -> None:
        """Wait until everything sent so far is stored; when it returns, it is."""

    def close(self) -> None:
        """Give up what is in flight and release connections; idempotent, never raises."""


def frame_headers(log_format: LogFormat, gateway: str | None) -> list[tuple[str, bytes]]:
    """The headers of a message: the format always, the gateway's name when there is one."""
    headers = [(FORMAT_HEADER, log_format.value.encode())]
    if gateway:
        headers.append((GATEWAY_HEADER, gateway.encode()))
    return headers


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as a consumer would get it."""

    value: bytes
    headers: list[tuple[str, bytes]]


class MemoryProducer:
    """Keeps the messages of each partition in `stored[partition]`; they count as acknowledged once flushed."""

    def __init__(self, topic: str, partitions: int, *, gateway: str | None = None) -> None:
        self.stored: list[list[StoredMessage]] = [[] for _ in range(partitions)]
        self._topic = topic
        self._gateway = gateway
        self._failure: KafkaUnavailable | None = None
        self._sent = 0
        self._acknowledged = 0

    @property
    def partitions(self) -> int:
        """How many partitions the topic has."""
        return len(self.stored)

    @property
    def acknowledged(self) -> int:
        """How many messages have been flushed."""
        return self._acknowledged

    def send(self, partition: int, value: bytes, log_format: LogFormat) -> None:
        """Keep one message."""
        if not 0 <= partition < self.partitions:
            self.fail(partition, "unknown partition")
        self.poll()
        self.stored[partition].append(StoredMessage(value, frame_headers(log_format, self._gateway)))
        self._sent += 1

    def fail(self, partition: int, reason: str) -> None:
        """Make the next call raise, as after a delivery that failed for `reason`."""
        self._failure = KafkaUnavailable(
            f"a message could not be delivered: {reason}", where=f"topic {self._topic} partition {partition}"
        )

    def poll(self) -> None:
        """Raise what `fail` was told."""
        if self._failure is not None:
            raise self._failure

    def flush(self) -> None:
        """Acknowledge everything sent."""
        self.poll()
        self._acknowledged = self._sent

    def close(self) -> None:
        """Nothing to release."""
