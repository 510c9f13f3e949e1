"""Workers as a test sees them: forked by the worker pool, then killed, frozen, woken up, and asked how they ended."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.crash.fault_plan import FaultPlan
from tests.support.gatemeter_command import environment
from tests.support.processes import is_running, is_stopped
from tests.support.waiting import wait_for


@dataclass(frozen=True, slots=True)
class CrashWorker:
    """One worker process."""

    pid: int
    log: Path
    exit_path: Path

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None while it runs."""
        return int(self.exit_path.read_text()) if self.exit_path.exists() else None

    @property
    def is_stopped(self) -> bool:
        """Whether it is frozen by SIGSTOP."""
        return is_stopped(self.pid)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the worker has ended."""
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self.send(signal.SIGKILL)
        wait_for(lambda: not is_running(self.pid), "a killed worker is gone")

    def end(self) -> None:
        """SIGTERM, and SIGKILL if it has not ended after `QUIET_S`."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            wait_for(lambda: self.exit_code is not None, f"the worker ends; see {self.log}")
            return
        self.kill()

    def assignments(self) -> int:
        """How often it was given partitions, by its log."""
        return self.log_text().count("] counting ")

    def log_text(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class WorkerPool:
    """Starts workers through the pool's process; each has its log in `directory`. Threads may share it."""

    def __init__(self, process: subprocess.Popen[bytes], directory: Path) -> None:
        self._process = process
        self._directory = directory
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def start(self, arguments: Sequence[str], fault_plan: FaultPlan | None = None) -> CrashWorker:
        """A new `gatemeter worker` with the flags `arguments`."""
        name = f"worker-{next(self._numbers):04}"
        log, exit_path = self._directory / f"{name}.log", self._directory / f"{name}.exit"
        request = {
            "arguments": list(arguments),
            "environment": (fault_plan or FaultPlan()).environment(),
            "log": str(log),
            "exit_path": str(exit_path),
        }
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            return CrashWorker(int(stdout.readline()), log, exit_path)


@contextmanager
def worker_pool(directory: Path) -> Iterator[WorkerPool]:
    """A pool for a block; no worker outlives it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "worker_pool.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crash.worker_pool"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(),
        )
    with process:
        yield WorkerPool(process, directory)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
