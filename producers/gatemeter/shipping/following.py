"""Runs a follower until it is told to end; when the brokers go away it begins anew from its checkpoint."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

from gatemeter.clock import Clock
from gatemeter.errors import KafkaUnavailable
from gatemeter.shipping.follower import Follower

logger = logging.getLogger(__name__)

SETTLE_INTERVAL_S = 1.0
"""How old the checkpoint may become while lines are being shipped."""

_POLL_S = 0.25
_LONGEST_PAUSE_S = 30.0

Connect = Callable[[], AbstractContextManager[Follower]]
Pause = Callable[[float], None]
"""Waits; raises KeyboardInterrupt when the process is asked to end."""


def keep_following(connect: Connect, *, clock: Clock, pause: Pause) -> None:
    """Follow with the follower of `connect` until `pause` or anything else raises KeyboardInterrupt.

    What was read by then is sent and acknowledged first. While no broker answers, it waits and connects again.
    Raises KafkaUnavailable only if the first connection fails, and as `Checkpoint.save` does.
    """
    has_connected = False
    wait_s = 1.0
    while True:
        try:
            with connect() as follower:
                has_connected, wait_s = True, 1.0
                _follow(follower, clock=clock, pause=pause)
        except KafkaUnavailable as error:
            if not has_connected:
                raise
            logger.warning("%s; trying again in %.0f s from the checkpoint", error, wait_s)
            pause(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_PAUSE_S)


def _follow(follower: Follower, *, clock: Clock, pause: Pause) -> None:
    settled_s = clock.monotonic_s()
    try:
        while True:
            has_more = follower.step()
            if not has_more or clock.monotonic_s() - settled_s >= SETTLE_INTERVAL_S:
                follower.settle()
                settled_s = clock.monotonic_s()
            if not has_more:
                pause(_POLL_S)
    except KeyboardInterrupt:
        follower.settle()
        raise
