"""What every `FrameProducer` has to do; run on the one in memory and on Kafka."""

from abc import ABC, abstractmethod

import pytest

from gatemeter.errors import KafkaUnavailable
from gatemeter.wire.frames import DEFAULT_FORMAT, FORMAT_HEADER, GATEWAY_HEADER, OVERSIZED_FORMAT
from gatemeter.wire.producer import FrameProducer, StoredMessage

PARTITIONS = 4


def deliver(producer: FrameProducer, partition: int, value: bytes) -> None:
    """Send one message and wait until it is stored."""
    producer.send(partition, value, DEFAULT_FORMAT)
    producer.flush()


class FrameProducerContract(ABC):
    """Subclasses offer the fixture `producer`: for a new topic with `PARTITIONS` partitions, gateway `edge-1`."""

    @abstractmethod
    def stored(self, producer: FrameProducer, partition: int) -> list[StoredMessage]:
        """What a consumer reads from `partition` of the producer's topic."""

    def test_it_knows_the_partitions(self, producer: FrameProducer) -> None:
        assert producer.partitions == PARTITIONS

    def test_messages_keep_their_partition_and_order(self, producer: FrameProducer) -> None:
        for number in range(50):
            producer.send(number % 2, b"%d" % number, DEFAULT_FORMAT)
        producer.flush()
        values = [[int(message.value) for message in self.stored(producer, partition)] for partition in (0, 1, 2)]
        assert values == [list(range(0, 50, 2)), list(range(1, 50, 2)), []]

    def test_headers_name_the_format_and_the_gateway(self, producer: FrameProducer) -> None:
        producer.send(0, b"{}", OVERSIZED_FORMAT)
        producer.flush()
        (message,) = self.stored(producer, 0)
        assert dict(message.headers) == {FORMAT_HEADER: b"oversized", GATEWAY_HEADER: b"edge-1"}

    def test_after_a_flush_everything_is_acknowledged(self, producer: FrameProducer) -> None:
        assert producer.acknowledged == 0
        for _ in range(7):
            producer.send(3, b"{}", DEFAULT_FORMAT)
        producer.flush()
        assert producer.acknowledged == 7

    def test_a_partition_that_is_not_there_fails(self, producer: FrameProducer) -> None:
        with pytest.raises(KafkaUnavailable, match=f"topic .* partition {PARTITIONS}: a message could not be"):
            deliver(producer, PARTITIONS, b"{}")

    def test_a_large_message_goes_through(self, producer: FrameProducer) -> None:
        value = bytes(range(256)) * 16_384
        deliver(producer, 0, value)
        (message,) = self.stored(producer, 0)
        assert message.value == value

    def test_closing_twice_is_fine(self, producer: FrameProducer) -> None:
        deliver(producer, 0, b"{}")
        producer.close()
        producer.close()
        assert len(self.stored(producer, 0)) == 1
