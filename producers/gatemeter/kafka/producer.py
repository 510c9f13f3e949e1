"""Sends frames to Kafka, idempotently: all in-sync replicas acknowledge every message, or the run fails."""

import socket
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.client import ClientErrors, connection_settings
from gatemeter.kafka.refusals import refusal_of
from gatemeter.kafka.security_names import TABLE
from gatemeter.kafka.security_settings import security_for
from gatemeter.wire.frames import frame_key
from gatemeter.wire.producer import frame_headers
from gatemeter.wire.source_positions import SourcePosition
from gatemeter.wire.topics import MAX_MESSAGE_BYTES

CONNECT_TIMEOUT_S = 8.0
DELIVERY_TIMEOUT_S = 120.0
"""The time for which one message is tried; a broker restarts within it."""

_IN_FLIGHT_BYTES = 64 * 1024 * 1024
_IN_FLIGHT_MESSAGES = 10_000
_POLL_S = 0.1
# librdkafka gives up after the delivery timeout; the grace is for a client that hangs.
_FLUSH_GRACE_S = 10.0


def producer_settings(kafka: str, delivery_timeout_s: float) -> dict[str, Any]:
    """The librdkafka settings that prevent lost and duplicated messages, and those for throughput."""
    return {
        **connection_settings(kafka),
        "client.id": "gatemeter-producer",
        "enable.idempotence": True,
        "acks": "all",
        "allow.auto.create.topics": False,
        "compression.type": "lz4",
        "linger.ms": 20,
        "message.max.bytes": MAX_MESSAGE_BYTES,
        "message.timeout.ms": int(delivery_timeout_s * 1000),
        "queue.buffering.max.kbytes": _IN_FLIGHT_BYTES // 1024,
        "queue.buffering.max.messages": _IN_FLIGHT_MESSAGES,
    }


class KafkaProducer:
    """A `FrameProducer` for one topic at the brokers `kafka`. Frames are of `gateway`, and cut by `slimmed`.

    Raises KafkaUnavailable if the brokers cannot be reached within `connect_timeout_s`, or have no such topic.
    """

    def __init__(
        self,
        kafka: str,
        topic: str,
        *,
        gateway: str | None = None,
        slimmed: str | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        delivery_timeout_s: float = DELIVERY_TIMEOUT_S,
        clock: Clock | None = None,
        overrides: dict[str, Any] | None = None,
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._gateway = gateway
        self._slimmed = slimmed
        self._clock = clock or SystemClock()
        self._flush_limit_s = delivery_timeout_s + _FLUSH_GRACE_S
        self._errors = ClientErrors()
        self._failure: KafkaUnavailable | None = None
        self._acknowledged = 0
        settings = {**producer_settings(kafka, delivery_timeout_s), **(overrides or {})}
        self._producer = Producer({**settings, "error_cb": self._errors.record}, logger=self._errors.logger)
        self._partitions = partition_count(self._producer, kafka, topic, self._errors, connect_timeout_s)

    @property
    def partitions(self) -> int:
        """The number of partitions that the topic had when the producer was created."""
        return self._partitions

    @property
    def acknowledged(self) -> int:
        """The number of messages that the brokers have acknowledged."""
        return self._acknowledged

    def send(self, partition: int, value: bytes, log_format: str, positions: Sequence[SourcePosition] = ()) -> None:
        """Queue one message; blocks while 64 MiB or 10,000 messages are in flight."""
        headers = frame_headers(log_format, self._gateway, positions, self._slimmed)
        self._queue(value, key=frame_key(value), partition=partition, headers=headers)

    def send_keyed(self, key: bytes, value: bytes) -> None:
        """Queue one message that is not a frame; all messages of a key go to one partition, in their order."""
        self._queue(value, key=key)

    def _queue(self, value: bytes, **where: Any) -> None:
        while True:
            self.poll()
            try:
                self._producer.produce(self._topic, value, on_delivery=self._on_delivery, **where)
            except BufferError:
                self._producer.poll(_POLL_S)
            except KafkaException as error:
                raise self._undelivered(error.args[0], where.get("partition", -1)) from error
            else:
                return

    def poll(self) -> None:
        """Serve delivery reports; raises the error of the first failed delivery."""
        self._producer.poll(0)
        if self._failure is not None:
            raise self._failure

    def flush(self) -> None:
        """Wait for all acknowledgements, at most for the delivery timeout and a grace."""
        deadline_s = self._clock.monotonic_s() + self._flush_limit_s
        while self._producer.flush(_POLL_S):
            self.poll()
            if self._clock.monotonic_s() > deadline_s:
                raise KafkaUnavailable(
                    f"{len(self._producer)} messages were not acknowledged within {self._flush_limit_s:.0f} s",
                    where=f"topic {self._topic} at {self._kafka}",
                    do="check the brokers and ship the same files again",
                )
        self.poll()

    def close(self) -> None:
        """Drop the messages in flight without waiting."""
        self._producer.purge()
        self._producer.poll(0)

    def _on_delivery(self, error: KafkaError | None, message: Any) -> None:
        if error is None:
            self._acknowledged += 1
        elif self._failure is None:
            self._failure = self._undelivered(error, message.partition())

    def _undelivered(self, error: KafkaError, partition: int) -> KafkaUnavailable:
        return KafkaUnavailable(
            f"a message could not be delivered to {self._kafka}: {error.str()}{self._errors.because()}",
            where=f"topic {self._topic} partition {partition}",
            do="check the brokers and ship the same files again",
        )


def partition_count(
    client: Any, kafka: str, topic: str, errors: ClientErrors, timeout_s: float = CONNECT_TIMEOUT_S
) -> int:
    """How many partitions a topic has, as a client of confluent-kafka is told. Raises KafkaUnavailable.

    `errors` are those of the client.
    """
    try:
        topics = client.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        client.poll(0)  # hands over the client's own errors, which say more
        raise unreachable(kafka, errors) from error
    if topic not in topics:
        raise unknown_topic(kafka, topic)
    return len(topics[topic].partitions)


def unreachable(kafka: str, errors: ClientErrors) -> KafkaUnavailable:
    """The error for brokers that do not answer, or refuse us; `errors` are those of the client that asked them."""
    taken = next((broker.strip() for broker in kafka.split(",") if _takes_connections(broker.strip())), None)
    if taken is not None:
        refusal = refusal_of(taken, security_for(kafka), errors.last)
        if refusal is not None:
            return KafkaUnavailable(refusal.what, where="--kafka", do=refusal.do)
        return KafkaUnavailable(
            f"{taken} takes connections, but does not answer as a Kafka broker does{errors.because()}",
            where="--kafka",
            do="correct the port, or wait until it is ready; an embedded broker answers only to the user who runs it, "
            f"and one that asks for a login or a certificate needs [{TABLE}] in the settings file",
        )
    return KafkaUnavailable(
        f"cannot reach Kafka at {kafka}{errors.because()}", do="check the address and that the broker runs"
    )


def _takes_connections(broker: str) -> bool:
    host, _, port = broker.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_POLL_S).close()
    except OSError:
        return False
    return True


def unknown_topic(kafka: str, topic: str) -> KafkaUnavailable:
    """The error for a topic that does not exist."""
    return KafkaUnavailable(
        f"Kafka at {kafka} has no topic {topic}",
        do=f"create it: gatemeter topics apply --kafka {kafka} --topic {topic}",
    )
