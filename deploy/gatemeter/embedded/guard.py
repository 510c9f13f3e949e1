"""`python -m gatemeter.embedded.guard -- CMD...`: run CMD, and end it when the process that started the guard ends.

The starter keeps the other end of the guard's stdin open. When it closes, even because the starter was killed with -9,
or when the guard gets SIGTERM, SIGINT or SIGHUP, the command's process group gets SIGTERM, and SIGKILL if it still
exists after `GATEMETER_GUARD_GRACE_S` seconds. The guard ends with the command's exit code, or with 128 + the number of
the signal that ended it.

It imports only the standard library, and little of it, because it starts before every child.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

GRACE_VARIABLE = "GATEMETER_GUARD_GRACE_S"
DEFAULT_GRACE_S = 10.0
EXIT_USAGE = 2
EXIT_CANNOT_START = 127
_STDIN = 0
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run the command after `--` and return the exit code."""
    if len(arguments) < 2 or arguments[0] != "--":
        sys.stderr.write("usage: python -m gatemeter.embedded.guard -- COMMAND...\n")
        return EXIT_USAGE
    wakeup = _wake_on_signals()
    try:
        child = subprocess.Popen(
            arguments[1:], stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with(os.getpid())
        )
    except OSError as error:
        sys.stderr.write(f"cannot start {arguments[1]}: {error.strerror}\n")
        return EXIT_CANNOT_START
    _wait(child.pid, wakeup, float(os.environ.get(GRACE_VARIABLE, DEFAULT_GRACE_S)))
    # The leader has ended but is not reaped yet, so its group id is still its own: kill the rest of the group.
    _signal_group(child.pid, signal.SIGKILL)
    code = child.wait()
    return 128 - code if code < 0 else code


_asked_to_end = False


def _wake_on_signals() -> int:
    """Make signals readable on a pipe, so that one `select` waits for signals and for stdin."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _remember_to_end)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def _remember_to_end(*_: object) -> None:
    global _asked_to_end
    _asked_to_end = True


def _die_with(guard_pid: int) -> Callable[[], None] | None:
    """On Linux: a function that lets the command die when the guard is killed with -9; elsewhere None."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die_with_guard() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guard_pid:  # the guard died before the line above took effect
            os._exit(EXIT_CANNOT_START)

    return die_with_guard


def _wait(pid: int, wakeup: int, grace_s: float) -> None:
    """Wait until the command has ended; end it when the starter is gone or a signal asks for it."""
    kill_at: float | None = None
    sources = [_STDIN, wakeup]
    while not _has_ended(pid):
        timeout_s = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready, _, _ = select.select(sources, [], [], timeout_s)
        if wakeup in ready:
            _drain(wakeup)
        starter_is_gone = _STDIN in ready and _is_closed(_STDIN)
        if starter_is_gone:
            sources = [wakeup]
        if kill_at is None and (starter_is_gone or _asked_to_end):
            _signal_group(pid, signal.SIGTERM)
            kill_at = time.monotonic() + grace_s
        elif kill_at is not None and time.monotonic() >= kill_at:
            _signal_group(pid, signal.SIGKILL)
            kill_at = time.monotonic() + grace_s


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _is_closed(descriptor: int) -> bool:
    try:
        return os.read(descriptor, 4096) == b""
    except OSError:
        return True


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.read(descriptor, 4096)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
