"""What the producers stage needs of a log to write to; Kafka is one, memory (for tests) another."""

from typing import Protocol

from gatemeter.contracts.frames import FORMAT_HEADER, GATEWAY_HEADER, LogFormat


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
