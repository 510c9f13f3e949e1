"""ClickHouse is away and events wait: a worker's memory stays under its bound, and every event is counted afterwards.

`GATEMETER_BACKLOG_EVENTS=5000000` makes it the long run whose figures are in docs/operations.md.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support.crash.access_frames import Traffic, produce
from tests.support.crash.server_gate import GateState, gate_to
from tests.support.crash.worker_run import WorkerRun, ask, worker_run
from tests.support.event_accounts import consumed_in
from tests.support.gatemeter_command import run
from tests.support.server_fixtures import PARTITIONS
from tests.support.worker_health import WorkerHealth

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.long(reason="a bound on memory needs volume"),
]

MEMORY_BOUND_MIB = 768
"""The bound of a worker with four partitions and default settings; docs/operations.md names the same number."""

EVENTS = int(os.environ.get("GATEMETER_BACKLOG_EVENTS", "200000"))
SAMPLE_INTERVAL_S = 0.05
LARGE_EVENTS = 60_000

SMALL = Traffic(EVENTS)
LARGE_OF_MANY = Traffic(LARGE_EVENTS, events_per_frame=250, consumers=LARGE_EVENTS, padding_bytes=1_800)
"""2 KB an event, each by another consumer: every event is a row, and there are more rows than may wait."""


class Rss:
    """The largest resident memory of a worker since the last `take`, by samples."""

    def __init__(self, worker: WorkerRun) -> None:
        self._worker = worker
        self._largest_bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def take(self) -> float:
        """The largest in MiB; begins again with the next sample."""
        largest, self._largest_bytes = self._largest_bytes, 0
        return largest / 2**20

    def end(self) -> None:
        """Stop sampling."""
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_INTERVAL_S):
            self._largest_bytes = max(self._largest_bytes, self._worker.rss_bytes())


@contextmanager
def watched(worker: WorkerRun) -> Iterator[Rss]:
    """Sample the worker's memory for the length of a block."""
    rss = Rss(worker)
    try:
        yield rss
    finally:
        rss.end()


@pytest.mark.timeout(900 + EVENTS / 2_000)
@pytest.mark.parametrize("traffic", [SMALL, LARGE_OF_MANY], ids=["small events", "large events of many consumers"])
def test_memory_stays_bounded_while_events_wait_for_clickhouse(
    traffic: Traffic, kafka_address: str, topic: str, database: str, tmp_path: Path
) -> None:
    run("migrate", "--clickhouse", database)
    options = ["--topic", topic, "--group", topic]
    with (
        gate_to(database) as (gate, gated),
        worker_run(*options, kafka=kafka_address, clickhouse=gated, log=tmp_path / "worker.log") as worker,
        watched(worker) as rss,
    ):
        worker.starts()
        gate.set(GateState.REFUSING)
        produce(kafka_address, topic, traffic, partitions=PARTITIONS)
        worker.wait_until(lambda: "attempt 4 failed" in worker.text, "the worker waits")
        assert consumed_in(database) == 0
        waiting_mib = rss.take()
        gate.set(GateState.OPEN)
        began_s = time.monotonic()
        stored = partial(consumed_in, database)
        worker.wait_until(lambda: stored() == traffic.events, "everything is counted", stored)
        drain_s, draining_mib = time.monotonic() - began_s, rss.take()
    print_figures(traffic, waiting_mib, draining_mib, drain_s)
    assert max(waiting_mib, draining_mib) < MEMORY_BOUND_MIB
    query = "SELECT consumer_id, toUInt64(sum(requests)) FROM api_usage_hourly FINAL GROUP BY consumer_id"
    assert dict(ask(database, query)) == traffic.requests_of_each()


def print_figures(traffic: Traffic, waiting_mib: float, draining_mib: float, drain_s: float) -> None:
    """Print the figures of the run, which docs/operations.md quotes, to stderr."""
    sys.stderr.write(
        f"\n{traffic.events} events waited: at most {waiting_mib:.0f} MiB while ClickHouse was away,"
        f" {draining_mib:.0f} MiB while they drained within {drain_s:.0f} s after it was back\n"
    )


FRAMES = 240
MANY_KEYS = Traffic(FRAMES * 250, events_per_frame=250, consumers=FRAMES * 250)


def test_reading_stops_while_rows_wait_and_goes_on_afterwards(
    kafka_address: str, topic: str, database: str, tmp_path: Path
) -> None:
    run("migrate", "--clickhouse", database)
    health = WorkerHealth()
    options = ["--topic", topic, "--group", topic, "--flush-rows", "2000", *health.arguments]
    with (
        gate_to(database) as (gate, gated),
        worker_run(*options, kafka=kafka_address, clickhouse=gated, log=tmp_path / "worker.log") as worker,
    ):
        worker.starts()
        gate.set(GateState.REFUSING)
        produce(kafka_address, topic, MANY_KEYS, partitions=PARTITIONS)
        worker.wait_until(lambda: health.value("gatemeter_back_pressure") == 1, "the worker holds back")
        counted = health.value("gatemeter_next_offset")
        worker.wait_until(lambda: "attempt 4 failed" in worker.text, "time goes by")
        assert health.value("gatemeter_next_offset") == counted
        assert counted is not None
        assert counted < FRAMES / 2
        gate.set(GateState.OPEN)
        stored = partial(consumed_in, database)
        worker.wait_until(lambda: stored() == MANY_KEYS.events, "everything is counted", stored)
        worker.wait_until(lambda: health.value("gatemeter_back_pressure") == 0, "nothing is held back")
