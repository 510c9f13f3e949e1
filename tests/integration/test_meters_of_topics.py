"""Custom meters through Kafka: exact totals though a worker is killed, and the same rows when all is counted again."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import read, run
from tests.support.databases import NewStore, Store
from tests.support.forked_commands import running
from tests.support.metered_events import METERS, MeteredEvents
from tests.support.waiting import wait_for_number

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 3_000
LINES_A_FRAME = 20
EPOCH_SIZE = 16


def totals(*store: str) -> dict[tuple[str, str], Decimal]:
    rows = read("report", "meters", *store)
    return {(row["meter"], row["consumer_id"]): Decimal(row["value"]) for row in rows}


def send(kafka: str, topic: str, lines: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 5})
    for start in range(0, len(lines), LINES_A_FRAME):
        producer.produce(topic, b"\n".join(lines[start : start + LINES_A_FRAME]), partition=0)
    assert producer.flush(30) == 0


def consumed(store: Store) -> int:
    with store.client() as client:
        return int(client.query("SELECT sum(consumed) FROM epoch_ledger FINAL").result_rows[0][0])


@pytest.mark.long(reason="the crash tests of `make test` count meters, too; this adds the report, verify and rebuild")
def test_totals_stay_exact_through_kills_and_a_replay(
    kafka_address: str, unique_name: str, store: Store, new_store: NewStore, tmp_path: Path
) -> None:
    events, meters = MeteredEvents.of(EVENTS), tmp_path / "meters.toml"
    meters.write_text(METERS)
    topic, half = unique_name, len(events.lines) // 2 // LINES_A_FRAME * LINES_A_FRAME
    ensure_topic(kafka_address, TopicSpec(topic, partitions=1))
    log = tmp_path / "worker.log"
    place = ("--kafka", kafka_address, "--topic", topic, "--epoch-size", str(EPOCH_SIZE))
    worker: dict[str, Any] = {
        "log": log,
        "env": {"GATEMETER_CLICKHOUSE": store.url, "GATEMETER_METERS": str(meters)},
    }
    command = ("worker", *place, "--group", topic, "--flush-interval-s", "0.2", "--commit-interval-s", "0.2")
    send(kafka_address, topic, events.lines[:half])
    with running(*command, **worker) as process:
        wait_for_number(lambda: consumed(store), half, f"the first half is counted; see {log}", log)
        send(kafka_address, topic, events.lines[half:])
        process.kill()
    with running(*command, **worker):
        wait_for_number(lambda: consumed(store), len(events.lines), f"all is counted; see {log}", log)
    assert totals(*store.flags) == events.totals()
    document = read("verify", *place, "--deep", *store.flags, "--meters", meters)
    assert document["holds"]
    assert document["proven"]
    fresh = new_store()
    run("rebuild", *place, *fresh.flags, "--meters", meters)
    assert totals(*fresh.flags) == events.totals()
    assert rows_of(fresh) == rows_of(store)


def rows_of(store: Store) -> list[tuple[Any, ...]]:
    """All rows of meters, without the version, which depends on when they were written."""
    with store.client() as client:
        query = "SELECT * EXCEPT (version) FROM meter_usage_hourly FINAL ORDER BY ALL"
        return [tuple(row) for row in client.query(query).result_rows]
