"""Writes to a topic in transactions that also commit the offsets of what was read: all of it counts, or nothing."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from gatemeter.clock import Clock
from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.kafka.client import ClientErrors
from gatemeter.kafka.producer import DELIVERY_TIMEOUT_S, partition_count, producer_settings
from gatemeter.wire.frames import frame_key

TRANSACTION_TIMEOUT_S = 60.0
"""After this time the brokers abort a transaction whose producer is gone; readers wait for it as long."""

_CALL_S = 10.0
_PATIENCE_S = DELIVERY_TIMEOUT_S
_POLL_S = 0.1
_FENCED = (
    KafkaError._FENCED,  # noqa: SLF001 - its public name
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.PRODUCER_FENCED,
)


class TransactionAborted(Exception):  # noqa: N818 - what has happened, and not yet a failure
    """Nothing of the transaction counts; all of it is to be done again."""


class TransactionalProducer:
    """A producer of one topic with the name `transactional_id`; a later one of that name takes its place.

    Once it is made, the transactions of all earlier ones are over. Raises KafkaUnavailable if the brokers cannot be
    reached or have no such topic; methods raise ConflictError where another one has taken its place.
    """

    def __init__(self, kafka: str, topic: str, transactional_id: str, *, clock: Clock) -> None:
        self._kafka = kafka
        self._topic = topic
        self._clock = clock
        self._errors = ClientErrors()
        settings = {
            **producer_settings(kafka, TRANSACTION_TIMEOUT_S),
            "transactional.id": transactional_id,
            "transaction.timeout.ms": int(TRANSACTION_TIMEOUT_S * 1000),
            "linger.ms": 5,
            "error_cb": self._errors.record,
        }
        self._producer = Producer(settings, logger=self._errors.logger)
        self._partitions = partition_count(self._producer, kafka, topic, self._errors)
        self._patiently(lambda: self._producer.init_transactions(_CALL_S))
        self._is_open = False

    @property
    def partitions(self) -> int:
        """The number of partitions that the topic had when this was made."""
        return self._partitions

    def begin(self) -> None:
        """Begin a transaction, if none is open. Raises TransactionAborted."""
        if self._is_open:
            return
        try:
            self._producer.begin_transaction()
        except KafkaException as error:
            self._abort_after(error)
        self._is_open = True

    def send(
        self,
        partition: int,
        value: bytes,
        headers: Sequence[tuple[str, bytes | None]],
        time_ms: int | None = None,
    ) -> None:
        """Queue a message of the open transaction, of the time `time_ms` (None: now).

        Blocks while too many are in flight. Raises TransactionAborted.
        """
        options = {} if time_ms is None else {"timestamp": time_ms}
        while True:
            try:
                self._producer.produce(
                    self._topic, value, key=frame_key(value), partition=partition, headers=list(headers), **options
                )
            except BufferError:
                self._producer.poll(_POLL_S)
            except KafkaException as error:
                self._abort_after(error)
            else:
                self._producer.poll(0)
                return

    def commit(self, topic: str, offsets: Mapping[int, tuple[int, str]], consumer: Any) -> None:
        """End the transaction: its messages count, and the group of `consumer` continues `topic` at `offsets`.

        Each is an offset and the text beside it, by partition. Raises TransactionAborted.
        """
        positions = [
            TopicPartition(topic, partition, offset, metadata=metadata)
            for partition, (offset, metadata) in offsets.items()
        ]
        try:
            metadata = consumer.consumer_group_metadata()
            self._patiently(lambda: self._producer.send_offsets_to_transaction(positions, metadata, _CALL_S))
            self._patiently(lambda: self._producer.commit_transaction(_CALL_S))
        except KafkaException as error:
            self._abort_after(error)
        self._is_open = False

    def close(self) -> None:
        """Drop what is not committed, without waiting; idempotent. A successor ends the open transaction."""
        self._producer.purge()
        with contextlib.suppress(KafkaException):  # what is wrong was said before
            self._producer.poll(0)

    def _abort_after(self, exception: KafkaException) -> None:
        """Abort the transaction and raise TransactionAborted, or another error if this producer is done for."""
        error = exception.args[0]
        if error.code() in _FENCED:
            raise self._replaced() from exception
        if error.fatal():
            raise self._failed(error) from exception
        try:
            self._patiently(lambda: self._producer.abort_transaction(_CALL_S))
        except KafkaException as second:
            if second.args[0].code() in _FENCED:
                raise self._replaced() from second
            raise self._failed(second.args[0]) from second
        self._is_open = False
        raise TransactionAborted(error.str()) from exception

    def _patiently(self, call: Callable[[], None]) -> None:
        """Call again while the brokers may only be busy or starting. Raises KafkaException, KafkaUnavailable."""
        deadline_s = self._clock.monotonic_s() + _PATIENCE_S
        while True:
            try:
                call()
            except KafkaException as exception:
                error = exception.args[0]
                if error.fatal() or error.txn_requires_abort() or not error.retriable():
                    raise
                if self._clock.monotonic_s() > deadline_s:
                    raise self._failed(error) from exception
            else:
                return

    def _replaced(self) -> ConflictError:
        return ConflictError(
            "another relay of this group has started, or the brokers gave this one up",
            where=f"topic {self._topic} at {self._kafka}",
            do="run one relay a group; start it again if no other one runs: nothing is lost or sent twice",
        )

    def _failed(self, error: KafkaError) -> KafkaUnavailable:
        return KafkaUnavailable(
            f"the transaction cannot be ended: {error.str()}{self._errors.because()}",
            where=f"topic {self._topic} at {self._kafka}",
            do="check the brokers, and start again: nothing is lost or sent twice",
        )
