"""Waiting for what other processes do, bounded by their progress and not by the speed of the machine."""

import time
from collections.abc import Callable
from pathlib import Path

_POLL_S = 0.05
_LOOK_AT_PROGRESS_S = 1.0
QUIET_S = 120.0
"""Longer than anything here takes to do its next step, however busy the machine is."""


def wait_for(
    condition: Callable[[], object],
    what: str,
    progress: Callable[[], object] = lambda: None,
    *,
    quiet_s: float = QUIET_S,
) -> None:
    """Return as soon as `condition` holds. Fails when `progress` has returned the same value for `quiet_s`.

    Without `progress` the whole wait may take `quiet_s`.
    """
    reached = progress()
    moved_s = looked_s = time.monotonic()
    while not condition():
        now_s = time.monotonic()
        if now_s - looked_s >= _LOOK_AT_PROGRESS_S:
            looked_s, before, reached = now_s, reached, progress()
            moved_s = now_s if reached != before else moved_s
        if now_s - moved_s > quiet_s:
            raise AssertionError(f"nothing has moved for {quiet_s:.0f} s at {reached}: {what}")
        time.sleep(_POLL_S)


def wait_for_number(number: Callable[[], int], wanted: int, what: str, *logs: Path) -> None:
    """Return as soon as `number` returns `wanted`. A number that changes, and logs that grow, are progress."""
    wait_for(lambda: number() == wanted, what, progress=lambda: (number(), size_of(*logs)))


def size_of(*paths: Path) -> int:
    """The bytes in files that processes write to, as a measure of their progress; 0 for those that are not there."""
    return sum(path.stat().st_size for path in paths if path.exists())
