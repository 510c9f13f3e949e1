"""The exact numbers behind a generated file.

Counted from what was made, not from what was written, with plain sums and sorted values: it shares no code and no
method with the pipeline that is checked against it. Latencies are whole milliseconds, so a counter per value holds
the whole distribution and memory stays bounded.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from gatemeter.producers.generator.request_facts import RequestFacts

_MS_PER_DAY = 86_400_000
_S_PER_DAY = 86_400
_PERCENTILES = {"p50_ms": 50, "p90_ms": 90, "p95_ms": 95, "p99_ms": 99}
_STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_CONSUMER_FIELDS = ("consumer_id", "consumer_username", "consumer_custom_id")
_ANONYMOUS = ("anonymous", "", "")

Row = dict[str, Any]
_Usage = Counter[str]
_ConsumerKey = tuple[str, str, str]


class Truth:
    """Takes note of every line; `document` says what a correct meter has to find."""

    def __init__(self) -> None:
        self._duplicates = 0
        self._other_kind = 0
        self._dead_letters: Counter[str] = Counter()
        self._usage: dict[tuple[int, _ConsumerKey], _Usage] = {}
        self._latencies: dict[tuple[str, str, str], Counter[int]] = {}

    def count_request(self, facts: RequestFacts) -> None:
        """A request that has not been seen before."""
        consumer = _ANONYMOUS
        if facts.consumer is not None:
            consumer = (facts.consumer.id, facts.consumer.username or "", facts.consumer.custom_id or "")
        usage = self._usage.setdefault((facts.started_at_ms // _MS_PER_DAY, consumer), Counter())
        usage["requests"] += 1
        usage[f"status_{facts.status // 100}xx"] += 1
        usage["request_bytes"] += facts.request_bytes
        usage["response_bytes"] += facts.response_bytes
        service, route = ("none", "none") if facts.route is None else (facts.route.service.name, facts.route.name)
        for by, group in (("service", service), ("route", route), ("consumer", consumer[0])):
            self._count_latency(by, group, "request", facts.request_ms)
            self._count_latency(by, group, "upstream", facts.upstream_ms)
            self._count_latency(by, group, "gateway", facts.gateway_ms)

    def count_duplicate(self) -> None:
        """A further copy of a request."""
        self._duplicates += 1

    def count_dead_letter(self, reason: str) -> None:
        """A line that cannot be counted."""
        self._dead_letters[reason] += 1

    def count_other_kind(self) -> None:
        """A line that is fine but no API request."""
        self._other_kind += 1

    def document(self) -> Row:
        """The truth as JSON values; rows are sorted by their first columns."""
        counted = sum(usage["requests"] for usage in self._usage.values())
        dead_letters = self._dead_letters.total()
        months = self._by_period(_month)
        return {
            "consumed": counted + self._duplicates + dead_letters + self._other_kind,
            "counted": counted,
            "duplicates": self._duplicates,
            "dead_letters": dead_letters,
            "dead_letters_by_reason": dict(sorted(self._dead_letters.items())),
            "other_kind": self._other_kind,
            "license": {"buckets": _buckets(months), "total_requests": counted},
            "billable": {"month": _billable_rows(months), "day": _billable_rows(self._by_period(_day))},
            "latency": {by: self._latency_rows(by) for by in ("service", "route", "consumer")},
        }

    def _count_latency(self, by: str, group: str, latency: str, value_ms: int) -> None:
        if value_ms < 0:
            return
        key = (by, group, latency)
        counter = self._latencies.get(key)
        if counter is None:
            counter = self._latencies[key] = Counter()
        counter[value_ms] += 1

    def _by_period(self, period_of: Callable[[int], str]) -> dict[tuple[str, _ConsumerKey], _Usage]:
        periods: dict[tuple[str, _ConsumerKey], _Usage] = {}
        for (day, consumer), usage in self._usage.items():
            periods.setdefault((period_of(day), consumer), Counter()).update(usage)
        return dict(sorted(periods.items()))

    def _latency_rows(self, by: str) -> list[Row]:
        return [
            {by: group, "latency": latency, **_distribution(counter)}
            for (grouping, group, latency), counter in sorted(self._latencies.items())
            if grouping == by
        ]


def _month(day: int) -> str:
    return datetime.fromtimestamp(day * _S_PER_DAY, UTC).strftime("%Y-%m")


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * _S_PER_DAY, UTC).strftime("%Y-%m-%d")


def _buckets(months: dict[tuple[str, _ConsumerKey], _Usage]) -> list[Row]:
    requests: Counter[str] = Counter()
    for (month, _), usage in months.items():
        requests[month] += usage["requests"]
    return [{"bucket": month, "request_count": count} for month, count in sorted(requests.items())]


def _billable_rows(periods: dict[tuple[str, _ConsumerKey], _Usage]) -> list[Row]:
    return [
        {
            "period": period,
            **dict(zip(_CONSUMER_FIELDS, consumer, strict=True)),
            "requests": usage["requests"],
            **{f"status_{name}": usage[f"status_{name}"] for name in _STATUS_CLASSES},
            "status_unknown": 0,
            "request_bytes": usage["request_bytes"],
            "response_bytes": usage["response_bytes"],
        }
        for (period, consumer), usage in periods.items()
    ]


def _distribution(counter: Counter[int]) -> Row:
    values = sorted(counter.items())
    count = counter.total()
    return {
        "count": count,
        "avg_ms": sum(value * times for value, times in values) / count,
        "min_ms": values[0][0],
        **{name: _nearest_rank(values, -(-count * percent // 100)) for name, percent in _PERCENTILES.items()},
        "max_ms": values[-1][0],
    }


def _nearest_rank(values: Iterable[tuple[int, int]], rank: int) -> int:
    """The smallest value that has `rank` values at or below it; `values` are sorted, each with how often it occurs."""
    reached = 0
    for value, times in values:
        reached += times
        if reached >= rank:
            return value
    msg = f"there is no rank {rank} among {reached} values"
    raise ValueError(msg)
