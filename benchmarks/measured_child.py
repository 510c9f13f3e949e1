"""A child process whose CPU time is read while it runs, so that its start is not measured with its work."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.measuring import Run
from benchmarks.servers import Message, Servers
from gatemeter.errors import StopError

_POLL_S = 0.05
_TIMEOUT_S = 300.0
_STOP_TIMEOUT_S = 30.0
_TAIL_CHARACTERS = 600


class MeasuredChild:
    """A running child process, as `running_child` gives it."""

    def __init__(self, process: subprocess.Popen[bytes], log_path: Path) -> None:
        self._process = process
        self._log_path = log_path
        self._account = psutil.Process(process.pid)

    def cpu_s(self) -> float:
        """CPU seconds since the start of the process: user and system, all threads."""
        times = self._account.cpu_times()
        return float(times.user + times.system)

    def wait_until(self, is_done: Callable[[], bool]) -> None:
        """Wait for `is_done`. Raises StopError with the last output if the process ends before or takes too long."""
        give_up_s = time.monotonic() + _TIMEOUT_S
        while not is_done():
            if self._process.poll() is not None:
                raise self._failed(f"ended with exit code {self._process.returncode}")
            if time.monotonic() > give_up_s:
                raise self._failed(f"was not done after {_TIMEOUT_S:.0f} s")
            time.sleep(_POLL_S)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the process inside the block, which must be shorter than the session timeout of its consumer."""
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
    """Run `command` inside the block, with its output in `log_path`; it is terminated at the end of the block."""
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


IsCounted = Callable[[int], bool]
"""Whether the process has counted and stored this number of events."""


def catch_up(
    child: MeasuredChild,
    servers: Servers,
    topic: str,
    backlog: Sequence[Message],
    event_count: int,
    is_counted: IsCounted,
) -> Run:
    """Let `child`, which reads `topic`, count the `event_count` events of `backlog`, and measure that.

    The child first counts a single event: by then it has started, joined its group and written once. It is stopped
    while the topic is filled, so that it finds the whole backlog there.
    """
    child.wait_until(lambda: is_counted(1))
    with child.frozen():
        servers.send(topic, backlog)
        start_up_cpu_s = child.cpu_s()
    child.wait_until(lambda: is_counted(event_count + 1))
    return Run(event_count, child.cpu_s() - start_up_cpu_s, start_up_cpu_s)
