"""Kafka and ClickHouse for the candidates that are whole processes, with a new topic and database for each run."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.traffic import PARTITIONS
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.services import StackOptions
from gatemeter.embedded.stack import EmbeddedStack
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.kafka.topics import ensure_topic
from gatemeter.wire.frames import DEFAULT_FORMAT
from gatemeter.wire.topics import TopicSpec
from gatemeter.wiring.servers import prepare_clickhouse, prepare_topics

Message = tuple[int, bytes]
"""A partition and a value."""


@dataclass(slots=True)
class Servers:
    """Addresses of the running servers, and the directory `path` for files of a run."""

    kafka: str
    clickhouse_url: str
    path: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_name(self, prefix: str) -> str:
        """A name for a topic, group or database that has not been used yet."""
        return f"{prefix}_{next(self._numbers)}"

    def new_database(self) -> str:
        """The URL of a new, migrated database."""
        url = urlsplit(self.clickhouse_url)._replace(path=f"/{self.new_name('bench')}").geturl()
        prepare_clickhouse(url)
        return url

    def topic_with(self, message: Message) -> str:
        """A new topic that holds one message."""
        name = self.new_name("bench")
        ensure_topic(self.kafka, TopicSpec(name, partitions=PARTITIONS))
        self.send(name, [message])
        return name

    def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Send `messages` with the producer that the shipper uses; they are stored on return."""
        with closing(KafkaProducer(self.kafka, topic)) as producer:
            for partition, value in messages:
                producer.send(partition, value, DEFAULT_FORMAT)
            producer.flush()


@contextmanager
def running_servers(path: Path) -> Iterator[Servers]:
    """Run the embedded Kafka and ClickHouse with their data under `path`."""
    stack = EmbeddedStack(
        DataDir(path / "stack"), StackOptions(workers=0), migrate=prepare_clickhouse, create_topics=prepare_topics
    )
    with stack:
        yield Servers(stack.addresses.kafka, stack.addresses.clickhouse_url, path)
