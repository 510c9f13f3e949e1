"""A topic in which events come again far behind their first copies, counted by a worker that keeps single events."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from gatemeter.clickhouse.connection import ClickHouseAddress, connect
from tests.support.command_in_process import reports, run
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.log_edges import OneTopic
from tests.support.overlapping_logs import lines, write
from tests.support.waiting import wait_for_number

EPOCH_SIZE = 4
LINES_PER_FRAME = 5
COPIED_LINES = list(dict.fromkeys(line for line in lines()[20:45] if line.startswith(b'{"request"')))


def frames() -> list[bytes]:
    """Messages of several lines: all events, and long behind them a stretch of the first ones again."""
    return [*_framed(lines()), *_framed(COPIED_LINES)]


def _framed(events: Sequence[bytes]) -> list[bytes]:
    return [b"\n".join(events[start : start + LINES_PER_FRAME]) for start in range(0, len(events), LINES_PER_FRAME)]


@dataclass
class CountedTopic:
    """A topic of one partition, and the store that `count` fills from it."""

    topic: OneTopic
    database: str
    directory: Path

    @property
    def log(self) -> tuple[str, ...]:
        return ("--kafka", self.topic.kafka, "--topic", self.topic.name)

    @property
    def store(self) -> tuple[str, ...]:
        return ("--clickhouse", self.database)

    def send(self, values: Sequence[bytes]) -> None:
        producer = Producer({"bootstrap.servers": self.topic.kafka, "linger.ms": 5})
        for value in values:
            producer.produce(self.topic.name, value, partition=0)
        assert producer.flush(30) == 0

    def count(self, offsets: int) -> None:
        """Run a worker until all `offsets` are counted."""
        worker = ("worker", *self.log, "--group", self.topic.name, "--epoch-size", str(EPOCH_SIZE), "--event-ledger")
        fast = ("--flush-interval-s", "0.2", "--commit-interval-s", "0.2")
        log = self.directory / "worker.log"
        with running(*worker, *fast, log=log, env={"GATEMETER_CLICKHOUSE": self.database}):
            wait_for_number(self.reached, offsets, f"{offsets} offsets counted; see {log}", log)

    def reached(self) -> int:
        return int(self.ask("SELECT max(version) FROM epoch_ledger WHERE log_kind = 'kafka'")[0][0])

    def ask(self, query: str) -> Any:
        with closing(connect(ClickHouseAddress.parse(self.database))) as client:
            return client.query(query).result_rows

    def truth(self, empty: Store) -> dict[str, Any]:
        """The reports of a store, empty till now, that is given every event once."""
        run("meter", write(self.directory / "once.log", lines()), *empty.flags)
        return reports(*empty.flags)
