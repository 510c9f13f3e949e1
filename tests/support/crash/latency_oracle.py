"""What one measured latency or size adds: to its count, the exact sum of latencies, and a bucket of the sketch."""

import bisect
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

_NS_PER_MS = 1_000_000
_MOST_BUCKETS = 2_000


def latency_measures(name: str, latency_ms: int | Decimal) -> dict[str, int]:
    """What a latency adds to the measures of `name`; nothing if it was not measured, which is logged as -1."""
    if latency_ms < 0:
        return {}
    ns = round(latency_ms * _NS_PER_MS)
    return {f"{name}_count": 1, f"{name}_sum_ns": ns, f"{name}_bucket_{_bucket(ns)}": 1}


def size_measures(name: str, size_bytes: int) -> dict[str, int]:
    """What a size adds to the measures of `name`, beside its sum."""
    return {f"{name}_count": 1, f"{name}_bucket_{_bucket(size_bytes)}": 1}


def stored_sizes(name: str, count: int, sketch: tuple[Sequence[int], Sequence[int]]) -> dict[str, int]:
    """The same measures of columns as they are stored."""
    return {f"{name}_count": count, **_stored_buckets(name, sketch)}


def stored_measures(name: str, count: int, sum_ns: int, sketch: tuple[Sequence[int], Sequence[int]]) -> dict[str, int]:
    """The same measures of columns as they are stored."""
    return {f"{name}_count": count, f"{name}_sum_ns": sum_ns, **_stored_buckets(name, sketch)}


def _stored_buckets(name: str, sketch: tuple[Sequence[int], Sequence[int]]) -> dict[str, int]:
    return {f"{name}_bucket_{bucket}": found for bucket, found in zip(*sketch, strict=True)}


@lru_cache(maxsize=65_536)
def _bucket(ns: int) -> int:
    """The sketch's bucket: 0 for 0, else the first whose upper bound, (1.01/0.99)^(bucket - 1) ns, is not below."""
    return bisect.bisect_left(_UPPER_BOUNDS_NS, ns) + 1 if ns else 0


_UPPER_BOUNDS_NS = [(1.01 / 0.99) ** power for power in range(_MOST_BUCKETS)]
