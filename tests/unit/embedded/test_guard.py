"""The guard ends its command with the starter, and reports how the command ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gatemeter.embedded.guard import EXIT_CANNOT_START, EXIT_USAGE, GRACE_VARIABLE
from tests.support.processes import children_of, is_running
from tests.support.waiting import QUIET_S, wait_for

GUARD = [sys.executable, "-m", "gatemeter.embedded.guard"]
SAY_PID = "import os, signal, sys, time; print(os.getpid(), flush=True); "
SLEEPER = SAY_PID + "time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
# Waits for the signal itself: one that comes just before a `sleep` would be heard only after it.
POLITE = (
    "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); "
    "print(os.getpid(), flush=True); signal.sigwait([signal.SIGTERM]); sys.exit(7)"
)
PARENT_OF_SLEEPER = (
    f"import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]); child.wait()"
)
STARTER = (
    "import subprocess, sys; "
    f"guard = subprocess.Popen({GUARD!r} + ['--', sys.executable, '-c', {SLEEPER!r}], stdin=subprocess.PIPE, "
    "start_new_session=True); guard.wait()"
)


@contextmanager
def guarded(code: str, grace_s: float = 20.0) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """The guard over a Python child running `code`, and the pid that the child says first."""
    command = [*GUARD, "--", sys.executable, "-c", code]
    environment = {**os.environ, GRACE_VARIABLE: str(grace_s)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as guard:
        assert guard.stdout is not None
        try:
            yield guard, int(guard.stdout.readline())
        finally:
            guard.kill()


@pytest.mark.parametrize("code", [0, 3, 143])
def test_the_guard_ends_with_the_exit_code_of_its_command(code: int) -> None:
    with subprocess.Popen([*GUARD, "--", "sh", "-c", f"exit {code}"], stdin=subprocess.PIPE) as guard:
        assert guard.wait(QUIET_S) == code


def test_a_killing_signal_shows_in_the_exit_code() -> None:
    with guarded(SLEEPER) as (guard, child):
        os.kill(child, signal.SIGKILL)
        assert guard.wait(QUIET_S) == 128 + signal.SIGKILL


def test_a_closed_stdin_sends_sigterm_to_the_command() -> None:
    with guarded(POLITE) as (guard, _):
        assert guard.stdin is not None
        guard.stdin.close()
        assert guard.wait(QUIET_S) == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_guard_terminates_the_command(number: signal.Signals) -> None:
    with guarded(POLITE) as (guard, _):
        guard.send_signal(number)
        assert guard.wait(QUIET_S) == 7


def test_a_command_that_ignores_sigterm_is_killed() -> None:
    with guarded(STUBBORN, grace_s=0.2) as (guard, child):
        guard.terminate()
        assert guard.wait(QUIET_S) == 128 + signal.SIGKILL
        assert not is_running(child)


def test_the_whole_process_group_of_the_command_ends() -> None:
    with guarded(PARENT_OF_SLEEPER) as (guard, grandchild):
        guard.terminate()
        guard.wait(QUIET_S)
        wait_for(lambda: not is_running(grandchild), "the grandchild's end")


def test_processes_left_by_the_command_are_killed() -> None:
    leaver = "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL).pid)"
    with guarded(leaver) as (guard, orphan):
        assert guard.wait(QUIET_S) == 0
        wait_for(lambda: not is_running(orphan), "the orphan's end")


def test_guard_and_command_end_with_a_killed_starter() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        (guard,) = children_of(starter.pid)
        starter.kill()
        wait_for(lambda: not is_running(child), "the command's end")
        wait_for(lambda: not is_running(guard), "the guard's end")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child to the death of its parent")
def test_the_command_ends_with_a_killed_guard() -> None:
    with guarded(STUBBORN) as (guard, child):
        guard.kill()
        wait_for(lambda: not is_running(child), "the command's end")


def test_a_command_that_cannot_be_started_is_named() -> None:
    answer = subprocess.run([*GUARD, "--", "/no/such/command"], capture_output=True, text=True)
    assert answer.returncode == EXIT_CANNOT_START
    assert answer.stderr == "cannot start /no/such/command: No such file or directory\n"


@pytest.mark.parametrize("arguments", [[], ["--"], ["true"]])
def test_wrong_arguments_print_the_usage(arguments: list[str]) -> None:
    answer = subprocess.run([*GUARD, *arguments], capture_output=True, text=True)
    assert answer.returncode == EXIT_USAGE
    assert answer.stderr.startswith("usage:")


def test_the_guard_imports_only_the_standard_library() -> None:
    code = "import sys; before = set(sys.modules); import gatemeter.embedded.guard; "
    code += "print(len(set(sys.modules) - before))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(answer.stdout) < 40
