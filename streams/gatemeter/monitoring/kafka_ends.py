"""Asks Kafka where a topic ends, independently of the worker's consumer and its group."""

from collections.abc import Callable, Collection
from functools import partial
from time import monotonic
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from gatemeter.errors import KafkaUnavailable
from gatemeter.kafka.client import KafkaAdmin, connection_settings

_CLIENT_ID = "gatemeter-monitor"
_TIMEOUT_S = 5.0
_POLL_S = 0.5


class KafkaEndReader:
    """An `EndReader` for the topic `topic` at the brokers `kafka` (HOST:PORT, several separated by commas)."""

    def __init__(self, kafka: str, topic: str) -> None:
        self._topic = topic
        self._kafka = kafka
        self._where = f"topic {topic} at {kafka}"
        self._admin = KafkaAdmin(kafka, _CLIENT_ID)

    def end_offsets(self, partitions: Collection[int]) -> dict[int, int]:
        """See `EndReader`. Without partitions it only asks the brokers whether they know the topic."""
        with self._admin.client() as client:
            return self._ask(client, partitions)

    def _ask(self, client: Any, partitions: Collection[int]) -> dict[int, int]:
        known = self._call(lambda: client.list_topics(self._topic, timeout=_TIMEOUT_S)).topics[self._topic]
        if known.error is not None:
            raise self._unavailable(known.error.str())
        asked = [TopicPartition(self._topic, number) for number in partitions if number in known.partitions]
        if not asked:
            return {}
        futures = client.list_offsets(
            {place: OffsetSpec.latest() for place in asked},
            isolation_level=IsolationLevel.READ_COMMITTED,  # messages of an open transaction do not wait for us
            request_timeout=_TIMEOUT_S,
        )
        return {place.partition: self._call(partial(_answer, future)).offset for place, future in futures.items()}

    def has_message(self, partition: int, offset: int) -> bool | None:
        """See `EndReader`. Reads with a separate consumer that joins no group."""
        settings = {
            **connection_settings(self._kafka),
            "client.id": _CLIENT_ID,
            "socket.timeout.ms": int(_TIMEOUT_S * 1000),
            "allow.auto.create.topics": False,
            "error_cb": self._admin.errors.record,
            "group.id": "gatemeter-monitor",  # the library requires one; it is neither joined nor committed to
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.message.max.bytes": 65_536,
        }
        consumer = Consumer(settings, logger=self._admin.errors.logger)
        try:
            consumer.assign([TopicPartition(self._topic, partition, offset)])
            return self._first_answer(consumer)
        finally:
            consumer.close()

    def _first_answer(self, consumer: Any) -> bool | None:
        give_up_s = monotonic() + _TIMEOUT_S
        while monotonic() < give_up_s:
            message = self._call(lambda: consumer.poll(_POLL_S))
            if message is None:
                continue
            error = message.error()
            if error is None:
                return True
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library has no public name for it
                return False
            raise self._unavailable(error.str())
        return None

    def _call(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except TimeoutError as error:
            raise self._unavailable("no answer in time") from error
        except KafkaException as error:
            raise self._unavailable(error.args[0].str()) from error

    def _unavailable(self, why: str) -> KafkaUnavailable:
        return KafkaUnavailable(
            why + self._admin.errors.because(), where=self._where, do="it is asked again in some seconds"
        )


def _answer(future: Any) -> Any:
    return future.result(timeout=2 * _TIMEOUT_S)
