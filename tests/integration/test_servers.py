"""The servers that all other integration tests stand on."""

from contextlib import closing

import pytest
from confluent_kafka import Consumer, Producer

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.kafka.topics import describe_topic

ANSWER_TIMEOUT_S = 30


@pytest.mark.kafka
def test_kafka_keeps_what_it_is_given(kafka_address: str, topic: str, group_id: str) -> None:
    producer = Producer({"bootstrap.servers": kafka_address})
    producer.produce(topic, b"one event")
    assert producer.flush(ANSWER_TIMEOUT_S) == 0
    settings = {"bootstrap.servers": kafka_address, "group.id": group_id, "auto.offset.reset": "earliest"}
    with closing(Consumer(settings)) as consumer:
        consumer.subscribe([topic])
        (message,) = consumer.consume(1, timeout=ANSWER_TIMEOUT_S)
    assert message.value() == b"one event"


@pytest.mark.kafka
def test_a_topic_has_the_partitions_that_scaling_tests_need(kafka_address: str, topic: str) -> None:
    assert describe_topic(kafka_address, topic).partitions == 4


@pytest.mark.clickhouse
def test_clickhouse_has_a_database_for_this_test_alone(database: str) -> None:
    with closing(connect(ClickHouseAddress.parse(database))) as client:
        assert client.query("SELECT count() FROM system.tables WHERE database = currentDatabase()").result_rows == [
            (0,)
        ]
