"""A Kafka topic as a log that can be read again, in the same chunks that a worker counts.

A worker reads committed messages only, so offsets of aborted transactions, of transaction markers and of what
compaction removed are gaps; chunks cover them, also at the end of a range.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from gatemeter.clock import Clock, SystemClock
from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.kafka.client import ClientErrors, connection_settings
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.sources.chunks import BYTES_PER_CHUNK, chunks_of, portions
from gatemeter.sources.contiguity import Delivery
from gatemeter.sources.log_reader import LogReader
from gatemeter.wire.frames import DEFAULT_FORMAT

CONNECT_TIMEOUT_S = 10.0
SILENCE_LIMIT_S = 60.0
"""How long the brokers may be silent before a read is given up."""

_POLL_S = 0.2
_RECORDS_AT_ONCE = 100  # of frames, half a megabyte each, a thousand at once would not fit
_CHUNK_RECORDS = 2_000
_QUEUE_KBYTES = 32 * 1024
_LARGEST_ANSWER_BYTES = 2**31 - 1
"""As much as the client allows. It limits a batch when it is unpacked too, and 20 KB can hold more than the default of
100 MB: the log that proves what a worker has counted must be readable wherever the worker could read it."""
_SEEKS_PER_EPOCH = 50  # in the time that reading an epoch takes, about
_GONE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)  # noqa: SLF001 - its public name
_END = KafkaError._PARTITION_EOF  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class FetchedRecord:
    """Implements `contiguity.Record`."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: list[tuple[str, bytes | None]]


class KafkaLogReader(LogReader):
    """A topic under one topic id.

    `identity` is the topic's id, `epoch_size` the number of offsets in an epoch. Connects at the first read; raises
    KafkaUnavailable when the brokers cannot be reached, have no such topic, or fall silent for `silence_limit_s`.
    """

    def __init__(
        self,
        kafka: str,
        topic: str,
        identity: str,
        epoch_size: int,
        *,
        clock: Clock | None = None,
        silence_limit_s: float = SILENCE_LIMIT_S,
    ) -> None:
        self._kafka = kafka
        self._log = Log(identity, topic, LogKind.KAFKA, epoch_size)
        self._clock = clock or SystemClock()
        self._silence_limit_s = silence_limit_s

    @property
    def log(self) -> Log:
        """The topic's identity, as a worker counts it."""
        return self._log

    @property
    def seek_distance(self) -> int:
        """See `LogReader.seek_distance`: epochs hold about as many bytes, whatever a message is."""
        return self._log.epoch_size // _SEEKS_PER_EPOCH + 1

    def ranges(self) -> Mapping[int, range]:
        """The offsets from the log's start to the last stable one, by partition. Raises KafkaUnavailable."""
        errors = ClientErrors()
        with self._consumer(errors) as consumer:
            try:
                return {partition: self._range(consumer, partition) for partition in self._partitions(consumer)}
            except KafkaException as error:
                raise self._unreachable(errors) from error

    def chunks(self, partition: int, offsets: range) -> Iterator[LogChunk]:
        """The messages at `offsets`; see `LogReader.chunks`. Bytes in memory are bounded, whatever the range."""
        expected = offsets.start
        if expected >= offsets.stop:
            return
        for delivery in self._deliveries(partition, offsets):
            yield from chunks_of(delivery, len(delivery.records))
            expected = delivery.next_offset
        if expected < offsets.stop:  # the last offsets hold no message
            yield LogChunk(expected, offsets.stop, [], [], [], DEFAULT_FORMAT)

    def _deliveries(self, partition: int, offsets: range) -> Iterator[Delivery]:
        errors = ClientErrors()
        with self._consumer(errors) as consumer:
            consumer.assign([TopicPartition(self._log.name, partition, offsets.start)])
            first_offset = offsets.start
            for held in portions(
                self._records(consumer, partition, offsets.stop, errors), _CHUNK_RECORDS, BYTES_PER_CHUNK
            ):
                delivery = Delivery(first_offset, held[-1].offset + 1, held)
                yield delivery
                first_offset = delivery.next_offset

    def _records(self, consumer: Any, partition: int, stop: int, errors: ClientErrors) -> Iterator[FetchedRecord]:
        """The records below `stop`, until a record at or after it, or the end of the log, has been seen."""
        heard_s = self._clock.monotonic_s()
        while True:
            for message in consumer.consume(_RECORDS_AT_ONCE, timeout=_POLL_S):
                heard_s = self._clock.monotonic_s()
                if message.error() is None:
                    if message.offset() >= stop:
                        return
                    yield _record(message)
                    if message.offset() + 1 == stop:
                        return
                elif self._is_end(message, partition, stop):
                    return
            if self._clock.monotonic_s() - heard_s > self._silence_limit_s:
                raise self._unreachable(errors)

    def _is_end(self, message: Any, partition: int, stop: int) -> bool:
        """Whether the client's event says that `stop` was reached. Raises ConflictError or KafkaUnavailable."""
        error = message.error()
        where = f"{self._log.name}[{partition}]"
        if error.code() in _GONE:
            raise ConflictError(
                f"offsets below {stop} were deleted from the log while it was being read",
                where=where,
                do="run the same command again",
            )
        if error.code() == _END:
            if message.offset() < stop:
                raise ConflictError(
                    f"the log ends at offset {message.offset()}, it reached to {stop} before",
                    where=where,
                    do="run the same command again",
                )
            return True
        if error.retriable():
            return False
        raise KafkaUnavailable(
            f"the log cannot be read: {error.str()}", where=where, do="check the broker, and the right to read"
        )

    @contextmanager
    def _consumer(self, errors: ClientErrors) -> Iterator[Any]:
        settings = {
            **connection_settings(self._kafka),
            "client.id": "gatemeter-reader",
            "group.id": "gatemeter-reader",  # the client insists on one; it joins no group
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": _QUEUE_KBYTES,
            "receive.message.max.bytes": _LARGEST_ANSWER_BYTES,
        }
        with closing(Consumer({**settings, "error_cb": errors.record}, logger=errors.logger)) as consumer:
            yield consumer

    def _partitions(self, consumer: Any) -> list[int]:
        found = consumer.list_topics(self._log.name, timeout=CONNECT_TIMEOUT_S).topics[self._log.name]
        if found.error is not None:
            raise KafkaUnavailable(
                f"Kafka at {self._kafka} has no topic {self._log.name}, or does not show it ({found.error.str()})",
                do="correct --topic or --kafka",
            )
        return sorted(found.partitions)

    def _range(self, consumer: Any, partition: int) -> range:
        return range(
            *consumer.get_watermark_offsets(TopicPartition(self._log.name, partition), timeout=CONNECT_TIMEOUT_S)
        )

    def _unreachable(self, errors: ClientErrors) -> KafkaUnavailable:
        return KafkaUnavailable(
            f"Kafka at {self._kafka} does not answer{errors.because()}",
            where=self._log.name,
            do="check the address and that the broker runs",
        )


def _record(message: Any) -> FetchedRecord:
    return FetchedRecord(
        message.offset(), message.key(), message.value(), message.timestamp()[1], message.headers() or []
    )
