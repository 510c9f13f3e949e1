"""Time as a dependency: code that waits or takes time stamps gets a `Clock`, so that tests control the time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for stamps, monotonic time for durations."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Seconds that never run backwards; only differences are meaningful."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never run backwards; only differences are meaningful."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only with `advance`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """The start time plus all that `advance` was given."""
        return self._now

    def monotonic_s(self) -> float:
        """The sum of all seconds that `advance` was given."""
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds
