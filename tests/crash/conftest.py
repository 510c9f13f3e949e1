"""One broker and one engine for all crash tests, one log that many of them count, and its undisturbed count."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.support.crash.crash_cluster import CrashCluster, crash_cluster
from tests.support.crash.crash_worker import WorkerPool, worker_pool
from tests.support.crash.fault_proxy import FaultProxy, fault_proxy
from tests.support.crash.faults import FaultPlan
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.metering_run import MeteringRun
from tests.support.crash.oracle import Oracle

_SMALL = InputPlan(events=1_500, seed=11)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashCluster]:
    """Kafka and ClickHouse that tests may kill, if they start them again."""
    with crash_cluster(tmp_path_factory.mktemp("crash")) as running:
        yield running


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    """Where workers come from."""
    with worker_pool(tmp_path_factory.mktemp("workers")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class CountedLog:
    """A topic that is complete, its count by the oracle and that by a worker whom nothing disturbed."""

    topic: LogTopic
    oracle: Oracle
    undisturbed: MeteringRun


@pytest.fixture(scope="session")
def counted_log(cluster: CrashCluster, pool: WorkerPool) -> CountedLog:
    """Some seconds of traffic, about a dozen epochs in each partition."""
    topic = LogTopic(cluster.kafka, "small_log", _SMALL)
    topic.write()
    undisturbed = MeteringRun(cluster, pool, topic, "undisturbed")
    undisturbed.start(FaultPlan())
    undisturbed.finish()
    return CountedLog(topic, topic.oracle(), undisturbed)


NewRun = Callable[[LogTopic], MeteringRun]


@pytest.fixture
def new_run(cluster: CrashCluster, pool: WorkerPool, request: pytest.FixtureRequest) -> Iterator[NewRun]:
    """Makes groups with empty databases; their workers end with the test."""
    name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)
    with ExitStack() as closing:

        def make(topic: LogTopic) -> MeteringRun:
            run = MeteringRun(cluster, pool, topic, name)
            closing.callback(run.drop)
            closing.callback(run.end)
            return run

        yield make


@pytest.fixture
def proxy(cluster: CrashCluster) -> Iterator[FaultProxy]:
    """A proxy before the engine that passes everything until it is told otherwise."""
    with fault_proxy(cluster.clickhouse_port) as running:
        yield running
