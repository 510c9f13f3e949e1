"""A producer that tells of each message whether it is stored, and goes on after one that is not."""

from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from gatemeter.kafka.client import ClientErrors
from gatemeter.kafka.producer import partition_count, producer_settings
from gatemeter.wire.frames import frame_key
from gatemeter.wire.producer import frame_headers
from gatemeter.wire.source_positions import SourcePosition

OnEnd = Callable[[bool], None]


class AcknowledgedProducer:
    """Sends messages to one topic, idempotently; all in-sync replicas acknowledge each.

    A message that is not acknowledged within `delivery_timeout_s` is given up, though it may be stored. Raises
    KafkaUnavailable if the brokers cannot be reached, or have no such topic.
    """

    def __init__(
        self, kafka: str, topic: str, *, delivery_timeout_s: float, in_flight_bytes: int, slimmed: str | None = None
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._slimmed = slimmed
        self._errors = ClientErrors()
        settings = {
            **producer_settings(kafka, delivery_timeout_s),
            "client.id": "gatemeter-collector",
            "linger.ms": 0,  # the frames have waited for each other already
            "queue.buffering.max.kbytes": in_flight_bytes // 1024,
            "reconnect.backoff.max.ms": 1000,
            "error_cb": self._errors.record,
        }
        self._producer: Any = Producer(settings, logger=self._errors.logger)
        self._partitions = partition_count(self._producer, kafka, topic, self._errors)

    @property
    def partitions(self) -> int:
        """The number of the topic's partitions when the producer was created."""
        return self._partitions

    @property
    def in_flight(self) -> int:
        """The number of messages whose end is not known."""
        return len(self._producer)

    def check(self, timeout_s: float) -> None:
        """Raises confluent_kafka's KafkaException if no broker tells about the topic within `timeout_s`."""
        self._producer.list_topics(self._topic, timeout=timeout_s)

    def send(
        self,
        partition: int,
        value: bytes,
        log_format: str,
        gateway: str,
        positions: Sequence[SourcePosition],
        on_end: OnEnd,
    ) -> None:
        """Queue one message; `poll` calls `on_end(is_stored)`. Too many in flight are the end of this one at once."""

        def on_delivery(error: KafkaError | None, _message: Any) -> None:
            on_end(error is None)

        try:
            self._producer.produce(
                self._topic,
                value,
                key=frame_key(value),
                partition=partition,
                headers=frame_headers(log_format, gateway or None, positions, self._slimmed),
                on_delivery=on_delivery,
            )
        except (BufferError, KafkaException):
            on_end(False)

    def poll(self) -> None:
        """Serve what is known of messages, without waiting."""
        self._producer.poll(0)

    def close(self, timeout_s: float) -> None:
        """Wait for the messages in flight for up to `timeout_s`, then drop them."""
        self._producer.flush(timeout_s)
        self._producer.purge()
        self._producer.poll(0)
