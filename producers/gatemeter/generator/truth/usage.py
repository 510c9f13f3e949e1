"""Requests per consumer and period, for the bill and for the license, and TCP sessions.

Periods are in UTC, by the time at which a request began.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from gatemeter.generator.facts import ANONYMOUS_ID, FIRST_FAILING_STATUS, RequestFacts
from gatemeter.generator.stream_session import StreamSession

_MS_PER_DAY = 86_400_000
_S_PER_DAY = 86_400


def day_number(time_ms: int) -> int:
    """The day since 1970 in which `time_ms`, in Unix ms, lies."""
    return time_ms // _MS_PER_DAY


@lru_cache
def month_of(day: int) -> str:
    """The month of a day, `YYYY-MM`."""
    return day_of(day)[:7]


@lru_cache
def day_of(day: int) -> str:
    """The date of a day, `YYYY-MM-DD`."""
    return datetime.fromtimestamp(day * _S_PER_DAY, UTC).strftime("%Y-%m-%d")


_STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_CONSUMER_FIELDS = ("consumer_id", "consumer_username", "consumer_custom_id")
_ANONYMOUS = (ANONYMOUS_ID, "", "")

_Usage = Counter[str]
_ConsumerKey = tuple[str, str, str]
_Periods = dict[tuple[str, _ConsumerKey], _Usage]


class UsageTruth:
    """Counts requests by day and consumer."""

    def __init__(self) -> None:
        self._usage: dict[tuple[int, _ConsumerKey], _Usage] = {}

    def count(self, facts: RequestFacts) -> None:
        """Count one request."""
        consumer = _ANONYMOUS
        if facts.consumer is not None:
            consumer = (facts.consumer.id, facts.consumer.username or "", facts.consumer.custom_id or "")
        usage = self._usage.setdefault((day_number(facts.started_at_ms), consumer), Counter())
        usage["requests"] += 1
        usage["not_billable_requests"] += facts.by_gateway and facts.status >= FIRST_FAILING_STATUS
        usage[f"status_{facts.status // 100}xx"] += 1
        usage["request_bytes"] += facts.request_bytes
        usage["response_bytes"] += facts.response_bytes

    @property
    def requests(self) -> int:
        """The number of requests counted."""
        return sum(usage["requests"] for usage in self._usage.values())

    def license(self, undated: int) -> dict[str, Any]:
        """`license` in the truth: requests per month, `undated` ones whose month is not known, and their total."""
        requests: Counter[str] = Counter()
        for (day, _), usage in self._usage.items():
            requests[month_of(day)] += usage["requests"]
        buckets = [{"bucket": month, "request_count": count} for month, count in sorted(requests.items())]
        if undated:
            buckets.append({"bucket": "UNKNOWN", "request_count": undated})
        return {"buckets": buckets, "total_requests": self.requests + undated}

    def billable(self) -> dict[str, Any]:
        """`billable` in the truth: rows by period and consumer, per month and per day."""
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
            "billable_requests": usage["requests"] - usage["not_billable_requests"],
            "not_billable_requests": usage["not_billable_requests"],
            **{f"status_{name}": usage[f"status_{name}"] for name in _STATUS_CLASSES},
            "status_unknown": 0,
            "request_bytes": usage["request_bytes"],
            "response_bytes": usage["response_bytes"],
            "requests_without_request_bytes": 0,
            "requests_without_response_bytes": 0,
            "request_bytes_kind": "wire",
            "response_bytes_kind": "wire",
        }
        for (period, consumer), usage in periods.items()
    ]


class StreamsTruth:
    """Counts TCP sessions."""

    def __init__(self) -> None:
        self.sessions = 0
        self._received_bytes = 0
        self._sent_bytes = 0

    def count(self, session: StreamSession) -> None:
        """Count one session."""
        self.sessions += 1
        self._received_bytes += session.received_bytes
        self._sent_bytes += session.sent_bytes

    def document(self) -> dict[str, int]:
        """`streams` in the truth: sums over all sessions."""
        return {
            "sessions": self.sessions,
            "received_bytes": self._received_bytes,
            "sent_bytes": self._sent_bytes,
        }
