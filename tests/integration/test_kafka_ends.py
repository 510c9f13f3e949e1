"""Where a real topic ends, and whether there is a message before that."""

import pytest
from confluent_kafka import Producer

from gatemeter.errors import KafkaUnavailable
from gatemeter.monitoring.kafka_ends import KafkaEndReader
from tests.support.servers import free_port
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture
def reader(kafka_address: str, topic: str) -> KafkaEndReader:
    return KafkaEndReader(kafka_address, topic)


def produce(kafka_address: str, topic: str, partition: int, messages: int) -> None:
    """In one transaction, whose end takes an offset too."""
    producer = Producer({"bootstrap.servers": kafka_address, "transactional.id": topic})
    producer.init_transactions(60)
    producer.begin_transaction()
    for _ in range(messages):
        producer.produce(topic, b"{}", partition=partition)
    producer.commit_transaction(60)


def test_the_ends_are_those_of_the_partitions_asked_for(reader: KafkaEndReader, kafka_address: str, topic: str) -> None:
    assert reader.end_offsets([0, 3]) == {0: 0, 3: 0}
    produce(kafka_address, topic, partition=3, messages=5)
    wait_for(lambda: reader.end_offsets([0, 3, 99]) == {0: 0, 3: 6}, "the end of the transaction")
    assert reader.end_offsets([]) == {}


def test_the_marker_that_ends_a_transaction_is_no_message(
    reader: KafkaEndReader, kafka_address: str, topic: str
) -> None:
    produce(kafka_address, topic, partition=1, messages=5)
    wait_for(lambda: reader.end_offsets([1]) == {1: 6}, "the end of the transaction")
    assert [reader.has_message(1, offset) for offset in (0, 4, 5, 6)] == [True, True, False, False]


def test_a_topic_that_is_not_there_is_an_error_with_its_name(kafka_address: str, unique_name: str) -> None:
    with pytest.raises(KafkaUnavailable) as caught:
        KafkaEndReader(kafka_address, unique_name).end_offsets([0])
    assert unique_name in str(caught.value)


def test_brokers_that_are_away_are_an_error_within_seconds(topic: str) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(KafkaUnavailable, match=nobody):
        KafkaEndReader(nobody, topic).end_offsets([0])
