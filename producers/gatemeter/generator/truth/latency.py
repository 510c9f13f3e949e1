"""Latencies of requests by service, route and consumer, in full.

A counter for each distinct value holds every measurement, and memory stays bounded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gatemeter.generator.facts import RequestFacts, consumer_id

_PERCENTILES = {"p50_ms": 50, "p90_ms": 90, "p95_ms": 95, "p99_ms": 99}

Counts = Counter[float]
"""How often each value, in ms, occurred."""


def distribution(counts: Counts) -> dict[str, Any]:
    """`count`, `avg_ms`, `min_ms`, percentiles by nearest rank, and `max_ms`; `counts` must not be empty."""
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
    """As `distribution`; where nothing was measured, `count` is 0 and everything else None."""
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


_NO_ROUTE = "none"


@dataclass(slots=True)
class _Latencies:
    request: Counts = field(default_factory=Counter)
    upstream: Counts = field(default_factory=Counter)
    gateway: Counts = field(default_factory=Counter)

    def named(self) -> Iterator[tuple[str, Counts]]:
        """The latencies that were measured, by name."""
        all_of_them = (("gateway", self.gateway), ("request", self.request), ("upstream", self.upstream))
        return ((name, counts) for name, counts in all_of_them if counts)


class LatencyTruth:
    """Counts measured latencies; an upstream latency below 0 was not measured."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], _Latencies] = {}

    def count(self, facts: RequestFacts) -> None:
        """Count one request."""
        service, route = _NO_ROUTE, _NO_ROUTE
        if facts.route is not None:
            service, route = facts.route.service.name, facts.route.name
        for key in (("service", service), ("route", route), ("consumer", consumer_id(facts))):
            latencies = self._groups.get(key)
            if latencies is None:
                latencies = self._groups[key] = _Latencies()
            latencies.request[facts.request_ms] += 1
            latencies.gateway[facts.gateway_ms] += 1
            if facts.upstream_ms >= 0:
                latencies.upstream[facts.upstream_ms] += 1

    def rows(self, by: str) -> list[dict[str, Any]]:
        """Rows of `latency` in the truth, one for each group and latency; `by` is service, route or consumer."""
        return [
            {by: group, "latency": name, **distribution(counts)}
            for (grouping, group), latencies in sorted(self._groups.items(), key=lambda item: item[0])
            if grouping == by
            for name, counts in latencies.named()
        ]
