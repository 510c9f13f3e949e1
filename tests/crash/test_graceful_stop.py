"""SIGTERM in every state of a worker: it is gone within the time promised, and the next start reads little again.

What is read again is what the protocol needs: the epoch that was open, and the one before it for its event ids.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
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
from tests.support.crash.worker_run import WorkerRun, ask, consumed, worker_run
from tests.support.gatemeter_command import run
from tests.support.processes import wait_until
from tests.support.server_fixtures import PARTITIONS
from tests.support.servers import free_port, running

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

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

LEDGER_QUESTION = b"FROM epoch_ledger FINAL"
LEDGER_WRITE = b"epoch_ledger"
FLUSHES = 12


@dataclass(frozen=True)
class Place:
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
def place(kafka_address: str, topic: str, database: str, tmp_path: Path) -> Iterator[Place]:
    run("migrate", "--clickhouse", database)
    with gate_to(database) as (gate, gated):
        yield Place(kafka_address, topic, database, gate, gated, tmp_path / "worker.log")


def fill(place: Place) -> None:
    produce(place.kafka, place.topic, TRAFFIC, partitions=PARTITIONS)


def assert_the_next_one_ends_it(place: Place, at_most: dict[int, int]) -> dict[int, int]:
    """Start again: it begins nowhere after `at_most` and counts everything, once. Where it began."""
    place.gate.set(GateState.OPEN)
    with place.worker() as worker:
        starts = worker.starts()
        assert all(starts[partition] <= offset for partition, offset in at_most.items()), (starts, at_most)
        wait_until(lambda: consumed(place.database) == TRAFFIC.events, f"all is counted; see {place.log}", 60)
        worker.stop_within(STOP_LIMIT_S)
    query = "SELECT consumer_id, toUInt64(sum(requests)) FROM api_usage_hourly FINAL GROUP BY consumer_id"
    assert dict(ask(place.database, query)) == TRAFFIC.requests_of_each()
    return starts


def warm_up_offsets(place: Place) -> dict[int, int]:
    """By what is stored: of each partition the start of the epoch before the one that is open."""
    stored = ask(place.database, "SELECT partition, max(version) FROM epoch_ledger GROUP BY partition")
    found = {int(number): max(0, (int(end) - 1) // EPOCH_SIZE - 1) * EPOCH_SIZE for number, end in stored}
    return {number: found.get(number, 0) for number in range(PARTITIONS)}


def test_idle(place: Place) -> None:
    with place.worker() as worker:
        assert worker.starts() == dict.fromkeys(range(PARTITIONS), 0)
        worker.stop_within(STOP_LIMIT_S)


def test_at_full_speed_the_next_start_reads_no_more_than_it_needs(place: Place) -> None:
    fill(place)
    place.gate.note(LEDGER_WRITE, FLUSHES)
    with place.worker() as worker:
        assert place.gate.noted.wait(60)
        worker.stop_within(STOP_LIMIT_S)
    assert consumed(place.database) < TRAFFIC.events, "it was to be stopped in the middle"
    expected = warm_up_offsets(place)
    assert max(expected.values()) > 0
    assert assert_the_next_one_ends_it(place, expected) == expected


@pytest.mark.parametrize("state", [GateState.HANGING, GateState.REFUSING])
def test_while_clickhouse_is_away(place: Place, state: GateState) -> None:
    fill(place)
    place.gate.note(LEDGER_WRITE, FLUSHES, then=state)
    with place.worker() as worker:
        assert place.gate.held.wait(60)
        worker.stop_within(STOP_LIMIT_S)
    assert max(assert_the_next_one_ends_it(place, warm_up_offsets(place)).values()) > 0


def test_while_it_finds_out_where_to_begin(place: Place) -> None:
    fill(place)
    place.gate.note(LEDGER_QUESTION, then=GateState.HANGING)
    with place.worker() as worker:
        assert place.gate.held.wait(60)
        worker.stop_within(STOP_LIMIT_S)
    assert assert_the_next_one_ends_it(place, {}) == dict.fromkeys(range(PARTITIONS), 0)


def test_while_kafka_is_gone(place: Place, tmp_path: Path) -> None:
    with broker(tmp_path / "kafka") as (address, kill):
        here = replace(place, kafka=address)
        ensure_topic(address, TopicSpec(here.topic, partitions=PARTITIONS))
        fill(here)
        with here.worker() as worker:
            wait_until(lambda: consumed(here.database) > 0, f"something is counted; see {here.log}", 60)
            kill()
            wait_until(lambda: "onnect" in worker.text, f"it misses the broker; see {here.log}", 60)
            worker.stop_within(STOP_LIMIT_S)


@contextmanager
def broker(path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A broker for a block that can be killed: its `HOST:PORT`, and what kills it."""
    data = DataDir(path)
    with data.hold():
        kafka = EmbeddedKafka(data.kafka_path, data.logs_path / "kafka.log", free_port(), free_port())
        with running(ChildProcess(kafka.prepare())) as process:
            process.wait_until_ready(KafkaReadiness(kafka.address), READY_TIMEOUT_S)
            yield kafka.address, psutil.Process(process.guard_pid).children()[0].kill
