"""Reading a Kafka log again: gaps of transactions and compaction, ranges, and what can go wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from gatemeter.errors import ConflictError, KafkaUnavailable
from gatemeter.kafka.topics import topic_id
from gatemeter.metering.log import LogChunk
from gatemeter.sources.kafka import KafkaLogReader
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture
def reader(kafka_address: str, topic: str) -> KafkaLogReader:
    return KafkaLogReader(kafka_address, topic, topic_id(kafka_address, topic), 10)


def producer(kafka: str, **settings: Any) -> Producer:
    return Producer({"bootstrap.servers": kafka, **settings})


def produce(client: Producer, topic: str, count: int, **message: Any) -> None:
    for number in range(count):
        client.produce(topic, json.dumps({"number": number}), partition=0, **message)
    client.flush(30)


def offsets_of(chunks: Iterator[LogChunk], covered: range) -> list[int]:
    """The offsets with messages; the chunks must cover `covered` without a gap."""
    found: list[int] = []
    expected = covered.start
    for chunk in chunks:
        assert chunk.first_offset == expected
        assert len(chunk.offsets) == len(chunk.values)
        expected = chunk.next_offset
        found += chunk.offsets
    assert expected == covered.stop
    return found


def test_ranges_and_parts_of_a_log(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    produce(producer(kafka_address), topic, 25, headers=[("gatemeter-format", b"cloudevents")], timestamp=1_000)
    assert reader.ranges() == {0: range(25), 1: range(0), 2: range(0), 3: range(0)}
    chunks = list(reader.chunks(0, range(7, 21)))
    assert offsets_of(iter(chunks), range(7, 21)) == list(range(7, 21))
    assert {chunk.log_format for chunk in chunks} == {"cloudevents"}
    assert chunks[0].values[0] == b'{"number": 7}'
    assert chunks[0].times_ms is not None
    assert chunks[0].times_ms[0] == 1_000
    assert list(reader.chunks(1, range(0))) == []


def test_a_message_is_read_whatever_it_unpacks_to(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    """The client's default refuses a batch of more than 100 MB, which a worker counts."""
    client = producer(kafka_address, **{"compression.codec": "zstd", "message.max.bytes": 200_000_000})
    client.produce(topic, b"{}\n" * 40_000_000, partition=0)
    client.produce(topic, b"{}", partition=0)
    assert client.flush(60) == 0
    sizes = [len(value or b"") for chunk in reader.chunks(0, range(2)) for value in chunk.values]
    assert sizes == [120_000_000, 2]


def test_transactions_leave_gaps_also_at_the_end(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    client = producer(kafka_address, **{"transactional.id": topic})
    client.init_transactions(30)
    for commits in (True, False):
        client.begin_transaction()
        produce(client, topic, 3)
        if commits:
            client.commit_transaction(30)
        else:
            client.abort_transaction(30)
    # 0 to 2 and a marker, then three aborted ones and a marker.
    assert reader.ranges()[0] == range(8)
    assert offsets_of(reader.chunks(0, range(8)), range(8)) == [0, 1, 2]
    assert offsets_of(reader.chunks(0, range(2, 4)), range(2, 4)) == [2]
    assert offsets_of(reader.chunks(0, range(4, 7)), range(4, 7)) == []


def test_a_transaction_under_way_is_not_part_of_the_log(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    produce(producer(kafka_address), topic, 5)
    client = producer(kafka_address, **{"transactional.id": topic})
    client.init_transactions(30)
    client.begin_transaction()
    produce(client, topic, 3)
    assert reader.ranges()[0] == range(5)
    assert offsets_of(reader.chunks(0, range(5)), range(5)) == [0, 1, 2, 3, 4]
    client.abort_transaction(30)


def test_a_log_whose_start_was_deleted(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    produce(producer(kafka_address), topic, 20)
    admin = AdminClient({"bootstrap.servers": kafka_address})
    (deleted,) = admin.delete_records([TopicPartition(topic, 0, 12)]).values()
    deleted.result(timeout=30)
    assert reader.ranges()[0] == range(12, 20)
    with pytest.raises(ConflictError, match="were deleted"):
        list(reader.chunks(0, range(3, 20)))


def test_an_unknown_topic_and_a_broker_that_is_not_there(kafka_address: str) -> None:
    with pytest.raises(KafkaUnavailable, match="no topic"):
        KafkaLogReader(kafka_address, "never-made", "id", 10).ranges()
    away = KafkaLogReader("127.0.0.1:9", "any", "id", 10, silence_limit_s=0.5)
    with pytest.raises(KafkaUnavailable, match="does not answer"):
        list(away.chunks(0, range(3)))


@pytest.mark.long(reason="waits until the broker compacts; gaps of transactions are read in `make test`")
def test_a_compacted_log_has_gaps_also_at_the_end(kafka_address: str, topic: str, reader: KafkaLogReader) -> None:
    _compact_at_once(kafka_address, topic)
    client = producer(kafka_address)
    for number in range(60):
        client.produce(topic, b"x", key=f"key-{number % 2}", partition=0)
        client.flush(30)
    covered = range(50)

    def has_gaps() -> bool:
        client.produce(topic, b"x", key="to begin another segment", partition=0)
        client.flush(30)
        return len(offsets_of(reader.chunks(0, covered), covered)) < len(covered)

    wait_for(has_gaps, "compaction")


def _compact_at_once(kafka: str, topic: str) -> None:
    settings = {"cleanup.policy": "compact", "segment.ms": "20", "min.cleanable.dirty.ratio": "0.01"}
    entries = [ConfigEntry(name, text, incremental_operation=AlterConfigOpType.SET) for name, text in settings.items()]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin = AdminClient({"bootstrap.servers": kafka})
    (changed,) = admin.incremental_alter_configs([resource]).values()
    changed.result(timeout=30)
