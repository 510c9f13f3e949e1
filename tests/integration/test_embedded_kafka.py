"""Embedded Kafka: what it was given is there again, however it ended."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from gatemeter.errors import KafkaUnavailable
from gatemeter.wire.topics import MAX_MESSAGE_BYTES
from tests.support.processes import children_of
from tests.support.servers import free_port
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

TOPIC = "kept"
GROUP = "readers"
QUIET = {"log_level": 0}


@pytest.fixture
def kafka(tmp_path: Path) -> EmbeddedKafka:
    """A broker that was never started, in a directory whose path has all that paths may have."""
    path = tmp_path / "data, with ünusual name"
    path.mkdir()
    return EmbeddedKafka(path, tmp_path / "kafka.log", free_port(), free_port())


@contextmanager
def started(kafka: EmbeddedKafka) -> Iterator[ChildProcess]:
    process = ChildProcess(kafka.prepare())
    try:
        process.wait_until_ready(KafkaReadiness(kafka.address), READY_TIMEOUT_S)
        yield process
    finally:
        process.stop()


def create_topic(kafka: EmbeddedKafka) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.address, **QUIET})
    admin.create_topics([NewTopic(TOPIC, 1)])[TOPIC].result(30)


def produce(kafka: EmbeddedKafka, *values: bytes) -> None:
    """Returns when all are acknowledged."""
    settings = {"bootstrap.servers": kafka.address, "acks": "all", "message.max.bytes": MAX_MESSAGE_BYTES, **QUIET}
    producer = Producer(settings)
    for value in values:
        producer.produce(TOPIC, value)
    assert producer.flush(30) == 0


def consume(kafka: EmbeddedKafka, count: int) -> list[bytes]:
    """The next `count` values for the group; they are committed."""
    settings = {"bootstrap.servers": kafka.address, "group.id": GROUP, "auto.offset.reset": "earliest", **QUIET}
    with closing(Consumer({**settings, "fetch.message.max.bytes": MAX_MESSAGE_BYTES})) as consumer:
        consumer.subscribe([TOPIC])
        messages = consumer.consume(count, timeout=60)
        consumer.commit(offsets=[TopicPartition(TOPIC, 0, messages[-1].offset() + 1)], asynchronous=False)
    return [message.value() for message in messages]


def kill_jvm(process: ChildProcess) -> None:
    (jvm,) = children_of(process.guard_pid)
    os.kill(jvm, signal.SIGKILL)
    wait_for(lambda: process.exit_code() is not None, "the guard's end")


@pytest.mark.long(reason="starts a broker twice; random kills of it are in `make test`")
def test_acknowledged_messages_and_committed_offsets_survive_kill_9(kafka: EmbeddedKafka) -> None:
    with started(kafka) as process:
        create_topic(kafka)
        produce(kafka, b"one", b"two", b"three")
        assert consume(kafka, 2) == [b"one", b"two"]
        kill_jvm(process)
    with started(kafka):
        produce(kafka, b"four")
        assert consume(kafka, 2) == [b"three", b"four"]


@pytest.mark.long(reason="starts a broker for messages of 4 MiB")
def test_the_longest_message_passes(kafka: EmbeddedKafka) -> None:
    longest = os.urandom(MAX_MESSAGE_BYTES - 1024)
    with started(kafka):
        create_topic(kafka)
        produce(kafka, longest)
        assert consume(kafka, 1) == [longest]


def test_a_directory_that_holds_no_kafka_data_is_refused_with_the_reason(kafka: EmbeddedKafka) -> None:
    (kafka.path / "segments").write_text("a file in the way")
    with pytest.raises(KafkaUnavailable, match=r"its storage could not be formatted: .*segments.*; read .*kafka\.log"):
        kafka.prepare()
