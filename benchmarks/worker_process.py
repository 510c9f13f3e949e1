"""The real worker, end to end: a process of its own, from a Kafka topic to ClickHouse over HTTP."""

import sys
from contextlib import closing

from benchmarks.catching_up import catch_up
from benchmarks.contestants import Run
from benchmarks.measured_child import running_child
from benchmarks.traffic import FramedTraffic
from benchmarks.workshop import Workshop
from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from gatemeter.embedded.stack import CLICKHOUSE_VARIABLE

_CONSUMED = "SELECT sum(consumed) FROM epoch_ledger FINAL"
_SESSION_TIMEOUT_S = 60


class WorkerProcess:
    """`gatemeter worker`, until its ledger holds every event of the frames."""

    def __init__(self, name: str, traffic: FramedTraffic, workshop: Workshop) -> None:
        self.name = name
        self._workshop = workshop
        self._event_count = traffic.event_count
        self._first_event = (0, traffic.first_lines(1)[0])
        self._frames = traffic.messages

    def run(self) -> Run:
        """See `Contestant`."""
        workshop = self._workshop
        topic, url = workshop.topic_with(self._first_event), workshop.new_database()
        child = running_child(self._command(topic), workshop.path / "worker.log", {CLICKHOUSE_VARIABLE: url})
        with closing(connect(ClickHouseAddress.parse(url))) as client, child as worker:

            def is_counted(event_count: int) -> bool:
                return bool(client.query(_CONSUMED).result_rows[0][0] == event_count)

            return catch_up(worker, workshop, topic, self._frames, self._event_count, is_counted)

    def _command(self, topic: str) -> list[str]:
        options = {
            "--kafka": self._workshop.kafka,
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
