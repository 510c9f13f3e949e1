"""Latencies in full: a counter per value holds every one of them, and memory stays bounded."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

_PERCENTILES = {"p50_ms": 50, "p90_ms": 90, "p95_ms": 95, "p99_ms": 99}

Counts = Counter[float]
"""How often each value, in ms, occurred."""


def distribution(counts: Counts) -> dict[str, Any]:
    """`count`, `avg_ms`, `min_ms`, the percentiles by nearest rank and `max_ms`; there must be a value."""
    values = sorted(counts.items())
    count = counts.total()
    return {
        "count": count,
        "avg_ms": sum(value * times for value, times in values) / count,
        "min_ms": values[0][0],
        **{name: _nearest_rank(values, -(-count * percent // 100)) for name, percent in _PERCENTILES.items()},
        "max_ms": values[-1][0],
    }


def distribution_or_nulls(counts: Counts) -> dict[str, Any]:
    """The same; where nothing was measured the count is 0 and everything else None."""
    if counts:
        return distribution(counts)
    return {"count": 0, "avg_ms": None, "min_ms": None, **dict.fromkeys(_PERCENTILES), "max_ms": None}


def _nearest_rank(values: Iterable[tuple[float, int]], rank: int) -> float:
    """The smallest value that has `rank` values at or below it; `values` are sorted, each with how often it occurs."""
    reached = 0
    for value, times in values:
        reached += times
        if reached >= rank:
            return value
    msg = f"there is no rank {rank} among {reached} values"
    raise ValueError(msg)
