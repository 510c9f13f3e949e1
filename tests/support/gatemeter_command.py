"""Running the `gatemeter` command as a process from its very start: for tests of exit codes, pipes and other programs.

What only has to be a process of its own is forked (tests/support/forked_commands.py). All other tests run it with
tests/support/command_in_process.py. Either takes a fraction of the time.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

COMMAND = [sys.executable, "-m", "gatemeter"]
TIMEOUT_S = 240
_STOP_S = 120


class RunningProcess(Protocol):
    """What tests use of a process, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> Any: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def run(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run to the end; fail with what it said unless it ends with `expect`."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S, env=environment()
    )
    assert done.returncode == expect, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def read_json(*arguments: str | Path) -> Any:
    """Run to the end and read stdout, all of it, as JSON."""
    return json.loads(run(*arguments).stdout)


@contextmanager
def running(
    *arguments: str | Path, log: Path, env: dict[str, str] | None = None, command: Sequence[str] = COMMAND
) -> Iterator[RunningProcess]:
    """Run for the length of a block, then SIGTERM; output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment(), **(env or {})},
        )
        with stopped_at_the_end(process):
            yield process


@contextmanager
def stopped_at_the_end(process: RunningProcess) -> Iterator[None]:
    """SIGTERM after a block, and SIGKILL to what stays."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def environment() -> dict[str, str]:
    """The environment without settings of the person who runs the tests."""
    return {name: value for name, value in os.environ.items() if name not in settings_in_environment()}


def settings_in_environment() -> dict[str, None]:
    """The variables that commands read, as `CliRunner` takes them to be left out; the cache of downloads stays.

    COLUMNS is among them: readline, which pytest imports, sets it where there is no terminal.
    """
    gatemeter = {name for name in os.environ if name.startswith("GATEMETER_") and name != "GATEMETER_CACHE"}
    return dict.fromkeys({*gatemeter, "COLUMNS"})
