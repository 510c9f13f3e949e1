"""A stop that waits for a server in vain ends all the same."""

import os
import queue
import signal
from typing import Any

import faust
import pytest

from gatemeter.streams import worker_process
from gatemeter.streams.worker_process import WorkerProcess

WAIT_S = 20.0
LIMIT_S = 0.01


class Stopping(WorkerProcess):
    """Without an app; the time of its first signal is all that counts."""

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
    """The signals at which Faust was told to stop."""
    signals: list[Any] = []
    monkeypatch.setattr(faust.Worker, "_schedule_shutdown", lambda _worker, number: signals.append(number))
    return signals


def test_a_stop_that_hangs_ends_without_an_error(exits: "queue.Queue[int]", begun: list[Any]) -> None:
    Stopping(None)._schedule_shutdown(signal.SIGTERM)
    assert exits.get(timeout=WAIT_S) == 0
    assert begun == [signal.SIGTERM]


def test_a_second_signal_does_not_bound_it_again(exits: "queue.Queue[int]", begun: list[Any]) -> None:
    Stopping(17.5)._schedule_shutdown(signal.SIGTERM)
    with pytest.raises(queue.Empty):
        exits.get(timeout=LIMIT_S * 20)
    assert begun == [signal.SIGTERM]


def test_the_limit_leaves_room_before_supervisors_kill() -> None:
    assert worker_process.STOP_LIMIT_S < 10
