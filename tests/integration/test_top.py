"""`gatemeter top`: the numbers of a frame are those of the store, and the lag is that of the topic."""

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka import Producer

from gatemeter.api.store import QueriedStore
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import ManualClock
from gatemeter.errors import GatemeterError, SettingsError
from gatemeter.kafka.topics import topic_id
from gatemeter.monitoring.kafka_ends import KafkaEndReader
from gatemeter.reports.topic_lag import PartitionLag, TopicLag
from gatemeter.schema import LLM_USAGE
from gatemeter.top.frames import Frames
from gatemeter.top.reading import Cost, read
from gatemeter.wiring.store import open_store
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.stored_rows import FEBRUARY, ledger_rows, sketch, table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

NOW = FEBRUARY + timedelta(minutes=90)
CALLS = {"log": "log-1", "version": 1, "calls": 2, "outcome": "provider", "hour": FEBRUARY}
BATCH = [
    usage_rows(
        usage(consumer_id="c1", consumer_username="acme", route_name="pay", requests=9, **sketch("request", [5])),
        usage(consumer_id="c2", route_name="search", requests=1, status=500),
        usage(partition=1, hour=FEBRUARY - timedelta(hours=30), requests=1_000),
    ),
    table_rows(
        LLM_USAGE,
        {**CALLS, "cost_computed": Decimal(3), "cost_currency": "USD", "cost_evidence": "computed"},
        {**CALLS, "partition": 1, "unpriced_calls": 2},
    ),
    ledger_rows({"log": "log-1", "log_kind": "kafka", "version": 7, "consumed": 1_010, "counted": 1_010}),
]


@pytest.fixture(scope="module")
def filled(module_store: Store) -> Store:
    """A store that holds `BATCH`, for tests that change nothing."""
    with module_store.client() as client:
        ClickHouseSink(client).write(BATCH)
    return module_store


def test_a_frame_has_the_numbers_of_its_hours(filled: Store) -> None:
    with filled.client() as client:
        found = read(client, "2h", NOW)
    assert (found.traffic["request_count"], found.traffic["error_rate"]) == (10, 0.1)
    assert (found.seconds, found.requests_per_s) == (5_400, 10 / 5_400)
    assert [(row["consumer"], row["request_count"]) for row in found.consumers] == [("acme", 9), ("c2", 1)]
    assert [row["route"] for row in found.routes] == ["pay", "search"]
    assert (found.costs, found.unpriced_calls) == ([Cost("computed", Decimal(3), "USD")], 2)
    assert [each for each in found.requests_by_hour if each is not None] == [1_000, 10]
    assert (found.consumed, found.is_older) == (1_010, False)


def test_where_nothing_was_used_lately_the_last_hours_with_some_are_shown(filled: Store) -> None:
    with filled.client() as client:
        found = read(client, "1h", NOW + timedelta(days=300))
    assert (found.is_older, found.span.start, found.seconds) == (True, FEBRUARY, 3_600)
    assert found.traffic["request_count"] == 10


@pytest.mark.long(reason="reads a frame of an empty store; frames of stores with usage are in `make test`")
def test_an_empty_store_has_a_frame(store: Store) -> None:
    with store.client() as client:
        found = read(client, "2h", NOW)
    assert (found.requests_per_s, found.consumers, found.costs) == (0, [], [])


def test_frames_tell_how_fast_events_are_counted_and_that_a_store_is_gone(store: Store) -> None:
    clock = ManualClock(NOW)
    is_gone = False

    def opened() -> Any:
        if is_gone:
            raise GatemeterError("it is gone")
        return open_store(None, store.url, only_reads=True)

    with store.client() as client:
        ClickHouseSink(client).write(BATCH)
        queried = QueriedStore(opened, 20)
        frames = Frames(queried, "store", "2h", clock, None)
        assert frames.next().counted_per_s is None
        later = {"log": "log-1", "log_kind": "kafka", "epoch_first_offset": 7, "version": 9, "consumed": 500}
        ClickHouseSink(client).write([ledger_rows(later)])
    clock.advance(10)
    last = frames.next()
    assert last.counted_per_s == 50
    queried.close()
    is_gone = True
    without = frames.next()
    assert without.reading == last.reading
    assert without.notes == ["since 11:30:10 the store does not answer: it is gone"]


@pytest.mark.kafka
def test_the_lag_of_a_partition_is_what_is_not_stored(store: Store, kafka_address: str, topic: str) -> None:
    log = topic_id(kafka_address, topic)
    ends = KafkaEndReader(kafka_address, topic)
    lag = TopicLag(topic, lambda: log, ends)
    with store.client() as client:
        assert {each.messages for each in lag.read(client)} == {0}
        _send(kafka_address, topic, {0: 5, 1: 2})
        ClickHouseSink(client).write([ledger_rows({"log": log, "log_kind": "kafka", "partition": 0, "version": 2})])
        found = lag.read(client)
    assert found[:2] == [PartitionLag(0, 3), PartitionLag(1, None)]


@pytest.mark.long(reason="reads one more frame; the same frame as JSON, and the look of frames, are in `make test`")
def test_a_pipe_gets_one_frame(filled: Store) -> None:
    result = run("top", *filled.flags, env={"COLUMNS": "80"})
    assert "requests/s" in result.stdout
    assert "the lag is not known without --kafka" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_frame_as_json_has_exact_amounts(filled: Store) -> None:
    found = json.loads(run("top", *filled.flags, "--json").stdout)
    assert found["costs"] == [{"evidence": "computed", "amount": "3", "currency": "USD"}]
    assert (found["request_count"], found["lag"]) == (10, None)


def test_a_length_that_is_none_is_refused(filled: Store) -> None:
    assert isinstance(invoked("top", *filled.flags, "--once", "--last", "soon").exception, SettingsError)


def _send(kafka_address: str, topic: str, messages: Mapping[int, int]) -> None:
    producer = Producer({"bootstrap.servers": kafka_address})
    for partition, count in messages.items():
        for _ in range(count):
            producer.produce(topic, b"{}", partition=partition)
    assert producer.flush(30) == 0
