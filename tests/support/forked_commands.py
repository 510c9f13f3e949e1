"""`gatemeter` commands as processes that are forked from one which has imported everything.

Only a fork's start is cheaper: it has a process id, an environment, signals and an exit code of its own. What it would
do after its command has ended, such as waiting for its threads, it does not.
"""

import atexit
import contextlib
import functools
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.gatemeter_command import environment, stopped_at_the_end
from tests.support.processes import is_running
from tests.support.repository import ROOT

_POLL_S = 0.02
_END_S = 30.0


class ForkedCommand:
    """One command, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, pid: int, exit_path: Path) -> None:
        self.pid = pid
        self._exit_path = exit_path

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return int(self._exit_path.read_text()) if self._exit_path.exists() else None

    def poll(self) -> int | None:
        """As `returncode`."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it has ended. Raises subprocess.TimeoutExpired."""
        give_up_s = None if timeout is None else time.monotonic() + timeout
        while (code := self.returncode) is None:
            if give_up_s is not None and time.monotonic() > give_up_s:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(_POLL_S)
        return code

    def send_signal(self, number: int, /) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def is_running(self) -> bool:
        """Whether it is there; the exit code may come a moment later."""
        return is_running(self.pid)


class CommandPool:
    """The process that forks the commands. Threads may share it; no command outlives `close`."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="gatemeter-commands-"))
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        with (self._directory / "pool.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.command_pool"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                cwd=ROOT,
            )

    def start(self, arguments: Sequence[str], *, env: Mapping[str, str], log: Path) -> ForkedCommand:
        """Start `gatemeter` with `arguments` in the current directory, in the environment `env` and no other.

        Its output is appended to `log`.
        """
        log.touch()  # tests read it at once
        exit_path = self._directory / f"{next(self._numbers)}.exit"
        request = {
            "arguments": list(arguments),
            "environment": dict(env),
            "directory": str(Path.cwd()),
            "log": str(log.absolute()),
            "exit_path": str(exit_path),
        }
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            return ForkedCommand(int(stdout.readline()), exit_path)

    def close(self) -> None:
        """Kill what still runs."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(_END_S)
        shutil.rmtree(self._directory, ignore_errors=True)


@functools.cache
def command_pool() -> CommandPool:
    """The pool of this process, started when it is first asked for."""
    pool = CommandPool()
    atexit.register(pool.close)
    return pool


@contextmanager
def running(*arguments: str | Path, log: Path, env: Mapping[str, str] | None = None) -> Iterator[ForkedCommand]:
    """Run a command for the length of a block, then SIGTERM; its output goes to `log`."""
    command = command_pool().start(list(map(str, arguments)), env={**environment(), **(env or {})}, log=log)
    with stopped_at_the_end(command):
        yield command
