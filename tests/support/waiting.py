"""Waiting for what other processes do, bounded by their progress and not by the speed of the machine."""

import time
from collections.abc import Callable
from pathlib import Path

_POLL_S = 0.05
_PAUSES_PER_QUESTION, _LONGEST_POLL_S = 4, 1.0
"""A pause is four times as long as the question before it took: else waits, most of which ask a server, would take as
much of the CPU as what they wait for."""
_LOOK_AT_PROGRESS_S = 1.0
QUIET_S = 120.0
"""Longer than anything here takes to do its next step, however busy the machine is."""
STALLED_S = 300.0
"""How long a wait may last without progress, however many signs of life there are."""


def wait_for(
    condition: Callable[[], object],
    what: str,
    progress: Callable[[], object] = lambda: None,
    signs_of_life: Callable[[], object] = lambda: None,
    *,
    quiet_s: float = QUIET_S,
    stalled_s: float = STALLED_S,
) -> None:
    """Return as soon as `condition` holds. Fails after `quiet_s` in which nothing moves, or `stalled_s` of no progress.

    A value that `progress` has not returned before is progress: it has to measure what is waited for, so that there is
    an end to it. `signs_of_life` are all that moves besides, such as assignments and logs, also in a worker that tries
    the same again and again. Without either the whole wait may take `quiet_s`.
    """
    reached, signs = progress(), signs_of_life()
    seen = {repr(reached)}
    progressed_s = moved_s = looked_s = time.monotonic()
    while True:
        asked_s = time.monotonic()
        if condition():
            return
        now_s = time.monotonic()
        if now_s - looked_s >= _LOOK_AT_PROGRESS_S:
            looked_s, reached, signs_before, signs = now_s, progress(), signs, signs_of_life()
            progressed_s = now_s if repr(reached) not in seen else progressed_s
            moved_s = now_s if signs != signs_before else max(moved_s, progressed_s)
            seen.add(repr(reached))
        if now_s - moved_s > quiet_s:
            raise AssertionError(f"nothing has moved for {quiet_s:.0f} s at {reached}: {what}")
        if now_s - progressed_s > stalled_s:
            raise AssertionError(f"no progress for {stalled_s:.0f} s at {reached}, only signs of life: {what}")
        time.sleep(min(max(_POLL_S, _PAUSES_PER_QUESTION * (now_s - asked_s)), _LONGEST_POLL_S))


def wait_for_number(number: Callable[[], int], wanted: int, what: str, *logs: Path) -> None:
    """Return as soon as `number` returns `wanted`. A new number is progress, logs that grow are signs of life."""
    wait_for(lambda: number() == wanted, what, number, lambda: size_of(*logs))


def size_of(*paths: Path) -> int:
    """The bytes in files that processes write to, as a sign of life; 0 for those that are not there."""
    return sum(path.stat().st_size for path in paths if path.exists())
