"""Rollups: what is summed per key, declared once. The accumulator works for any of them.

A rollup's table holds, per key, a count of rows, exact sums, for each latency its count, exact sum, minimum, maximum
and quantile sketch (`metering.sketch`), exact amounts of money, sets of distinct members, and for each size its count,
minimum, maximum and sketch beside its exact sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, STREAM_SESSIONS, Table
from gatemeter.schema.meter_usage import GROUP_COLUMNS, METER_USAGE
from gatemeter.schema.minute_usage import MINUTE_USAGE
from gatemeter.schema.usage import LATENCIES, LLM_AMOUNTS, LLM_LATENCIES, LLM_SUMS, OTHER_NAMES, SIZES

_LATENCY_COLUMNS = ("count", "sum_ns", "min_ns", "max_ns", "buckets", "bucket_counts")
_SIZE_COLUMNS = ("count", "min_bytes", "max_bytes", "buckets", "bucket_counts")


@dataclass(frozen=True, slots=True)
class Rollup:
    """The measures of `table` in the order of its columns; `count` is None where a row need not stand for one call.

    `amounts` are money in yoctos, `members` sets of 64-bit hashes. Of `sizes` the sum is `SIZE_bytes`, one of `sums`,
    and the dimension `SIZE_bytes_kind` says whether it is known. `open_names` are the dimensions whose text a client
    can choose freely; all others hold what the gateway's configuration names, or one of a few words and numbers. Of the
    dimensions behind the caller's the first `roomed_dimensions` have room for open names of their own, each value of
    them. Rows of an event that `is_timed` come with its time: they are also counted per minute (`schema.minute_usage`).
    """

    table: Table
    count: str | None
    sums: tuple[str, ...] = ()
    latencies: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    open_names: tuple[str, ...] = ()
    roomed_dimensions: int = 0
    is_timed: bool = False

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def measure_names(self) -> tuple[str, ...]:
        """The column names that `RollupAccumulator` fills, in its order."""
        return (
            *((self.count,) if self.count else ()),
            *self.sums,
            *(f"latency_{latency}_{column}" for latency in self.latencies for column in _LATENCY_COLUMNS),
            *self.amounts,
            *self.members,
            *(f"{size}_size_{column}" for size in self.sizes for column in _SIZE_COLUMNS),
        )


API_USAGE_ROLLUP = Rollup(
    API_USAGE,
    "requests",
    sums=tuple(f"{size}_bytes" for size in SIZES),
    latencies=LATENCIES,
    sizes=SIZES,
    open_names=("method",),
    is_timed=True,
)
"""API requests per hour; the monthly counters are derived from its rows."""

LLM_USAGE_ROLLUP = Rollup(
    LLM_USAGE,
    None,
    sums=LLM_SUMS,
    latencies=LLM_LATENCIES,
    amounts=LLM_AMOUNTS,
    open_names=("request_model", "response_model", "embeddings_model", "service_tier", "modifiers", "unknown_units"),
)
"""Calls to models per hour; the columns of computed costs are derived from its rows."""

AGENTIC_USAGE_ROLLUP = Rollup(
    AGENTIC_USAGE,
    "calls",
    sums=("errors", "response_bytes"),
    latencies=("call",),
    members=("session_hashes",),
    open_names=("method", "tool", "task_state", "error"),
)
"""MCP and A2A calls per hour."""

STREAM_SESSIONS_ROLLUP = Rollup(
    STREAM_SESSIONS,
    "sessions",
    sums=("received_bytes", "sent_bytes", "upstream_received_bytes", "upstream_sent_bytes"),
    latencies=("session", "gateway"),
)
"""TCP, TLS and UDP sessions per hour."""

METER_USAGE_ROLLUP = Rollup(
    METER_USAGE,
    "events",
    sums=("value_scaled", "without_value", "refused"),
    members=("distinct_hashes",),
    open_names=GROUP_COLUMNS,
    roomed_dimensions=2,  # meter and declaration: the groups of one must not push out those of another
)
"""What custom meters take of events per hour."""

ROLLUPS = (API_USAGE_ROLLUP, LLM_USAGE_ROLLUP, AGENTIC_USAGE_ROLLUP, STREAM_SESSIONS_ROLLUP, METER_USAGE_ROLLUP)
"""What is counted per hour, and settled per day and month."""

MINUTE_USAGE_ROLLUP = Rollup(
    MINUTE_USAGE, "requests", sums=tuple(f"{size}_bytes" for size in SIZES), latencies=LATENCIES
)
"""API requests per minute: no rollup of `ROLLUPS`, for its rows follow from those of `API_USAGE_ROLLUP`, and expire."""


@cache
def open_places(rollup: Rollup) -> tuple[int, ...]:
    """Where the `open_names` stand in a key of `rollup`."""
    return tuple(rollup.table.dimension_names.index(name) for name in rollup.open_names)


def has_other_names(rollup: Rollup, key: Sequence[Any]) -> bool:
    """Whether names of a stored `key` were not kept (`OTHER_NAMES`)."""
    return any(key[place] == OTHER_NAMES for place in open_places(rollup))
