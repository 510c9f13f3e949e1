"""Rollups: what is summed per key, declared once. The accumulator works for any of them.

A rollup's table holds, per key, a count, exact sums, and for each latency its count, exact sum, minimum, maximum and
quantile sketch (`sketch`).
"""

from dataclasses import dataclass

from gatemeter.streams.tables import API_USAGE, LATENCIES, Table


@dataclass(frozen=True, slots=True)
class Rollup:
    """`count`, `sums` and `latencies` name the measures of `table` in the order of its columns."""

    table: Table
    count: str
    sums: tuple[str, ...]
    latencies: tuple[str, ...]

    def measure_names(self) -> tuple[str, ...]:
        """The column names that `RollupAccumulator` fills, in its order."""
        parts = ("count", "sum_ns", "min_ns", "max_ns", "buckets", "bucket_counts")
        return (
            self.count,
            *self.sums,
            *(f"latency_{latency}_{part}" for latency in self.latencies for part in parts),
        )


API_USAGE_ROLLUP = Rollup(
    table=API_USAGE, count="requests", sums=("request_bytes", "response_bytes"), latencies=LATENCIES
)
"""API requests per hour; the monthly counters are derived from its rows."""
