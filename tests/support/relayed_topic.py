"""What a reader of committed transactions finds in a topic."""

from contextlib import closing
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

ANSWER_TIMEOUT_S = 90.0
"""Longer than the brokers keep a transaction open whose producer is gone."""


def committed_messages(kafka: str, topic: str) -> list[Any]:
    """All messages of committed transactions, in the order of partitions and offsets."""
    settings = {
        "bootstrap.servers": kafka,
        "group.id": "reader",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
    }
    found = []
    with closing(Consumer(settings)) as consumer:
        for partition in sorted(consumer.list_topics(topic, timeout=ANSWER_TIMEOUT_S).topics[topic].partitions):
            consumer.assign([TopicPartition(topic, partition, 0)])
            while (message := consumer.poll(ANSWER_TIMEOUT_S)) is not None:
                if message.error() is None:
                    found.append(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    break
            assert message is not None, f"{topic}[{partition}] did not answer"
    return found


def committed_lines(kafka: str, topic: str) -> list[bytes]:
    """The lines of these messages."""
    return [line for message in committed_messages(kafka, topic) for line in message.value().split(b"\n") if line]
