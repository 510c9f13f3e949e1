"""Processes are killed in mid-stream, and the bill is the same."""

import json
import os
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition

from gatemeter.wire.topics import ACCESS_LOG_TOPIC, TopicSpec
from tests.support.gatemeter_command import COMMAND, assert_truth, reports, run, running
from tests.support.processes import wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

EVENTS = 60_000
PARTS = 6
SEED = 5
WORKER, BROKER, ENGINE = "worker", "kafka.Kafka", "gatemeter.embedded.clickhouse"
GUARD = "gatemeter.embedded.guard"
# Some epochs are closed and committed then, so that a restart has to warm up; each spans the generator's copies.
SMALL_EPOCHS = {"GATEMETER_EPOCH_SIZE": "32"}
VICTIMS = [WORKER, BROKER, WORKER, ENGINE, BROKER, WORKER]


class Stack:
    """A running `gatemeter up`."""

    def __init__(self, data: Path, process_id: int, output: Path) -> None:
        self.data = data
        self._process = psutil.Process(process_id)
        self._output = output

    @property
    def kafka(self) -> str:
        """`HOST:PORT`, once it is printed."""
        wait_until(lambda: "Ready" in self._output.read_text(), f"up; see {self._output}", timeout_s=90)
        line = next(line for line in self._output.read_text().splitlines() if line.startswith("Kafka: "))
        return line.removeprefix("Kafka: ")

    def pids(self, word: str) -> list[int]:
        """The processes below that have `word` as an argument, their guards left out."""
        found = []
        for child in self._process.children(recursive=True):
            try:
                arguments = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if word in arguments and GUARD not in arguments:
                found.append(child.pid)
        return found

    def wait_for(self, word: str) -> list[int]:
        """As `pids`, once there are any."""
        wait_until(lambda: self.pids(word), f"a process with {word}")
        return self.pids(word)

    def counted(self) -> int:
        """Requests counted so far; 0 while the store cannot be asked."""
        done = subprocess.run([*COMMAND, "report", "license", "--data", self.data], capture_output=True, text=True)
        return int(json.loads(done.stdout)["counters"]["total_requests"]) if done.returncode == 0 else 0


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    output = tmp_path / "up.log"
    with running("up", "--data", tmp_path / "data", log=output, env=SMALL_EPOCHS) as process:
        yield Stack(tmp_path / "data", process.pid, output)


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A month cut into files, so that there is a middle to kill in."""
    run("generate", "--out", tmp_path / "access.log", "--events", str(EVENTS), "--seed", str(SEED))
    lines = (tmp_path / "access.log").read_bytes().splitlines(keepends=True)
    size = -(-len(lines) // PARTS)
    files = []
    for number in range(PARTS):
        files.append(tmp_path / f"part-{number}.log")
        files[-1].write_bytes(b"".join(lines[number * size : (number + 1) * size]))
    return files


def answers(kafka: str) -> bool:
    """Whether the broker can be reached."""
    return subprocess.run([*COMMAND, "topics", "list", "--kafka", kafka], capture_output=True).returncode == 0


def truth_of(parts: list[Path]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(parts[0].with_name("access.log.truth.json").read_text(encoding="utf-8"))
    return document


@pytest.mark.timeout(400)
def test_killing_any_part_changes_no_number(stack: Stack, parts: list[Path]) -> None:
    chance = random.Random(SEED)
    kafka = stack.kafka
    truth = truth_of(parts)
    for number, part in enumerate(parts):
        wait_until(lambda: answers(kafka), "the broker is back", timeout_s=90)
        victim = VICTIMS[number]
        with running("ship", part, "--kafka", kafka, log=stack.data / "ship.log") as shipper:
            if victim == BROKER:
                assert shipper.wait() == 0  # that a shipper outlives its broker is tested where it is at home
            os.kill(chance.choice(stack.wait_for(victim)), signal.SIGKILL)
            assert shipper.wait() == 0
    wait_until(lambda: stack.counted() == truth["counted"], "everything counted", timeout_s=180)
    wait_until(lambda: committed(kafka) > 0, "something is committed", timeout_s=30)
    assert_truth(reports("--data", stack.data), truth)


def committed(kafka: str) -> int:
    """The highest committed offset of the workers' group."""
    with closing(Consumer({"bootstrap.servers": kafka, "group.id": "gatemeter"})) as consumer:
        partitions = [TopicPartition(ACCESS_LOG_TOPIC, number) for number in range(TopicSpec().partitions)]
        return max(int(partition.offset) for partition in consumer.committed(partitions, timeout=30))


def test_the_whole_stack_killed_goes_on_where_it_was(tmp_path: Path, parts: list[Path]) -> None:
    data, output = tmp_path / "data", tmp_path / "up.log"
    with running("up", "--data", data, log=output) as process:
        first = Stack(data, process.pid, output)
        for part in parts[:3]:
            run("ship", part, "--kafka", first.kafka)
        wait_until(lambda: first.counted() > 0, "some events counted", timeout_s=60)
        process.kill()
        process.wait()
    output.write_text("")
    with running("up", "--data", data, log=output) as process:
        second = Stack(data, process.pid, output)
        for part in parts[3:]:
            run("ship", part, "--kafka", second.kafka)
        truth = truth_of(parts)
        wait_until(lambda: second.counted() == truth["counted"], "everything counted", timeout_s=120)
        assert_truth(reports("--data", data), truth)
