"""A child process behind a guard: it writes a log file, is awaited until ready, and is stopped within a time limit."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

from gatemeter.embedded.guard import GRACE_VARIABLE
from gatemeter.embedded.private_files import PRIVATE_UMASK
from gatemeter.errors import StopError

RUN_MODULE = (sys.executable, "-P", "-m")
"""Runs a Python module that is installed: without -P one of the same name in the current directory would be taken."""

_LOG_ROTATE_BYTES = 8 * 1024 * 1024
_TAIL_LINES = 8
_OWN_ERROR = "gatemeter: "
"""Begins the line with which a command of ours says why it ended; the lines around it are of the libraries in it."""

_TAIL_BYTES = 16 * 1024
_POLL_S = 0.05
_GUARD_MARGIN_S = 5.0
_KILLED_BY = 128
"""An exit code above this one means that signal number `code - 128` ended the child."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run and how; the same spec starts the child again after it died."""

    name: str
    command: Sequence[str]
    log_path: Path
    error: type[StopError]
    """The error to raise when the child cannot run."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables on top of this process's environment; may hold secrets."""
    working_directory: Path | None = None
    stop_timeout_s: float = 10.0
    """The time between SIGTERM and SIGKILL."""
    hopeless_codes: frozenset[int] = frozenset()
    """Exit codes after which another start cannot help."""
    kept_open: tuple[int, ...] = ()
    """Descriptors that the child and its own children inherit."""
    is_healthy: Callable[[], bool] | None = None
    """Whether the running child answers now; returns within some seconds. None: a child is healthy while it runs."""


class ChildProcess:
    """A running child. It ends with `stop`, and with this process, even if this process is killed."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self._log_began = 0
        self._guard = self._start()

    @property
    def guard_pid(self) -> int:
        """The process id of the guard, whose only child is the command."""
        return self._guard.pid

    def exit_code(self) -> int | None:
        """The exit code; None while the child runs."""
        return self._guard.poll()

    def ends_within(self, timeout_s: float) -> bool:
        """Whether the child has ended, now or within `timeout_s`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(timeout_s)
        return self.exit_code() is not None

    def wait_until_ready(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait for `is_ready`. Raises the spec's error, with the end of the log, if it ends first or time is up."""
        give_up_s = monotonic() + timeout_s
        while not is_ready():
            if self.exit_code() is not None:
                raise self.ended()
            if monotonic() > give_up_s:
                raise self._failed(f"did not answer within {timeout_s:.0f} s")
            sleep(_POLL_S)

    def ended(self) -> StopError:
        """The error about how the child ended, with the last lines of its log."""
        code = self.exit_code() or 0
        if code > _KILLED_BY:
            # The child could not log why, and its last lines are not the reason.
            return self._error(f"was killed by {signal.Signals(code - _KILLED_BY).name}")
        return self._failed(f"ended with exit code {code}")

    def stuck(self) -> StopError:
        """The error about a child that runs and does not answer, with the last lines of its log."""
        return self._failed("runs, but no longer answers")

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.close()
        if self.exit_code() is None:
            self._guard.terminate()

    def stop(self) -> None:
        """Send SIGTERM and wait; after `stop_timeout_s` it is killed. Idempotent."""
        self.ask_to_stop()
        try:
            self._guard.wait(self.spec.stop_timeout_s + _GUARD_MARGIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        _rotate(self.spec.log_path)
        with self.spec.log_path.open("ab") as log:
            self._log_began = log.tell()
            return subprocess.Popen(
                [*RUN_MODULE, "gatemeter.embedded.guard", "--", *self.spec.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.spec.working_directory,
                env={**os.environ, **self.spec.environment, GRACE_VARIABLE: str(self.spec.stop_timeout_s)},
                # Ctrl-C in the terminal must reach only this process, which stops its children in the right order.
                start_new_session=True,
                pass_fds=self.spec.kept_open,
                umask=PRIVATE_UMASK,
            )

    def _failed(self, what: str) -> StopError:
        lines = last_lines(self.spec.log_path, since=self._log_began)
        own_errors = [line for line in lines if line.startswith(_OWN_ERROR)]
        tail = own_errors[-1].removeprefix(_OWN_ERROR) if own_errors else " | ".join(lines)
        return self._error(f"{what}: {tail}" if tail else what)

    def _error(self, what: str) -> StopError:
        return self.spec.error(what, where=self.spec.name, do=f"read {self.spec.log_path}")


def last_lines(path: Path, count: int = _TAIL_LINES, *, since: int = 0) -> list[str]:
    """The last `count` non-blank lines of a text file from byte `since` on; empty if there is no file."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(since, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()][-count:]


def _rotate(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_ROTATE_BYTES:
            path.replace(path.with_suffix(".log.1"))
