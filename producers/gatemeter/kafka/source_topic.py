"""Reads a topic from where a group has committed, all partitions by one process."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import stamina
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from gatemeter.clock import Clock
from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.kafka.client import ClientErrors, check_kafka_address, connection_settings
from gatemeter.kafka.producer import unknown_topic

logger = logging.getLogger(__name__)

_ANSWER_S = 30.0
_CALL_S = 5.0
_POLL_S = 0.1
_AT_ONCE = 5_000
_LOOK_FOR_PARTITIONS_S = 10.0
_QUEUE_KBYTES = 64 * 1024
_LARGEST_ANSWER_BYTES = 2**31 - 1
"""It limits a batch when it is unpacked too, and 20 KB can hold more than the default of 100 MB."""

_GONE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)  # noqa: SLF001 - its public name
_END = KafkaError._PARTITION_EOF  # noqa: SLF001


class SourceTopic:
    """The messages of committed transactions of `topic`, whose id is `topic_id`, from where `group` stands.

    A group that has read nothing of it, or a topic of that name before it, begins with the oldest message. Messages
    that were deleted before they were read are named in the log. Raises KafkaUnavailable if the brokers cannot be
    reached, or have no such topic.
    """

    def __init__(
        self, kafka: str, topic: str, topic_id: str, group: str, *, clock: Clock, client_id: str = "gatemeter-relay"
    ) -> None:
        self._kafka = check_kafka_address(kafka)
        self.topic = topic
        self.topic_id = topic_id
        self._clock = clock
        self._errors = ClientErrors()
        settings = {
            **connection_settings(self._kafka),
            "client.id": client_id,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": _QUEUE_KBYTES,
            "receive.message.max.bytes": _LARGEST_ANSWER_BYTES,
            "error_cb": self._errors.record,
        }
        self.consumer: Any = Consumer(settings, logger=self._errors.logger)
        self._committed: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._looked_s = 0.0

    def start(self) -> None:
        """Begin where the group stands. The transactions of earlier relays must be over."""
        self._committed = {}
        self._add_partitions()
        self.rewind()

    @property
    def offsets(self) -> Mapping[int, tuple[int, str]]:
        """What to commit, and the topic's id beside it, by partition.

        All partitions, also those of which nothing was read: brokers forget an offset that is not committed again.
        """
        return {partition: (offset, self.topic_id) for partition, offset in self._next.items()}

    def committed(self) -> None:
        """All that was read is committed."""
        self._committed = dict(self._next)

    def commit(self) -> None:
        """Commit all that was read, and the topic's id beside it. Raises KafkaUnavailable."""
        offsets = [
            TopicPartition(self.topic, partition, offset, metadata=metadata)
            for partition, (offset, metadata) in self.offsets.items()
        ]
        self._answer(lambda: self.consumer.commit(offsets=offsets, asynchronous=False))
        self.committed()

    def rewind(self) -> None:
        """Read again from what is committed."""
        self._next = dict(self._committed)
        self.consumer.assign([TopicPartition(self.topic, *position) for position in self._next.items()])

    def ends(self) -> dict[int, int]:
        """Where the partitions end now. Raises KafkaUnavailable."""
        return {partition: self._watermarks(partition)[1] for partition in self._next}

    def has_reached(self, ends: Mapping[int, int]) -> bool:
        """Whether all before `ends` was read."""
        return all(self._next[partition] >= end for partition, end in ends.items())

    def read(self) -> Iterator[Any]:
        """The next messages, after a short wait if there are none. Raises KafkaUnavailable, ConflictError."""
        self._look_for_partitions()
        for message in self.consumer.consume(_AT_ONCE, timeout=_POLL_S):
            error = message.error()
            if error is None:
                self._next[message.partition()] = message.offset() + 1
                yield message
            elif error.code() == _END:  # behind it stand only the marks of transactions
                self._next[message.partition()] = max(message.offset(), self._next[message.partition()])
            elif error.code() in _GONE:
                raise ConflictError(
                    "messages were deleted before they were read",
                    where=f"{self.topic}[{message.partition()}]",
                    do="start again: it continues with the oldest message, and says how many are lost",
                )
            elif not error.retriable():
                raise KafkaUnavailable(
                    f"the topic cannot be read: {error.str()}", where=self.topic, do="check the right to read it"
                )

    def close(self) -> None:
        """Release connections; idempotent."""
        self.consumer.close()

    def _look_for_partitions(self) -> None:
        if self._clock.monotonic_s() - self._looked_s >= _LOOK_FOR_PARTITIONS_S:
            added = self._add_partitions()
            if added:
                self.consumer.incremental_assign([TopicPartition(self.topic, *each) for each in added.items()])

    def _add_partitions(self) -> dict[int, int]:
        """Where to begin in the partitions that are not known yet."""
        self._looked_s = self._clock.monotonic_s()
        new = [number for number in self._all_partitions() if number not in self._committed]
        added = {number: self._start_of(number, found) for number, found in self._group_offsets(new).items()}
        self._committed |= added
        self._next |= added
        return added

    def _start_of(self, partition: int, found: TopicPartition) -> int:
        low, high = self._watermarks(partition)
        if found.offset < 0 or found.metadata != self.topic_id:
            return low
        if found.offset > high:
            raise ConflictError(
                f"it ends at offset {high}, and {found.offset} was read: the brokers lost what they had acknowledged",
                where=f"{self.topic}[{partition}]",
                do="read it as another --group, after finding out which messages are gone",
            )
        if found.offset < low:
            logger.error(
                "%s[%d]: %d messages from offset %d on were deleted before they were read: they are lost",
                self.topic,
                partition,
                low - found.offset,
                found.offset,
            )
        return int(max(low, found.offset))

    def _group_offsets(self, partitions: list[int]) -> dict[int, TopicPartition]:
        wanted = [TopicPartition(self.topic, each) for each in partitions]
        found = self._answer(lambda: self.consumer.committed(wanted, _CALL_S)) if wanted else []
        return {each.partition: each for each in found}

    def _watermarks(self, partition: int) -> tuple[int, int]:
        wanted = TopicPartition(self.topic, partition)
        low, high = self._answer(lambda: self.consumer.get_watermark_offsets(wanted, timeout=_CALL_S))
        return low, high

    def _all_partitions(self) -> list[int]:
        found = self._answer(lambda: self.consumer.list_topics(self.topic, timeout=_CALL_S)).topics[self.topic]
        if found.error is not None:
            raise unknown_topic(self._kafka, self.topic)
        return sorted(found.partitions)

    def _answer(self, question: Callable[[], Any]) -> Any:
        """The brokers' answer, which they may give only once they are ready. Raises KafkaUnavailable."""
        try:
            for attempt in stamina.retry_context(on=KafkaException, attempts=None, timeout=_ANSWER_S, wait_max=1.0):
                with attempt:
                    return question()
        except KafkaException as error:
            raise KafkaUnavailable(
                f"the brokers do not answer: {error.args[0].str()}{self._errors.because()}",
                where=f"topic {self.topic} at {self._kafka}",
                do="check the address and the right to read, and start again",
            ) from error
        raise AssertionError
