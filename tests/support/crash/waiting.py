"""Waits that are bounded by progress: they take longer on a slow machine and fail when nothing happens any more."""

import time
from collections.abc import Callable

_POLL_S = 0.05
_LOOK_S = 1.0
STALL_S = 120.0
"""How long nothing may progress; a worker's start and a rebalance take seconds even on a busy machine."""


def wait_while_progressing(
    condition: Callable[[], object], what: str, progress: Callable[[], object], stall_s: float = STALL_S
) -> None:
    """Return once `condition` holds; fail when the value of `progress` has not changed for `stall_s`.

    `progress` is asked about once a second.
    """
    seen, changed_s, look_s = progress(), time.monotonic(), time.monotonic() + _LOOK_S
    while not condition():
        now_s = time.monotonic()
        if now_s > look_s:
            found, look_s = progress(), now_s + _LOOK_S
            if found != seen:
                seen, changed_s = found, now_s
            elif now_s - changed_s > stall_s:
                raise AssertionError(f"nothing progressed for {stall_s:.0f} s ({found}) while waiting: {what}")
        time.sleep(_POLL_S)
