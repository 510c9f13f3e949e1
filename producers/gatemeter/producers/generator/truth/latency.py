"""The latencies of requests by service, route and consumer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gatemeter.producers.generator.request_facts import RequestFacts
from gatemeter.producers.generator.truth.consumer import consumer_id
from gatemeter.producers.generator.truth.distribution import Counts, distribution

_NO_ROUTE = "none"


@dataclass(slots=True)
class _Latencies:
    request: Counts = field(default_factory=Counter)
    upstream: Counts = field(default_factory=Counter)
    gateway: Counts = field(default_factory=Counter)

    def named(self) -> Iterator[tuple[str, Counts]]:
        """Those that were measured, by name."""
        all_of_them = (("gateway", self.gateway), ("request", self.request), ("upstream", self.upstream))
        return ((name, counts) for name, counts in all_of_them if counts)


class LatencyTruth:
    """Takes note of what was measured; an upstream latency below 0 was not."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], _Latencies] = {}

    def count(self, facts: RequestFacts) -> None:
        """One request."""
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
        """By group (`service`, `route` or `consumer`) and latency."""
        return [
            {by: group, "latency": name, **distribution(counts)}
            for (grouping, group), latencies in sorted(self._groups.items(), key=lambda item: item[0])
            if grouping == by
            for name, counts in latencies.named()
        ]
