"""Following ends in order, and begins anew from the checkpoint when brokers go away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

import pytest

from gatemeter.clock import ManualClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.shipping.follower import Follower
from gatemeter.shipping.following import SETTLE_INTERVAL_S, keep_following

GONE = KafkaUnavailable("gone")


class Rig:
    """Followers of which each does what `steps` says: an error, or whether there was something to ship."""

    def __init__(self, *connections: list[bool | Exception] | Exception) -> None:
        self.calls: list[str] = []
        self.pauses_s: list[float] = []
        self._clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
        self._connections = iter(connections)
        self._steps: Iterator[bool | Exception] = iter(())

    def run(self) -> None:
        keep_following(self._connect, clock=self._clock, pause=self._pause)

    @contextmanager
    def _connect(self) -> Iterator[Follower]:
        connection = next(self._connections)
        if isinstance(connection, Exception):
            raise connection
        self._steps = iter(connection)
        self.calls.append("connect")
        yield cast(Follower, self)
        self.calls.append("close")

    def step(self) -> bool:
        self._clock.advance(SETTLE_INTERVAL_S / 2)
        step = next(self._steps, KeyboardInterrupt())
        if isinstance(step, BaseException):
            raise step
        self.calls.append("step")
        return step

    def settle(self) -> None:
        self.calls.append("settle")

    def _pause(self, seconds: float) -> None:
        self.pauses_s.append(seconds)


def test_what_was_read_is_settled_before_it_ends() -> None:
    rig = Rig([True])
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    assert rig.calls == ["connect", "step", "settle"]


def test_it_settles_now_and_then_while_lines_come_and_when_there_are_none() -> None:
    rig = Rig([True, True, True, False])
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    assert rig.calls[1:] == ["step", "step", "settle", "step", "step", "settle", "settle"]
    assert len(rig.pauses_s) == 1


def test_brokers_that_never_answered_end_it() -> None:
    with pytest.raises(KafkaUnavailable):
        Rig(GONE).run()


def test_brokers_that_go_away_are_asked_again_after_longer_and_longer_pauses() -> None:
    rig = Rig([GONE], GONE, GONE, [True])
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    assert rig.calls == ["connect", "connect", "step", "settle"]
    assert rig.pauses_s == [1.0, 2.0, 4.0]
