"""A consumer group whose workers count one topic into one database, with the faults of their plans."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from tests.support.crash.comparison import differences_between, differences_to
from tests.support.crash.cost_oracle import PRICES
from tests.support.crash.crash_cluster import CrashCluster
from tests.support.crash.crash_worker import CrashWorker, WorkerPool
from tests.support.crash.fault_plan import FaultPlan
from tests.support.crash.log_topic import LogTopic
from tests.support.crash.oracle import Oracle
from tests.support.waiting import wait_for

METERS = Path(__file__).with_name("meters.toml")
SESSION_S = 2.0
"""After which Kafka takes the partitions of a silent worker away."""
_LARGE_FLUSHES = ("--flush-rows", "20000", "--flush-interval-s", "1")
_MOST_NAME_CHARACTERS = 40
_WATCHED_WORKERS = 8
_STORED_OFFSETS = "SELECT partition, max(version) FROM epoch_ledger GROUP BY partition"


class MeteringRun:
    """One group with its database, both named after `name` and new."""

    def __init__(self, cluster: CrashCluster, pool: WorkerPool, topic: LogTopic, name: str) -> None:
        self.topic = topic
        self.group = self.database = f"{name[:_MOST_NAME_CHARACTERS].replace('.', '_')}_{secrets.token_hex(4)}"
        self.workers: list[CrashWorker] = []
        self._cluster = cluster
        self._pool = pool
        self._watching: Client | None = None
        """Waits ask many times a second."""
        self._agreement: tuple[Oracle, bool] | None = None
        cluster.make_database(self.database)

    @property
    def url(self) -> str:
        """The URL of the database, at the engine itself."""
        return self._cluster.database_url(self.database)

    def client(self) -> Client:
        """A client of the database, to be closed by the caller."""
        return connect(ClickHouseAddress.parse(self.url))

    def start(
        self, fault_plan: FaultPlan | None = None, *, port: int | None = None, flags: Sequence[str] = ()
    ) -> CrashWorker:
        """Start one more worker, which reaches ClickHouse through `port` if given; `flags` override the usual ones."""
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
            "--flush-rows": 1_000,
            "--prices": PRICES,
            "--meters": METERS,
        }
        return ["--event-ledger", *(str(part) for pair in values.items() for part in pair)]

    def stored_offsets(self) -> list[int]:
        """By partition, the offset up to which everything is stored."""
        if self._watching is None:
            self._watching = self.client()
        rows = self._watching.query(_STORED_OFFSETS).result_rows
        versions = {int(partition): int(version) for partition, version in rows}
        return [versions.get(partition, 0) for partition in range(len(self.topic.sizes))]

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Return once `condition` holds; fail when nothing more is stored.

        Workers that start, get partitions or end are only signs of life (`tests.support.waiting.wait_for`).
        """
        logs = ", ".join(str(worker.log) for worker in self.workers[-3:])
        wait_for(condition, f"{what}; see {logs}", self.stored_offsets, self._signs_of_life)

    def _signs_of_life(self) -> list[tuple[int | None, int]]:
        return [(worker.exit_code, worker.assignments()) for worker in self.workers[-_WATCHED_WORKERS:]]

    def wait_for_end(self, worker: CrashWorker) -> int:
        """The exit code of a worker, once it has ended."""
        self.wait_until(lambda: worker.exit_code is not None, "the worker ends")
        return worker.exit_code or 0

    def wait_until_drained(self) -> None:
        """Return once everything written so far is stored."""
        self.topic.flush()
        sizes = self.topic.sizes
        self.wait_until(lambda: self.stored_offsets() == sizes, f"all is stored up to {sizes}")

    def end(self) -> None:
        """End all workers, also frozen ones."""
        for worker in self.workers:
            worker.end()
        if self._watching is not None:
            self._watching.close()
            self._watching = None

    def count(self) -> None:
        """Count everything written so far, with one worker to which nothing happens and which writes large flushes."""
        self.start(flags=_LARGE_FLUSHES)
        self.finish()

    def finish(self) -> None:
        """`wait_until_drained`, then `end`."""
        self.wait_until_drained()
        self.end()

    def drop(self) -> None:
        """Delete the database; its workers have ended."""
        with closing(self.client()) as client:
            client.command(f"DROP DATABASE `{self.database}`")

    def differences(self, undisturbed: "MeteringRun", oracle: Oracle) -> list[str]:
        """What is wrong, in words, compared row for row with a run without faults, and with the oracle.

        A run whose rows are those of one that agrees with the oracle agrees with it as well.
        """
        with closing(self.client()) as client:
            found = differences_between(client, self.database, undisturbed.database)
            if found or not undisturbed.agrees_with(oracle):
                found = [*differences_to(client, self.database, oracle), *found]
        return found

    def agrees_with(self, oracle: Oracle) -> bool:
        """Whether the tables hold what `oracle` counted; asked once, for a run that has finished."""
        if self._agreement is None or self._agreement[0] is not oracle:
            with closing(self.client()) as client:
                self._agreement = oracle, differences_to(client, self.database, oracle) == []
        return self._agreement[1]
