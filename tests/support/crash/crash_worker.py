"""Workers as a test sees them: forked, then killed, frozen, woken up, and asked how they ended."""

import contextlib
import itertools
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.crash.fault_plan import FaultPlan
from tests.support.forked_commands import CommandPool, ForkedCommand
from tests.support.gatemeter_command import environment
from tests.support.processes import is_stopped
from tests.support.waiting import wait_for


@dataclass(frozen=True, slots=True)
class CrashWorker:
    """One worker process."""

    command: ForkedCommand
    log: Path

    @property
    def exit_code(self) -> int | None:
        """Negative for a signal; None while it runs."""
        return self.command.returncode

    @property
    def is_stopped(self) -> bool:
        """Whether it is frozen by SIGSTOP."""
        return is_stopped(self.command.pid)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the worker has ended."""
        self.command.send_signal(number)

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        self.command.kill()
        wait_for(lambda: not self.command.is_running(), "a killed worker is gone")

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
    """Starts workers with fault plans; each has its log in `directory`. Threads may share it."""

    def __init__(self, commands: CommandPool, directory: Path) -> None:
        self._commands = commands
        self._directory = directory
        self._numbers = itertools.count(1)

    def start(self, arguments: Sequence[str], fault_plan: FaultPlan | None = None) -> CrashWorker:
        """A new `gatemeter worker` with the flags `arguments`."""
        log = self._directory / f"worker-{next(self._numbers):04}.log"
        env = {**environment(), **(fault_plan or FaultPlan()).environment()}
        return CrashWorker(self._commands.start(["worker", *arguments], env=env, log=log), log)
