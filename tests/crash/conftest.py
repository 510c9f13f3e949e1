"""One broker and one engine for all crash tests, one log that many of them count, and its undisturbed count."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.crash.crash_cluster import CrashCluster, crash_cluster
from tests.support.crash.crash_worker import WorkerPool
from tests.support.crash.fault_proxy import FaultProxy, fault_proxy
from tests.support.crash.log_input import InputPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.metering_run import MeteringRun
from tests.support.crash.oracle import Oracle
from tests.support.forked_commands import command_pool

_SMALL = InputPlan(events=1_500, seed=11)
_HERE = Path(__file__).parent
_TIMEOUT_S = 900
"""Of a test that has none: the waits end a test on which nothing progresses long before."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep all tests that may kill the cluster on one worker of xdist, so that there is only one cluster."""
    in_parallel = config.pluginmanager.has_plugin("xdist")
    for item in items:
        if not item.path.is_relative_to(_HERE):
            continue
        if in_parallel and "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("crash cluster"))
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_TIMEOUT_S))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashCluster]:
    """Kafka and ClickHouse that tests may kill, if they start them again."""
    with crash_cluster(tmp_path_factory.mktemp("crash")) as running:
        yield running


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> WorkerPool:
    """Starts the workers of all tests."""
    return WorkerPool(command_pool(), tmp_path_factory.mktemp("workers"))


@dataclass(frozen=True, slots=True)
class CountedLog:
    """A complete topic, the oracle's count of it, and the count of a worker without faults."""

    topic: LogTopic
    oracle: Oracle
    undisturbed: MeteringRun


@pytest.fixture(scope="session")
def counted_log(cluster: CrashCluster, pool: WorkerPool) -> CountedLog:
    """1,500 events, about a dozen epochs in each partition."""
    topic = LogTopic(cluster.kafka, "small_log", _SMALL)
    topic.write()
    undisturbed = MeteringRun(cluster, pool, topic, "undisturbed")
    undisturbed.count()
    return CountedLog(topic, topic.oracle(), undisturbed)


NewRun = Callable[[LogTopic], MeteringRun]


@pytest.fixture
def new_run(cluster: CrashCluster, pool: WorkerPool, request: pytest.FixtureRequest) -> Iterator[NewRun]:
    """Makes runs with empty databases; their workers and databases end with the test."""
    name = "".join(character if character.isalnum() else "_" for character in request.node.name)
    with ExitStack() as closing:

        def make(topic: LogTopic) -> MeteringRun:
            run = MeteringRun(cluster, pool, topic, name)
            closing.callback(run.drop)
            closing.callback(run.end)
            return run

        yield make


@pytest.fixture
def proxy(cluster: CrashCluster) -> Iterator[FaultProxy]:
    """A proxy in front of the engine, in mode PASS."""
    with fault_proxy(cluster.clickhouse_port) as running:
        yield running
