"""The in-memory producer keeps the contract, and fails when a test asks for it."""

import pytest

from gatemeter.errors import KafkaUnavailable
from gatemeter.wire.frames import DEFAULT_FORMAT, FORMAT_HEADER
from gatemeter.wire.producer import FrameProducer, MemoryProducer, StoredMessage
from tests.contract.producer_contract import PARTITIONS, FrameProducerContract


class TestMemoryProducer(FrameProducerContract):
    @pytest.fixture
    def producer(self) -> MemoryProducer:
        return MemoryProducer("access-log", PARTITIONS, gateway="edge-1")

    def stored(self, producer: FrameProducer, partition: int) -> list[StoredMessage]:
        assert isinstance(producer, MemoryProducer)
        return producer.stored[partition]


def test_without_a_gateway_there_is_no_gateway_header() -> None:
    producer = MemoryProducer("access-log", 1)
    producer.send(0, b"{}", DEFAULT_FORMAT)
    assert producer.stored[0][0].headers == [(FORMAT_HEADER, b"kong-log")]


def test_a_failed_delivery_is_raised_by_the_next_call() -> None:
    producer = MemoryProducer("access-log", 1)
    producer.fail(0, "broker away")
    with pytest.raises(KafkaUnavailable, match=r"topic access-log partition 0: .*broker away"):
        producer.flush()
