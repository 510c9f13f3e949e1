"""A Kafka broker that allows short sessions and a ClickHouse engine; both can be killed and started again."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.embedded.child_process import ChildProcess, ChildSpec
from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.kafka import EmbeddedKafka, KafkaReadiness
from gatemeter.migrations.runner import LONGEST_DAYS, Retention, keep
from gatemeter.wiring.servers import prepare_clickhouse
from tests.support.copied_schema import CopiedSchema
from tests.support.processes import children_of
from tests.support.servers import free_port
from tests.support.waiting import wait_for

_READY_S = 120.0
_SHORTEST_SESSION_MS = 500
_BROKER_SESSION_MS = 3000
_MIGRATED = "migrated_for_copies"


class QuickSessionKafka(EmbeddedKafka):
    """Kafka that lets a member of a group choose a session of half a second; its own minimum is six.

    After a kill it answers as soon as its own session with its controller, which survives in the log, has expired.
    """

    def _settings(self) -> dict[str, Any]:
        return {
            **super()._settings(),
            "group.min.session.timeout.ms": _SHORTEST_SESSION_MS,
            "broker.session.timeout.ms": _BROKER_SESSION_MS,
            "broker.heartbeat.interval.ms": _BROKER_SESSION_MS // 6,
        }


class Server:
    """A child process that is started again after a kill."""

    def __init__(self, spec: ChildSpec, is_ready: Any) -> None:
        self._spec = spec
        self._is_ready = is_ready
        self._child = ChildProcess(spec)

    def wait_until_ready(self) -> None:
        self._child.wait_until_ready(self._is_ready, _READY_S)

    def kill(self) -> None:
        """SIGKILL to the server itself."""
        for pid in children_of(self._child.guard_pid):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: self._child.exit_code() is not None, f"{self._spec.name} is dead")
        self._child.stop()

    @contextmanager
    def slowed(self, period_s: float = 0.5, share: float = 0.7) -> Iterator[list[float]]:
        """Stop the server for `share` of each period of a block; yields when it was stopped (monotonic seconds)."""
        (pid,) = children_of(self._child.guard_pid)
        done, halts_s = threading.Event(), list[float]()

        def pulse() -> None:
            while not done.wait(period_s * (1 - share)):
                os.kill(pid, signal.SIGSTOP)
                halts_s.append(time.monotonic())
                done.wait(period_s * share)
                os.kill(pid, signal.SIGCONT)

        thread = threading.Thread(target=pulse)
        thread.start()
        try:
            yield halts_s
        finally:
            done.set()
            thread.join()

    def start(self) -> None:
        """Start it again after a kill, without waiting for it."""
        self._child = ChildProcess(self._spec)

    def stop(self) -> None:
        self._child.stop()


class CrashCluster:
    """Both servers and their addresses."""

    def __init__(self, kafka: EmbeddedKafka, clickhouse: EmbeddedClickHouse) -> None:
        self.kafka = kafka.address
        self.clickhouse_port = clickhouse.port
        self._clickhouse_url = clickhouse.url
        self.broker = Server(kafka.prepare(), KafkaReadiness(kafka.address))
        self.engine = Server(clickhouse.prepare(), clickhouse.is_ready)
        self._migrating = threading.Lock()
        self._schema: CopiedSchema | None = None

    def make_database(self, name: str) -> None:
        """An empty database with all tables. Safe to call from several threads."""
        with self._migrating:
            self._schema = schema = self._schema or self._migrated()
        with closing(connect(ClickHouseAddress.parse(self.database_url(_MIGRATED)))) as client:
            schema.create(client, name)

    def _migrated(self) -> CopiedSchema:
        url = self.database_url(_MIGRATED)
        prepare_clickhouse(url)
        with closing(connect(ClickHouseAddress.parse(url))) as client:
            keep(client, Retention.MINUTES, LONGEST_DAYS)  # the events are of a fixed time
            return CopiedSchema.of(client, _MIGRATED)

    def database_url(self, database: str, port: int | None = None) -> str:
        """The URL of a database, behind a proxy's `port` if one is given."""
        parts = urlsplit(self._clickhouse_url)
        address = parts.netloc if port is None else f"{parts.netloc.rpartition(':')[0]}:{port}"
        return parts._replace(netloc=address, path=f"/{database}").geturl()


@contextmanager
def crash_cluster(path: Path) -> Iterator[CrashCluster]:
    """A cluster for a block, with its data under `path`."""
    data = DataDir(path)
    with data.hold(), ExitStack() as closing:
        kafka = QuickSessionKafka(data.kafka_path, data.logs_path / "kafka.log", free_port(), free_port())
        password = secrets.token_urlsafe()
        log = data.logs_path / "clickhouse.log"
        cluster = CrashCluster(kafka, EmbeddedClickHouse(data.clickhouse_path, log, free_port(), password))
        closing.callback(cluster.engine.stop)
        closing.callback(cluster.broker.stop)
        cluster.engine.wait_until_ready()
        cluster.broker.wait_until_ready()
        yield cluster
