"""SIGTERM in every state of a worker: it is gone within the documented time, and the next start reads little again.

The next worker needs the epoch that was open, and the one before it for its event ids. It reads no more than these.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.topics import TopicSpec
from tests.support.crash.access_frames import Traffic, produce
from tests.support.crash.server_gate import GateState, ServerGate, gate_to
from tests.support.crash.worker_run import WorkerRun, ask, worker_run
from tests.support.event_accounts import consumed_in
from tests.support.gatemeter_command import run
from tests.support.server_fixtures import PARTITIONS
from tests.support.servers import free_port, running

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.long(reason="each case counts 60,000 events; the fault points of `make test` stop a worker, too"),
]

STOP_LIMIT_S = 10.0
"""As docs/operations.md says."""

EPOCH_SIZE = 16
FLAGS = [
    "--epoch-size",
    str(EPOCH_SIZE),
    "--flush-interval-s",
    "0.3",
    "--commit-interval-s",
    "0.3",
    "--flush-rows",
    "500",
]
TRAFFIC = Traffic(events=60_000, events_per_frame=250, consumers=600)
"""With so many consumers every chunk of eight frames fills a flush, so there are some thirty of them."""

LEDGER_QUERY = b"FROM epoch_ledger FINAL"
LEDGER_WRITE = b"epoch_ledger"
FLUSHES = 12


@dataclass(frozen=True)
class Setting:
    """A topic, a database behind a gate, and a log for all workers of a test."""

    kafka: str
    topic: str
    database: str
    gate: ServerGate
    gated: str
    log: Path

    def worker(self) -> AbstractContextManager[WorkerRun]:
        flags = [*FLAGS, "--topic", self.topic, "--group", self.topic]
        return worker_run(*flags, kafka=self.kafka, clickhouse=self.gated, log=self.log)


@pytest.fixture
def setting(kafka_address: str, topic: str, database: str, tmp_path: Path) -> Iterator[Setting]:
    run("migrate", "--clickhouse", database)
    with gate_to(database) as (gate, gated):
        yield Setting(kafka_address, topic, database, gate, gated, tmp_path / "worker.log")


def fill(setting: Setting) -> None:
    produce(setting.kafka, setting.topic, TRAFFIC, partitions=PARTITIONS)


def assert_the_next_worker_counts_the_rest(setting: Setting, at_most: dict[int, int]) -> dict[int, int]:
    """Start again: the worker begins at or before `at_most` and counts everything once. Returns where it began."""
    setting.gate.set(GateState.OPEN)
    with setting.worker() as worker:
        starts = worker.starts()
        assert all(starts[partition] <= offset for partition, offset in at_most.items()), (starts, at_most)
        stored = partial(consumed_in, setting.database)
        worker.wait_until(lambda: stored() == TRAFFIC.events, "everything is counted", stored)
        worker.stop_within(STOP_LIMIT_S)
    query = "SELECT consumer_id, toUInt64(sum(requests)) FROM api_usage_hourly FINAL GROUP BY consumer_id"
    assert dict(ask(setting.database, query)) == TRAFFIC.requests_of_each()
    return starts


def warm_up_offsets(setting: Setting) -> dict[int, int]:
    """By partition the first offset of the epoch before the one that is open, judging by the ledger."""
    stored = ask(setting.database, "SELECT partition, max(version) FROM epoch_ledger GROUP BY partition")
    found = {int(number): max(0, (int(end) - 1) // EPOCH_SIZE - 1) * EPOCH_SIZE for number, end in stored}
    return {number: found.get(number, 0) for number in range(PARTITIONS)}


def test_an_idle_worker_stops_in_time(setting: Setting) -> None:
    with setting.worker() as worker:
        assert worker.starts() == dict.fromkeys(range(PARTITIONS), 0)
        worker.stop_within(STOP_LIMIT_S)


def test_a_stop_at_full_speed_leaves_little_to_read_again(setting: Setting) -> None:
    fill(setting)
    setting.gate.set_on_request(GateState.OPEN, LEDGER_WRITE, FLUSHES)
    with setting.worker() as worker:
        worker.wait_until(setting.gate.triggered.is_set, "some flushes are stored")
        worker.stop_within(STOP_LIMIT_S)
    assert consumed_in(setting.database) < TRAFFIC.events, "it was to be stopped in the middle"
    expected = warm_up_offsets(setting)
    assert max(expected.values()) > 0
    assert assert_the_next_worker_counts_the_rest(setting, expected) == expected


@pytest.mark.parametrize("state", [GateState.HANGING, GateState.REFUSING])
def test_a_worker_stops_in_time_while_clickhouse_is_away(setting: Setting, state: GateState) -> None:
    fill(setting)
    setting.gate.set_on_request(state, LEDGER_WRITE, FLUSHES)
    with setting.worker() as worker:
        worker.wait_until(setting.gate.held.is_set, "a request meets the closed gate")
        worker.stop_within(STOP_LIMIT_S)
    assert max(assert_the_next_worker_counts_the_rest(setting, warm_up_offsets(setting)).values()) > 0


def test_a_worker_stops_in_time_while_it_reads_the_ledger(setting: Setting) -> None:
    fill(setting)
    setting.gate.set_on_request(GateState.HANGING, LEDGER_QUERY)
    with setting.worker() as worker:
        worker.wait_until(setting.gate.held.is_set, "a request meets the closed gate")
        worker.stop_within(STOP_LIMIT_S)
    assert assert_the_next_worker_counts_the_rest(setting, {}) == dict.fromkeys(range(PARTITIONS), 0)


def test_a_worker_stops_in_time_while_kafka_is_gone(setting: Setting, tmp_path: Path) -> None:
    with broker(tmp_path / "kafka") as (address, kill):
        here = replace(setting, kafka=address)
        ensure_topic(address, TopicSpec(here.topic, partitions=PARTITIONS))
        fill(here)
        with here.worker() as worker:
            worker.wait_until(lambda: consumed_in(here.database) > 0, "something is counted")
            kill()
            worker.wait_until(lambda: "onnect" in worker.text, "it misses the broker")
            assert worker.stop_within(STOP_LIMIT_S) < STOP_LIMIT_S


@contextmanager
def broker(path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A broker for a block; yields its `HOST:PORT` and a function that kills it."""
    data = DataDir(path)
    with data.hold():
        kafka = EmbeddedKafka(data.kafka_path, data.logs_path / "kafka.log", free_port(), free_port())
        with running(ChildProcess(kafka.prepare())) as process:
            process.wait_until_ready(KafkaReadiness(kafka.address), READY_TIMEOUT_S)
            yield kafka.address, psutil.Process(process.guard_pid).children()[0].kill
