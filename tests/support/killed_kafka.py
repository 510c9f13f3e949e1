"""A Kafka of a test's own, which may be killed and started again on the same address and the same data."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatemeter.embedded.child_process import ChildProcess
from gatemeter.embedded.kafka import READY_TIMEOUT_S, EmbeddedKafka, KafkaReadiness
from tests.support.processes import children_of
from tests.support.servers import free_port


class KilledKafka:
    """`start` returns when it answers; `kill` ends the broker as a crash does."""

    def __init__(self, directory: Path) -> None:
        (directory / "kafka").mkdir()
        self._kafka = EmbeddedKafka(directory / "kafka", directory / "kafka.log", free_port(), free_port())
        self._process: ChildProcess | None = None

    @property
    def address(self) -> str:
        return self._kafka.address

    def start(self) -> None:
        self._process = ChildProcess(self._kafka.prepare())
        self._process.wait_until_ready(KafkaReadiness(self.address), READY_TIMEOUT_S)

    def kill(self) -> None:
        assert self._process is not None
        (java,) = children_of(self._process.guard_pid)
        os.kill(java, signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


@contextmanager
def killed_kafka(directory: Path) -> Iterator[KilledKafka]:
    """A Kafka that runs, for a block."""
    kafka = KilledKafka(directory)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()
