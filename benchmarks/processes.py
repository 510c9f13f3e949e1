"""Candidates that are whole processes: the real worker, and a plain Faust agent on the same broker."""

import sys
from contextlib import closing

from benchmarks.measured_child import catch_up, running_child
from benchmarks.measuring import Run
from benchmarks.servers import Servers
from benchmarks.traffic import PARTITIONS, FramedTraffic
from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.embedded.stack import CLICKHOUSE_VARIABLE

_CONSUMED = "SELECT sum(consumed) FROM epoch_ledger FINAL"
_SESSION_TIMEOUT_S = 60


class WorkerProcess:
    """`gatemeter worker` from a Kafka topic to ClickHouse over HTTP, until its ledger holds every event."""

    def __init__(self, name: str, traffic: FramedTraffic, servers: Servers) -> None:
        self.name = name
        self._servers = servers
        self._event_count = traffic.event_count
        self._first_event = (0, traffic.first_lines(1)[0])
        self._frames = traffic.messages

    def run(self) -> Run:
        """See `Candidate`."""
        servers = self._servers
        topic, url = servers.topic_with(self._first_event), servers.new_database()
        child = running_child(self._command(topic), servers.path / "worker.log", {CLICKHOUSE_VARIABLE: url})
        with closing(connect(ClickHouseAddress.parse(url))) as client, child as worker:

            def is_counted(event_count: int) -> bool:
                return bool(client.query(_CONSUMED).result_rows[0][0] == event_count)

            return catch_up(worker, servers, topic, self._frames, self._event_count, is_counted)

    def _command(self, topic: str) -> list[str]:
        options = {
            "--kafka": self._servers.kafka,
            "--topic": topic,
            "--group": topic,
            "--session-timeout-s": str(_SESSION_TIMEOUT_S),
        }
        return [
            sys.executable,
            "-m",
            "gatemeter",
            "worker",
            *(text for pair in options.items() for text in pair),
        ]


class PlainFaust:
    """`plain_faust_agent`, with one event a message."""

    def __init__(self, name: str, traffic: FramedTraffic, event_count: int, servers: Servers) -> None:
        lines = traffic.first_lines(event_count)
        self.name = name
        self._servers = servers
        self._event_count = len(lines)
        self._messages = [(number % PARTITIONS, line) for number, line in enumerate(lines)]

    def run(self) -> Run:
        """See `Candidate`."""
        servers = self._servers
        topic = servers.topic_with(self._messages[0])
        count_path = servers.path / f"{topic}.counted"
        command = [sys.executable, "-m", "benchmarks.plain_faust_agent", "--kafka", servers.kafka]
        command += ["--topic", topic, "--count-file", str(count_path)]

        def is_counted(event_count: int) -> bool:
            return count_path.exists() and count_path.read_text() == str(event_count)

        with running_child(command, servers.path / "plain-faust.log") as agent:
            return catch_up(agent, servers, topic, self._messages, self._event_count, is_counted)
