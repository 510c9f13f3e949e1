"""A histogram of durations as Prometheus understands it."""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets, each included; what is longer goes into one more."""


@dataclass(slots=True)
class LatencyHistogram:
    """How many durations fell into each bucket, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def observe(self, duration_s: float) -> None:
        """Add one duration."""
        self.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        self.sum_s += duration_s

    def copy(self) -> "LatencyHistogram":
        """The same numbers, apart from this one."""
        return LatencyHistogram(list(self.counts), self.sum_s)

    def cumulative(self) -> list[tuple[str, int]]:
        """Per upper bound, as text and "+Inf" last, how many durations were not longer."""
        total, rows = 0, []
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), self.counts, strict=True):
            total += count
            rows.append((bound, total))
        return rows
