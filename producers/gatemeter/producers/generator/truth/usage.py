"""Requests per consumer and period, for the bill and for the license."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from gatemeter.producers.generator.request_facts import RequestFacts
from gatemeter.producers.generator.truth.calendar import day_number, day_of, month_of
from gatemeter.producers.generator.truth.consumer import ANONYMOUS_ID

_STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_CONSUMER_FIELDS = ("consumer_id", "consumer_username", "consumer_custom_id")
_ANONYMOUS = (ANONYMOUS_ID, "", "")

_Usage = Counter[str]
_ConsumerKey = tuple[str, str, str]
_Periods = dict[tuple[str, _ConsumerKey], _Usage]


class UsageTruth:
    """Takes note of requests."""

    def __init__(self) -> None:
        self._usage: dict[tuple[int, _ConsumerKey], _Usage] = {}

    def count(self, facts: RequestFacts) -> None:
        """One request."""
        consumer = _ANONYMOUS
        if facts.consumer is not None:
            consumer = (facts.consumer.id, facts.consumer.username or "", facts.consumer.custom_id or "")
        usage = self._usage.setdefault((day_number(facts.started_at_ms), consumer), Counter())
        usage["requests"] += 1
        usage[f"status_{facts.status // 100}xx"] += 1
        usage["request_bytes"] += facts.request_bytes
        usage["response_bytes"] += facts.response_bytes

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(usage["requests"] for usage in self._usage.values())

    def license(self) -> dict[str, Any]:
        """Requests per month, and in all."""
        requests: Counter[str] = Counter()
        for (day, _), usage in self._usage.items():
            requests[month_of(day)] += usage["requests"]
        buckets = [{"bucket": month, "request_count": count} for month, count in sorted(requests.items())]
        return {"buckets": buckets, "total_requests": self.requests}

    def billable(self) -> dict[str, Any]:
        """Rows by period and consumer, per month and per day."""
        return {"month": _rows(self._by_period(month_of)), "day": _rows(self._by_period(day_of))}

    def _by_period(self, period_of: Callable[[int], str]) -> _Periods:
        periods: _Periods = {}
        for (day, consumer), usage in self._usage.items():
            periods.setdefault((period_of(day), consumer), Counter()).update(usage)
        return dict(sorted(periods.items()))


def _rows(periods: _Periods) -> list[dict[str, Any]]:
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
