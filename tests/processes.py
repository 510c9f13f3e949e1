"""Looking at processes from outside, and waiting for what they do."""

import subprocess
import time
from collections.abc import Callable

_POLL_S = 0.02


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 30.0) -> None:
    """Return as soon as `condition` holds; fail the test when it does not within `timeout_s`."""
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > give_up_s:
            raise AssertionError(f"waited {timeout_s:.0f} s in vain: {what}")
        time.sleep(_POLL_S)


def is_running(pid: int) -> bool:
    """Whether the process is there and not just a zombie that nobody has collected yet."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    rows = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, row.split())) for row in rows.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def descendants_of(pid: int) -> list[int]:
    """All processes below `pid`, nearest first."""
    children = children_of(pid)
    return children + [deeper for child in children for deeper in descendants_of(child)]
