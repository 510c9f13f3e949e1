"""A topic and everything that was ever written to it, from a generated input."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.crash.log_input import PARTITIONS, InputPlan, LogInput, Message
from tests.support.crash.oracle import Oracle

_FORMAT_HEADER = "gatemeter-format"
_WRITE_TIMEOUT_S = 120
_READ_STALL_S = 120
_MOST_NAME_CHARACTERS = 40


class LogTopic:
    """A new topic for the messages of `plan`, which are written portion by portion."""

    def __init__(self, kafka: str, name: str, plan: InputPlan) -> None:
        self.kafka = kafka
        self.name = f"{name[:_MOST_NAME_CHARACTERS]}_{secrets.token_hex(4)}"
        self.plan = plan
        self.sizes = [0] * PARTITIONS
        """Messages written to each partition."""
        self.input = LogInput(plan)
        self._messages = self.input.messages()
        self._failures: list[str] = []
        ensure_topic(kafka, TopicSpec(self.name, partitions=PARTITIONS))
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                "linger.ms": 5,
                "log_level": 0,
                "message.timeout.ms": _WRITE_TIMEOUT_S * 1000,
                "reconnect.backoff.max.ms": 500,
            }
        )

    @property
    def messages(self) -> int:
        """How many were written to all partitions."""
        return sum(self.sizes)

    def write(self, count: int | None = None) -> bool:
        """Write the next `count` messages (None: all that are left); whether there may be more."""
        written = 0
        for message in self._messages:
            self._send(message)
            written += 1
            if written == count:
                break
        self._producer.flush(0)
        return written == count

    def flush(self) -> None:
        """Wait until the broker has acknowledged everything."""
        left = self._producer.flush(_WRITE_TIMEOUT_S)
        assert not left, f"{left} messages could not be written"
        assert not self._failures, self._failures[:3]

    def _send(self, message: Message) -> None:
        headers = [] if message.log_format is None else [(_FORMAT_HEADER, message.log_format.encode())]
        self._producer.produce(
            self.name, message.value, partition=message.partition, headers=headers, on_delivery=self._delivered
        )
        self._producer.poll(0)
        self.sizes[message.partition] += 1

    def _delivered(self, error: KafkaError | None, _: Any) -> None:
        if error is not None:
            self._failures.append(str(error))

    def oracle(self) -> Oracle:
        """The count of the topic as read back from the broker; fails unless it holds every written message once."""
        oracle = Oracle(self.plan.epoch_size)
        sizes = [0] * PARTITIONS
        for partition, offset, value, log_format in self._read():
            assert offset == sizes[partition]
            sizes[partition] += 1
            oracle.add(partition, offset, value, log_format)
        assert sizes == self.sizes
        self._check_input(oracle)
        return oracle

    def _check_input(self, oracle: Oracle) -> None:
        """Compare with the generator, which knows the requests; copies and bad messages were added here."""
        truth = self.input.truth()
        totals = oracle.totals()
        assert (totals.counted, totals.other_kind) == (truth["counted"], truth["other_kind"]), json.dumps(truth)[:300]
        assert totals.duplicates
        assert totals.dead_letters > truth["dead_letters"]

    def _read(self) -> Iterator[tuple[int, int, bytes | None, str | None]]:
        settings = {"bootstrap.servers": self.kafka, "group.id": "oracle", "enable.auto.commit": False}
        left = self.messages
        with closing(Consumer(settings)) as consumer:
            consumer.assign([TopicPartition(self.name, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
            while left:
                messages = consumer.consume(min(left, 1000), timeout=_READ_STALL_S)
                assert messages, f"{left} messages are missing"
                left -= len(messages)
                yield from map(_content, messages)


def _content(message: Any) -> tuple[int, int, bytes | None, str | None]:
    assert message.error() is None, message.error()
    headers: Iterable[tuple[str, bytes]] = message.headers() or ()
    log_format = next((value.decode() for name, value in headers if name == _FORMAT_HEADER), None)
    return message.partition(), message.offset(), message.value(), log_format
