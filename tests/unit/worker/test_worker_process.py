"""A worker process bounds its stop, and logs only errors of its engine."""

import logging
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import faust
import pytest
from aiokafka.errors import IllegalStateError, KafkaConnectionError, RequestTimedOutError

from gatemeter.errors import ExitCode, KafkaUnavailable
from gatemeter.worker import process as worker_process
from gatemeter.worker.driver import Consumer, _ConsumerThread
from gatemeter.worker.process import WorkerProcess
from gatemeter.worker.run import explained
from tests.support.driver_rig import InDriver, Rig
from tests.support.repository import ROOT
from tests.support.waiting import QUIET_S

LIMIT_S = 0.01


class Stopping(WorkerProcess):
    """Without an app; `signal_stop_time` is the time of its first signal."""

    def __init__(self, signal_stop_time: float | None) -> None:
        self._signal_stop_time = signal_stop_time


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> "queue.Queue[int]":
    """The exit codes with which the process would have ended."""
    codes: queue.Queue[int] = queue.Queue()
    monkeypatch.setattr(worker_process, "STOP_LIMIT_S", LIMIT_S)
    monkeypatch.setattr(os, "_exit", codes.put)
    return codes


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The signals with which Faust was asked to stop."""
    signals: list[Any] = []
    monkeypatch.setattr(faust.Worker, "_schedule_shutdown", lambda _worker, number: signals.append(number))
    return signals


def test_a_stop_that_hangs_ends_with_exit_code_0(exits: "queue.Queue[int]", begun: list[Any]) -> None:
    Stopping(None)._schedule_shutdown(signal.SIGTERM)
    assert exits.get(timeout=QUIET_S) == 0
    assert begun == [signal.SIGTERM]


def test_a_second_signal_starts_no_second_limit(exits: "queue.Queue[int]", begun: list[Any]) -> None:
    Stopping(17.5)._schedule_shutdown(signal.SIGTERM)
    with pytest.raises(queue.Empty):
        exits.get(timeout=LIMIT_S * 20)
    assert begun == [signal.SIGTERM]


def test_what_ends_a_part_of_faust_ends_the_process_with_its_error(in_driver: InDriver) -> None:
    async def scenario(rig: Rig) -> None:
        away = KafkaConnectionError("away")
        try:
            raise away
        except KafkaConnectionError:
            rig.consumer._thread.on_crash("{0!r} crashed", "the thread")
        assert rig.died_of == [away]

        process = WorkerProcess(rig.consumer.app, "info", rig.died_of.append)
        process._crash(away)
        assert rig.died_of == [away, away]

    in_driver(scenario)


def test_brokers_that_die_during_a_start_are_one_error() -> None:
    """What the command asked them before has been answered; nobody listens on the port any more."""
    program = "from tests.support.unconnected_worker import run; run()"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == ExitCode.KAFKA
    assert "Traceback" not in ended.stderr
    (said,) = [line for line in ended.stderr.splitlines() if line.startswith("gatemeter: ")]
    assert said.startswith("gatemeter: Kafka at 127.0.0.1:9: the brokers do not answer")


@pytest.mark.parametrize(
    ("error", "is_named"),
    [
        (KafkaConnectionError("away"), True),
        (RequestTimedOutError(), True),
        (IllegalStateError("a mistake of ours"), False),
        (ValueError("another one"), False),
    ],
)
def test_errors_of_the_kafka_client_are_named_for_people(error: Exception, *, is_named: bool) -> None:
    named = explained(error, "broker:9092")
    assert isinstance(named, KafkaUnavailable) is is_named
    assert is_named or named is error


def test_the_stop_limit_is_below_ten_seconds() -> None:
    assert worker_process.STOP_LIMIT_S < 10


@pytest.fixture
def logging_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The logging that `WorkerProcess` sets up; the levels are restored afterwards."""
    names = ("faust", "mode", "gatemeter", "urllib3", "clickhouse_connect")
    before = {name: logging.getLogger(name).level for name in names}
    monkeypatch.setattr(faust.Worker, "_setup_logging", lambda _worker: None)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    quiet = Stopping(None)
    quiet._level = "info"
    quiet._setup_logging()
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("logging_of_a_worker")
@pytest.mark.parametrize(
    "logger", [logging.getLogger("mode.timers"), Consumer.logger, _ConsumerThread.logger, WorkerProcess.logger]
)
def test_the_engine_logs_errors_only(logger: logging.Logger) -> None:
    assert (logger.isEnabledFor(logging.WARNING), logger.isEnabledFor(logging.ERROR)) == (False, True)
    assert logging.getLogger("gatemeter.worker.driver").isEnabledFor(logging.INFO)
