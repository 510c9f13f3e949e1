"""How much a client may ask for in a while."""

from gatemeter.clock import Clock

_BURST_S = 2.0


class RateLimit:
    """Lets `per_s` units pass in a second, and at once those of two seconds.

    A batch is never split: it passes while anything is left, and what it takes beyond that is waited for afterwards.
    """

    def __init__(self, per_s: float, clock: Clock) -> None:
        self._per_s = per_s
        self._clock = clock
        self._left = per_s * _BURST_S
        self._looked_s = clock.monotonic_s()

    def wait_s(self) -> float:
        """The seconds until something may pass; 0.0 if it may now."""
        now_s = self._clock.monotonic_s()
        self._left = min(self._per_s * _BURST_S, self._left + (now_s - self._looked_s) * self._per_s)
        self._looked_s = now_s
        return 0.0 if self._left > 0 else -self._left / self._per_s + 1 / self._per_s

    def take(self, units: int) -> None:
        """Count what has passed."""
        self._left -= units
