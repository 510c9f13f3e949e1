"""A `gatemeter collect` as a process, and what it has put into its topic."""

import json
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from gatemeter.embedded.ports import LOOPBACK
from tests.support.forked_commands import ForkedCommand, running
from tests.support.http_answers import get
from tests.support.servers import free_port
from tests.support.waiting import wait_for

_ANSWER_S = 30.0


@dataclass
class RunningCollector:
    """Its process and address."""

    process: ForkedCommand
    url: str

    def is_alive(self) -> bool:
        return is_alive(self.url)


def is_alive(url: str) -> bool:
    try:
        return get(url, "/healthz")[0] == 200
    except OSError:
        return False


@contextmanager
def collector(
    kafka: str, topic: str, directory: Path, *options: str, port: int | None = None
) -> Iterator[RunningCollector]:
    """A collector that answers, for a block."""
    port = port or free_port()
    arguments = ("collect", "--kafka", kafka, "--topic", topic, "--port", str(port), *options)
    log = directory / "collector.log"
    with running(*arguments, log=log) as process:
        found = RunningCollector(process, f"http://{LOOPBACK}:{port}")
        wait_for(lambda: found.is_alive() or process.poll() is not None, f"the collector; see {log}")
        assert process.poll() is None, log.read_text()
        yield found


class Stored(NamedTuple):
    """A line of the topic: its partition, and the headers of its message."""

    partition: int
    line: bytes
    headers: dict[str, bytes]

    @property
    def request_id(self) -> str:
        """The id of the request, of an event of Kong."""
        return str(json.loads(self.line)["request"]["id"])


def stored_lines(kafka: str, topic: str, partitions: int) -> list[Stored]:
    """All lines of a topic, up to the ends that it had at the beginning."""
    settings = {"bootstrap.servers": kafka, "group.id": str(uuid.uuid4()), "enable.auto.commit": False, "log_level": 0}
    found: list[Stored] = []
    with closing(Consumer(settings)) as consumer:
        for partition in range(partitions):
            low, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_ANSWER_S)
            consumer.assign([TopicPartition(topic, partition, low)])
            while low < end:
                message = consumer.poll(_ANSWER_S)
                assert message is not None
                low = message.offset() + 1
                headers = dict(message.headers() or [])
                found += [Stored(partition, line, headers) for line in message.value().split(b"\n")]
    return found
