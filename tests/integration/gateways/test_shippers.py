"""What shippers of other makers write to Kafka is billed as it was logged, once each."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.support.databases import Store
from tests.support.event_accounts import account_of
from tests.support.gateways.kong_traffic import REQUESTS, assert_billed_as_sent, log_lines
from tests.support.gateways.shippers import Shipper, otel_collector_following, rsyslog_following
from tests.support.worked_topic import count_topic

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

REAL: dict[str, Shipper] = {"otel-collector": otel_collector_following, "rsyslog": rsyslog_following}
LONG_LINE_BYTES = 100_000


def padded(line: bytes, size: int) -> bytes:
    """The event with a member that nobody reads, and with text beyond ASCII."""
    head = line.removesuffix(b"}") + ',"note":"ü\\u0000\\"'.encode()
    return head + b"x" * (size - len(head) - 2) + b'"}'


@pytest.mark.long(reason="the shipper is built or downloaded first")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", REAL)
def test_a_real_shipper_with_our_file_changes_no_number(
    name: str, kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    log, lines = tmp_path / "access.json", log_lines()
    lines[7] = padded(lines[7], LONG_LINE_BYTES)
    log.write_bytes(b"".join(line + b"\n" for line in lines[:500]))
    with REAL[name](log, kafka_address, topic, tmp_path):
        with log.open("ab") as file:
            for line in lines[500:]:
                file.write(line + b"\n")
                file.flush()
        count_topic(kafka_address, topic, store, tmp_path, len(REQUESTS))
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), 0)
    assert_billed_as_sent(store)


def shapes(lines: list[bytes]) -> Iterable[bytes]:
    """The lines as messages of the programs that cannot be run here, by their documentation, in turn.

    Vector with codec text and json (https://vector.dev/docs/reference/configuration/sources/file/, output data), Fluent
    Bit with format raw and json (https://docs.fluentbit.io/manual/data-pipeline/outputs/kafka), kcat, and Kong's
    kafka-log, whose batches are arrays.
    """
    wrapped = (
        lambda line: line,
        lambda line: json.dumps(
            {
                "file": "/var/log/kong/access.json",
                "host": "node-1",
                "message": line.decode(),
                "source_type": "file",
                "timestamp": "2026-02-03T10:01:01.007Z",
            }
        ).encode(),
        lambda line: json.dumps({"@timestamp": 1770112861.007, "log": line.decode()}).encode(),
        lambda line: b"[" + line + b"]",
    )
    return (wrapped[number % len(wrapped)](line) for number, line in enumerate(lines))


@pytest.mark.long(reason="a worker of its own")
def test_messages_as_vector_fluent_bit_and_kafka_log_write_them_are_billed(
    kafka_address: str, topic: str, store: Store, tmp_path: Path
) -> None:
    producer = Producer({"bootstrap.servers": kafka_address, "acks": "all"})
    for message in shapes(log_lines()):
        producer.produce(topic, message)
    assert producer.flush(30) == 0
    count_topic(kafka_address, topic, store, tmp_path, len(REQUESTS))
    account = account_of(store.url)
    assert (account.counted, account.dead_letters) == (len(REQUESTS), 0)
    assert_billed_as_sent(store)
