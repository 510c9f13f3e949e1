"""Any process of `gatemeter up` is killed in mid-stream, and the bill stays the same."""

import json
import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition

from gatemeter.kafka.client import connection_settings
from gatemeter.wire.topics import ACCESS_LOG_TOPIC, TopicSpec
from tests.support.command_in_process import reports
from tests.support.gatemeter_command import COMMAND, run, running
from tests.support.truth import assert_truth
from tests.support.waiting import size_of, wait_for

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.long(reason="starts whole stacks; the random kills of `make test` kill the same processes"),
]

EVENTS = 60_000
FILES = 6
SEED = 5
WORKER, BROKER, ENGINE = "worker", "kafka.Kafka", "gatemeter.embedded.clickhouse_process"
GUARD = "gatemeter.embedded.guard"
# So small that some epochs are closed and committed and a restart has to warm up; each spans the generator's copies.
SMALL_EPOCHS = {"GATEMETER_EPOCH_SIZE": "16"}
VICTIMS = [WORKER, BROKER, WORKER, ENGINE, BROKER, WORKER]


class Stack:
    """A running `gatemeter up` with its data and its output."""

    def __init__(self, data: Path, process_id: int, output: Path) -> None:
        self.data = data
        self._process = psutil.Process(process_id)
        self._output = output

    @property
    def kafka(self) -> str:
        """`HOST:PORT`, once it is printed."""
        self._wait_until(lambda: "Ready" in self._output.read_text(), "it is up", lambda: None)
        line = next(line for line in self._output.read_text().splitlines() if line.startswith("Kafka: "))
        return line.removeprefix("Kafka: ")

    def pids(self, word: str) -> list[int]:
        """The processes of the stack that have `word` as an argument, without their guards."""
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
        """The same as `pids`, once there are any."""
        self._wait_until(lambda: self.pids(word), f"a process with {word}", lambda: None)
        return self.pids(word)

    def counted(self) -> int:
        """Requests of the license report so far; 0 while the store does not answer."""
        done = subprocess.run([*COMMAND, "report", "license", "--data", self.data], capture_output=True, text=True)
        return int(json.loads(done.stdout)["counters"]["total_requests"]) if done.returncode == 0 else 0

    def wait_until_counted(self, truth: dict[str, Any]) -> None:
        """Return once all requests are counted; fails when nothing more is counted."""
        requests = truth["license"]["total_requests"]
        self._wait_until(lambda: self.counted() == requests, f"{requests} requests are counted", self.counted)

    def _wait_until(self, condition: Callable[[], object], what: str, progress: Callable[[], object]) -> None:
        wait_for(condition, f"{what}; see {self._output}", progress, lambda: size_of(self._output))


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    output = tmp_path / "up.log"
    with running("up", "--data", tmp_path / "data", log=output, env=SMALL_EPOCHS) as process:
        yield Stack(tmp_path / "data", process.pid, output)


@pytest.fixture
def log_files(tmp_path: Path) -> list[Path]:
    """A month in six files, so that there is a middle to kill in."""
    run("generate", "--out", tmp_path / "access.log", "--events", str(EVENTS), "--seed", str(SEED))
    lines = (tmp_path / "access.log").read_bytes().splitlines(keepends=True)
    size = -(-len(lines) // FILES)
    files = []
    for number in range(FILES):
        files.append(tmp_path / f"part-{number}.log")
        files[-1].write_bytes(b"".join(lines[number * size : (number + 1) * size]))
    return files


def answers(kafka: str) -> bool:
    """Whether the broker answers."""
    return subprocess.run([*COMMAND, "topics", "list", "--kafka", kafka], capture_output=True).returncode == 0


def truth_of(log_files: list[Path]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(log_files[0].with_name("access.log.truth.json").read_text(encoding="utf-8"))
    return document


def test_killing_any_process_changes_no_number(stack: Stack, log_files: list[Path]) -> None:
    rng = random.Random(SEED)
    kafka = stack.kafka
    truth = truth_of(log_files)
    for victim, log_file in zip(VICTIMS, log_files, strict=True):
        wait_for(lambda: answers(kafka), "the broker is back", stack.counted)
        with running("ship", log_file, "--kafka", kafka, log=stack.data / "ship.log") as shipper:
            if victim == BROKER:
                assert shipper.wait() == 0  # the tests of `ship` hold that a shipper outlives its broker
            os.kill(rng.choice(stack.wait_for(victim)), signal.SIGKILL)
            assert shipper.wait() == 0
    stack.wait_until_counted(truth)
    wait_for(lambda: committed(kafka) > 0, "something is committed")
    assert_truth(reports("--data", stack.data), truth)


def committed(kafka: str) -> int:
    """The highest committed offset of the workers' group."""
    settings = {**connection_settings(kafka), "group.id": "gatemeter"}
    with closing(Consumer(settings)) as consumer:
        partitions = [TopicPartition(ACCESS_LOG_TOPIC, number) for number in range(TopicSpec().partitions)]
        return max(int(partition.offset) for partition in consumer.committed(partitions, timeout=120))


def test_a_killed_stack_goes_on_where_it_was(tmp_path: Path, log_files: list[Path]) -> None:
    data, output = tmp_path / "data", tmp_path / "up.log"
    with running("up", "--data", data, log=output) as process:
        first = Stack(data, process.pid, output)
        for log_file in log_files[:3]:
            run("ship", log_file, "--kafka", first.kafka)
        wait_for(first.counted, "something is counted", signs_of_life=lambda: size_of(output))
        process.kill()
        process.wait()
    output.write_text("")
    with running("up", "--data", data, log=output) as process:
        second = Stack(data, process.pid, output)
        for log_file in log_files[3:]:
            run("ship", log_file, "--kafka", second.kafka)
        truth = truth_of(log_files)
        second.wait_until_counted(truth)
        assert_truth(reports("--data", data), truth)
