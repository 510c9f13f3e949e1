"""A consumer group that counts a topic into a database of its own, by workers that may suffer, and what came of it."""

import secrets
from collections.abc import Sequence
from contextlib import closing

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.wiring.pipeline import prepare_clickhouse
from tests.support.crash.comparison import differences_between, differences_to
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.crash_worker import CrashWorker, WorkerPool
from tests.support.crash.faults import FaultPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.oracle import Oracle
from tests.support.processes import wait_until

SESSION_S = 2.0
_NAME_LETTERS = 40
_READ = "SELECT partition, max(version) FROM epoch_ledger GROUP BY partition"


class MeteringRun:
    """One group with its database; `name` is only for people."""

    def __init__(self, cluster: CrashCluster, pool: WorkerPool, topic: LogTopic, name: str) -> None:
        self.topic = topic
        self.group = self.database = f"{name[:_NAME_LETTERS].replace('.', '_')}_{secrets.token_hex(4)}"
        self.workers: list[CrashWorker] = []
        self._cluster = cluster
        self._pool = pool
        prepare_clickhouse(self.url)

    @property
    def url(self) -> str:
        """The database's, at the engine itself."""
        return self._cluster.database_url(self.database)

    def client(self) -> Client:
        """A client of the database, to be closed by the caller."""
        return connect(ClickHouseAddress.parse(self.url))

    def start(
        self, fault_plan: FaultPlan | None = None, *, port: int | None = None, flags: Sequence[str] = ()
    ) -> CrashWorker:
        """One more worker, which reaches ClickHouse at `port` if one is given; `flags` come last."""
        worker = self._pool.start([*self._flags(port), *flags], fault_plan)
        self.workers.append(worker)
        return worker

    def _flags(self, port: int | None) -> list[str]:
        values = {
            "--kafka": self.topic.kafka,
            "--clickhouse": self._cluster.database_url(self.database, port),
            "--topic": self.topic.name,
            "--group": self.group,
            "--epoch-size": self.topic.plan.epoch_size,
            "--session-timeout-s": SESSION_S,
            "--flush-interval-s": 0.2,
            "--commit-interval-s": 0.2,
            "--flush-rows": 400,
        }
        return ["--event-ledger", *(str(part) for pair in values.items() for part in pair)]

    def progress(self) -> list[int]:
        """By partition, up to which offset everything is stored."""
        with closing(self.client()) as client:
            versions = {int(partition): int(version) for partition, version in client.query(_READ).result_rows}
        return [versions.get(partition, 0) for partition in range(len(self.topic.sizes))]

    def wait_until_drained(self, timeout_s: float = 90.0) -> None:
        """Until everything written so far is stored."""
        self.topic.flush()
        logs = ", ".join(str(worker.log) for worker in self.workers[-3:])
        wait_until(
            lambda: self.progress() == self.topic.sizes, f"all is stored of {self.topic.sizes}; see {logs}", timeout_s
        )

    def end(self) -> None:
        """All workers end, frozen ones after they woke up."""
        for worker in self.workers:
            worker.end()

    def finish(self, timeout_s: float = 90.0) -> None:
        """`wait_until_drained`, then `end`."""
        self.wait_until_drained(timeout_s)
        self.end()

    def drop(self) -> None:
        """Delete the database; its workers have ended."""
        with closing(self.client()) as client:
            client.command(f"DROP DATABASE `{self.database}`")

    def differences(self, undisturbed: "MeteringRun", oracle: Oracle) -> list[str]:
        """What is wrong, in words: held against the oracle, and row for row against the run that nothing befell."""
        with closing(self.client()) as client:
            return [
                *differences_to(client, self.database, oracle),
                *differences_between(client, self.database, undisturbed.database),
            ]
