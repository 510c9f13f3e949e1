"""`ship --follow` is killed while a log is written and rotated: every line arrives, and copies are known for copies."""

import gzip
import signal
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from gatemeter.kafka.topics import ensure_topic
from gatemeter.logfiles.fingerprint import Resemblance
from gatemeter.shipping.checkpoint import Checkpoint
from gatemeter.wire.source_positions import POSITIONS_HEADER, SourcePosition, decode_positions
from gatemeter.wire.topics import TopicSpec
from tests.support.command_in_process import read
from tests.support.forked_commands import running
from tests.support.waiting import wait_for

pytestmark = pytest.mark.kafka

PARTITIONS = 2
LINE = '10.0.0.{} - - [03/Feb/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'
LINES_IN_ROUND = 300


class Topic:
    """A new topic, and what has arrived in it."""

    def __init__(self, kafka: str) -> None:
        self.kafka = kafka
        self.name = f"follow-{uuid.uuid4()}"
        self._arrived: list[tuple[SourcePosition, str]] = []
        ensure_topic(kafka, TopicSpec(self.name, partitions=PARTITIONS))
        self._consumer = Consumer({"bootstrap.servers": kafka, "group.id": self.name, "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(self.name, number, 0) for number in range(PARTITIONS)])

    def close(self) -> None:
        self._consumer.close()

    def arrived(self) -> list[tuple[SourcePosition, str]]:
        """Every line so far, copies too, with where it came from."""
        for message in self._consumer.consume(10_000, timeout=0.2):
            positions = decode_positions(dict(message.headers())[POSITIONS_HEADER].decode())
            self._arrived += zip(positions, message.value().decode().split("\n"), strict=True)
        return self._arrived

    def counted(self) -> Counter[str]:
        """What a worker would count: of each place the line once."""
        return Counter(line for _, line in set(self.arrived()))


@pytest.fixture
def topic(kafka_address: str) -> Iterator[Topic]:
    with closing(Topic(kafka_address)) as topic:
        yield topic


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "access.log"
    path.parent.mkdir()
    return path


def arguments(log: Path, topic: Topic) -> list[str | Path]:
    target = ["--kafka", topic.kafka, "--topic", topic.name, "--format", "nginx-combined"]
    return ["ship", "--follow", log, "--whole", "--checkpoint", log.parent / "ship.json", *target]


def begin(log: Path, number: int) -> Counter[str]:
    """Each file begins in its own way, as files with times do."""
    with log.open("a") as file:
        file.write(f"{number}\n")
    return Counter([str(number)])


def write(log: Path, first: int) -> Counter[str]:
    """Write lines of which many read alike; what is sent of them whole."""
    lines = [LINE.format(number % 7) for number in range(first, first + LINES_IN_ROUND)]
    with log.open("a") as file:
        file.writelines(lines)
    return Counter(line.rstrip("\n") for line in lines)


def rotate(log: Path, number: int) -> None:
    """As logrotate does: by renaming, with compression, or by copying and truncating."""
    if number % 3 == 0:
        log.rename(log.with_name(f"access.log.{number}"))
    elif number % 3 == 1:
        log.with_name(f"access.log.{number}.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
    else:
        log.with_name(f"access.log.{number}").write_bytes(log.read_bytes())
        log.write_bytes(b"")


def is_known(log: Path) -> bool:
    """Whether the checkpoint has the file that lies at `log`."""
    content = log.read_bytes()
    positions = Checkpoint(log.parent / "ship.json").load()
    known = (each.fingerprint.resemblance(lambda size, at: content[at:][:size], len(content)) for each in positions)
    return Resemblance.SAME in known


@pytest.mark.timeout(300)
def test_kills_and_rotations_lose_and_double_no_line(topic: Topic, log: Path, tmp_path: Path) -> None:
    written: Counter[str] = Counter()
    for number in range(6):
        written += begin(log, number)
        with running(*arguments(log, topic), log=tmp_path / "ship.out") as process:
            written += write(log, number)
            if number % 2 == 0:
                wait_for(lambda: is_known(log), "the file is followed")
            written += write(log, number + 3)
            process.send_signal(signal.SIGKILL)
            process.wait()
        rotate(log, number)
        written += begin(log, number + 10) + write(log, number)  # a file that nobody sees under its own name
        rotate(log, number + 10)
    with running(*arguments(log, topic), log=tmp_path / "ship.out") as process:
        wait_for(lambda: topic.counted() == written, "all lines arrive", lambda: len(topic.arrived()))
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert topic.counted() == written


def test_an_orderly_end_saves_all_that_was_shipped(topic: Topic, log: Path, tmp_path: Path) -> None:
    written = write(log, 0)
    with running(*arguments(log, topic), log=tmp_path / "ship.out") as process:
        wait_for(lambda: topic.counted() == written, "all lines arrive")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    statuses = read("ship-status", log.parent / "ship.json")
    assert [(each["lines"], each["bytes_behind"]) for each in statuses] == [(LINES_IN_ROUND, 0)]
    assert len(topic.arrived()) == LINES_IN_ROUND
