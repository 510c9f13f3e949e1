"""A topic of one partition and a worker with small epochs, for the tests of what a log can do."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from gatemeter.errors import ExitCode
from gatemeter.sources.kafka import KafkaLogReader
from tests.support.command_in_process import invoked, read
from tests.support.databases import Store
from tests.support.forked_commands import running
from tests.support.gatemeter_command import run
from tests.support.kong_events import request_line
from tests.support.waiting import size_of, wait_for, wait_for_number

EPOCH_SIZE = 10
_TIMEOUT_S = 30
_COORDINATOR_STARTS = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}


@dataclass
class OneTopic:
    """Talks to the brokers past gatemeter; every message is one event of its own."""

    kafka: str
    name: str

    def __post_init__(self) -> None:
        self._admin = AdminClient({"bootstrap.servers": self.kafka})

    def create(self, partitions: int = 1, config: Mapping[str, str] | None = None) -> None:
        topic = NewTopic(self.name, num_partitions=partitions, replication_factor=1, config=dict(config or {}))
        self._admin.create_topics([topic])[self.name].result(_TIMEOUT_S)

    def delete(self) -> None:
        self._admin.delete_topics([self.name])[self.name].result(_TIMEOUT_S)
        wait_for(lambda: self.name not in self._admin.list_topics(timeout=_TIMEOUT_S).topics, "the topic is gone")

    def add_partitions(self, total: int) -> None:
        self._admin.create_partitions([NewPartitions(self.name, total)])[self.name].result(_TIMEOUT_S)
        wait_for(
            lambda: len(self._admin.list_topics(self.name, timeout=_TIMEOUT_S).topics[self.name].partitions) == total,
            "the partitions are there",
        )

    def delete_before(self, offset: int) -> None:
        """What retention does."""
        place = TopicPartition(self.name, 0, offset)
        next(iter(self._admin.delete_records([place]).values())).result(_TIMEOUT_S)

    def send(self, numbers: Iterable[int], partition: int = 0, keys: int | None = None, **config: Any) -> None:
        """One event for each number; with `keys` it has one of so many keys."""
        producer = Producer({"bootstrap.servers": self.kafka, "linger.ms": 5, **config})
        for number in numbers:
            key = None if keys is None else str(number % keys)
            producer.produce(self.name, request_line(f"e{number}"), partition=partition, key=key)
        assert producer.flush(_TIMEOUT_S) == 0

    def held(self) -> int:
        """How many messages the log still holds."""
        reader = KafkaLogReader(self.kafka, self.name, self.topic_id(), EPOCH_SIZE)
        return sum(len(chunk.offsets) for chunk in reader.chunks(0, reader.ranges()[0]))

    def transact(self, *transactions: Iterable[int], commit: bool) -> None:
        """One event for each number."""
        producer = Producer({"bootstrap.servers": self.kafka, "transactional.id": f"{self.name}-tx"})
        producer.init_transactions(_TIMEOUT_S)
        for numbers in transactions:
            producer.begin_transaction()
            for number in numbers:
                producer.produce(self.name, request_line(f"e{number}"), partition=0)
            producer.flush(_TIMEOUT_S)
            if commit:
                producer.commit_transaction(_TIMEOUT_S)
            else:
                producer.abort_transaction(_TIMEOUT_S)

    def commits(self, group: str) -> dict[int, int]:
        """The group's offset by partition; none while the broker is only getting to know its groups."""
        partitions = self._admin.list_topics(self.name, timeout=_TIMEOUT_S).topics[self.name].partitions
        asked = [TopicPartition(self.name, number) for number in partitions]
        # Not by the AdminClient: it ends the process when the broker answers that it does not coordinate the group yet.
        with closing(Consumer({"bootstrap.servers": self.kafka, "group.id": group})) as consumer:
            try:
                found = consumer.committed(asked, timeout=_TIMEOUT_S)
            except KafkaException as error:
                if error.args[0].code() in _COORDINATOR_STARTS:
                    return {}
                raise
        return {place.partition: place.offset for place in found if place.offset >= 0}

    def topic_id(self) -> str:
        described = self._admin.describe_topics(TopicCollection([self.name]))[self.name].result(_TIMEOUT_S)
        return str(described.topic_id)


@dataclass
class OneWorker:
    """Counts the topic into `database`; its log is in `log`."""

    topic: OneTopic
    database: str
    group: str
    log: Path

    @contextmanager
    def running(self, *flags: str) -> Iterator[Any]:
        with running(*self._arguments(flags), log=self.log, env={"GATEMETER_CLICKHOUSE": self.database}) as process:
            yield process

    def count(self, total: int, *flags: str) -> None:
        """Run until `total` events are stored, then stop in order."""
        with self.running(*flags):
            self.wait_for(total)

    def refused(self, code: int, *flags: str) -> str:
        """Run until it ends by itself; what it said."""
        return run(*self._arguments(flags), "--clickhouse", self.database, expect=code).stderr

    def wait_for(self, total: int) -> None:
        wait_for_number(self.counted, total, f"{total} events are stored; see {self.log}", self.log)

    def counted(self) -> int:
        return int(self.ask("SELECT toInt64(sum(requests)) FROM api_usage")[0][0])

    def wait_for_commits(self) -> None:
        """Wait until the group has committed where it begins."""
        commits = partial(self.topic.commits, self.group)
        wait_for(commits, "the beginning is committed", signs_of_life=lambda: size_of(self.log))

    def next_offset(self) -> int:
        """The end of the last stored segment; 0 while nothing is stored."""
        return max((next_offset for _, next_offset, _ in self.ledger()), default=0)

    def ledger(self, partition: int = 0) -> list[tuple[int, int, int]]:
        """First offset, next offset and counted events of each stored segment, whatever id the topic had then."""
        return [
            tuple(map(int, row))  # type: ignore[misc]
            for row in self.ask(
                "SELECT epoch_first_offset, version, counted FROM epoch_ledger FINAL "
                f"WHERE partition = {partition} ORDER BY log, epoch_first_offset"
            )
        ]

    def verified(self) -> Any:
        """What `verify --deep` says of the topic and the database."""
        return read(
            "verify", "--clickhouse", self.database, "--deep", "--kafka", self.topic.kafka, "--topic", self.topic.name
        )

    def findings(self) -> list[dict[str, Any]]:
        """The differences that `verify --deep` finds."""
        topic = ("--deep", "--kafka", self.topic.kafka, "--topic", self.topic.name)
        said = invoked("verify", "--clickhouse", self.database, *topic, "--json")
        assert said.exit_code == ExitCode.DIFFERENCE, (said.output, said.exception)
        return list(json.loads(said.stdout)["findings"])

    def ask(self, query: str) -> Any:
        with Store(self.database).client() as client:
            return client.query(query).result_rows

    def _arguments(self, flags: Iterable[str]) -> list[str]:
        fast = ["--flush-interval-s", "0.2", "--commit-interval-s", "0.2", "--session-timeout-s", "6"]
        epochs = [] if "--epoch-size" in flags else ["--epoch-size", str(EPOCH_SIZE)]
        return [
            "worker", "--kafka", self.topic.kafka, "--topic", self.topic.name, "--group", self.group,
            "--kind", "single-events", *epochs, *fast, *flags,
        ]  # fmt: skip
