"""A child process whose CPU time is read while it runs, so that what it needs to start can be told apart."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from gatemeter.errors import StopError

_POLL_S = 0.05
_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 30.0
_TAIL_CHARACTERS = 600


class MeasuredChild:
    """Made by `running_child`."""

    def __init__(self, process: subprocess.Popen[bytes], log_path: Path) -> None:
        self._process = process
        self._log_path = log_path
        self._account = psutil.Process(process.pid)

    def cpu_s(self) -> float:
        """CPU seconds since its start, user and system, all its threads."""
        times = self._account.cpu_times()
        return float(times.user + times.system)

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        """Wait. Raises StopError with the end of its output if it ends before that or takes too long."""
        give_up_s = time.monotonic() + _TIMEOUT_S
        while not is_done():
            if self._process.poll() is not None:
                raise self._failed(f"ended with exit code {self._process.returncode}")
            if time.monotonic() > give_up_s:
                raise self._failed(f"was not done after {_TIMEOUT_S:.0f} s")
            time.sleep(_POLL_S)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still inside the block; for less than the time after which Kafka takes it for dead."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _failed(self, what: str) -> StopError:
        tail = self._log_path.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARACTERS:]
        return StopError(f"{what}: {tail}", where=self._log_path.stem)


@contextmanager
def running_child(
    command: Sequence[str], log_path: Path, environment: Mapping[str, str] | None = None
) -> Iterator[MeasuredChild]:
    """Run `command` inside the block, its output going to `log_path`; at the end of the block it is stopped."""
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
        )
    try:
        yield MeasuredChild(process, log_path)
        process.terminate()
        process.wait(_STOP_TIMEOUT_S)
    finally:
        process.kill()
        process.wait()
