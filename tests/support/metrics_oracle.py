"""Answers questions about usage in plain Python, from what the crash tests' oracle counted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.period import Period
from gatemeter.schema.units import UNIT_NAMES
from tests.support.crash.agent_oracle import AGENT_KEY
from tests.support.crash.llm_oracle import LLM_KEY
from tests.support.crash.oracle import CALLER, MINUTE_KEY, USAGE_KEY, Oracle, Sums
from tests.support.metrics_rows import Row

Group = tuple[str, tuple[str, ...]]
"""A period, '' for all, and the values of the dimensions."""

_OPEN = frozenset({"provider", "blocked", "unknown"})
_GAMMA = 1.01 / 0.99
_SIZES = ("request_size", "response_size")
_LATENCIES = {
    "latency_request": ("api", "request", None),
    "latency_upstream": ("api", "upstream", None),
    "latency_gateway": ("api", "gateway", None),
    "llm_latency": ("llm", "llm", None),
    "time_per_token": ("llm", "time_per_token", None),
    "mcp_latency": ("agentic", "call", "mcp"),
    "a2a_latency": ("agentic", "call", "a2a"),
}


@dataclass(slots=True)
class MetricsOracle:
    """What a log holds, as rows by hour."""

    rows: list[Row] = field(default_factory=list)
    minutes: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, oracle: Oracle) -> "MetricsOracle":
        """The rows of an oracle that has counted everything."""
        sessions = oracle.agent_sessions
        return cls(
            [
                *_rows("api", USAGE_KEY, oracle.usage),
                *_rows("llm", (*CALLER, *LLM_KEY), oracle.llm),
                *(
                    Row("agentic", dict(zip((*CALLER, *AGENT_KEY), key, strict=True)), sums, frozenset(sessions[key]))
                    for key, sums in oracle.agentic.items()
                ),
            ],
            # A minute is told as an hour is, under the same name.
            list(_rows("api", (CALLER[0], *MINUTE_KEY[1:]), oracle.minutes)),
        )

    def answer(self, query: MetricsQuery) -> dict[Group, dict[str, Any]]:
        """The metrics of a query by group; amounts are fractions, and percentiles those of the sketch."""
        groups: dict[Group, list[Row]] = defaultdict(list)
        for row in self.minutes if query.period is Period.MINUTE else self.rows:
            if row.source in query.sources and all(row.fits(each) for each in query.filters):
                values = tuple(row.dimension(name) or "Empty" for name in query.by)
                groups[row.period(query.period), values].append(row)
        return {group: {name: _metric(name, rows) for name in query.found} for group, rows in groups.items()}


def _rows(source: str, names: Sequence[str], sums: Sums) -> Iterator[Row]:
    for key, measures in sums.items():
        yield Row(source, dict(zip(names, key, strict=True)), measures)


def _metric(name: str, rows: Sequence[Row]) -> Any:
    for family, (source, measure, kind) in _LATENCIES.items():
        if name == family or name.startswith(f"{family}_"):
            fitting = [row for row in rows if row.source == source and kind in (None, row.names.get("kind"))]
            return _latency(fitting, measure, name.removeprefix(family).removeprefix("_") or "avg")
    if name not in _METRICS:
        size, _, percent = name.rpartition("_p")
        return _percentile([row for row in rows if row.source == "api"], size, percent)
    return _METRICS[name](rows)


def _latency(rows: Sequence[Row], measure: str, statistic: str) -> float | None:
    count = int(_sum(rows, f"{measure}_count"))
    if not count:
        return None
    if statistic == "avg":
        return float(Fraction(_sum(rows, f"{measure}_sum_ns")) / count / 1_000_000)
    found = _percentile(rows, measure, statistic.removeprefix("p"))
    return None if found is None else found / 1e6


def _percentile(rows: Sequence[Row], measure: str, percent: str) -> float | None:
    """By the nearest rank, in ns or bytes; None where nothing was measured."""
    count = int(_sum(rows, f"{measure}_count"))
    rank = ceil(Fraction(percent.replace("_", ".")) / 100 * count)
    for bucket, found in sorted(_buckets(rows, measure).items()):
        rank -= found
        if rank <= 0:
            return 2 * _GAMMA ** (bucket - 1) / (_GAMMA + 1) if bucket else 0.0
    if count:
        raise AssertionError("a sketch holds fewer values than were counted")
    return None


def _buckets(rows: Iterable[Row], measure: str) -> dict[int, int]:
    start, buckets = f"{measure}_bucket_", defaultdict[int, int](int)
    for row in rows:
        for name, value in row.sums.items():
            if name.startswith(start):
                buckets[int(name.removeprefix(start))] += int(value)
    return buckets


def _sum(rows: Iterable[Row], name: str, **names: str) -> int | Fraction:
    return sum(
        (row.measure(name) for row in rows if all(row.names.get(key) == value for key, value in names.items())), 0
    )


def _of(source: str, name: str, **names: str) -> Callable[[Sequence[Row]], int | Fraction]:
    return lambda rows: _sum((row for row in rows if row.source == source), name, **names)


def _answered(rows: Sequence[Row]) -> int | Fraction:
    return _sum((row for row in rows if row.source == "api" and row.names["status"] >= 100), "requests")


def _share(
    part: Callable[[Sequence[Row]], int | Fraction], whole: Callable[[Sequence[Row]], int | Fraction] | None = None
) -> Callable[[Sequence[Row]], float | None]:
    def found(rows: Sequence[Row]) -> float | None:
        requests = (whole or _of("api", "requests"))(rows)
        return float(Fraction(part(rows)) / Fraction(requests)) if requests else None

    return found


def _errors(rows: Sequence[Row]) -> int | Fraction:
    return _sum((row for row in rows if row.source == "api" and row.names["status"] >= 400), "requests")


def _billable(rows: Sequence[Row], *, is_billable: bool) -> int | Fraction:
    """By the default of docs/billing.md: all but what the gateway refused itself."""
    asked = [row for row in rows if row.source == "api"]
    refused = [row for row in asked if row.names["source"] == "kong" and not 100 <= row.names["status"] < 400]
    return _sum((row for row in asked if (row in refused) is not is_billable), "requests")


def _llm_cost(rows: Sequence[Row]) -> int | Fraction | None:
    """None where calls may have cost something, and all of them are unpriced."""
    open_rows = [row for row in rows if row.source == "llm" and row.names["outcome"] in _OPEN]
    calls = _sum(open_rows, "calls") + _sum(open_rows, "answers")
    cost = _of("llm", "cost_computed")(rows)
    return None if calls and calls <= _sum(open_rows, "unpriced_calls") and not cost else cost


def _llm_cost_part(evidence: str) -> Callable[[Sequence[Row]], int | Fraction | None]:
    part = _of("llm", "cost_computed", cost_evidence=evidence)
    return lambda rows: None if _llm_cost(rows) is None else part(rows)


def _llm_cost_reported(rows: Sequence[Row]) -> int | Fraction | None:
    open_rows = [row for row in rows if row.source == "llm" and row.names["outcome"] in _OPEN]
    calls, reported = _sum(open_rows, "calls"), _of("llm", "cost_reported_spend")(rows)
    is_unknown = calls and calls <= _of("llm", "calls_without_reported_cost")(rows) and not reported
    return None if is_unknown else reported


def _llm_calls(rows: Sequence[Row], fits: Callable[[Row], bool]) -> int | Fraction:
    return _of("llm", "calls")([row for row in rows if row.source == "llm" and fits(row)])


def _different(source: str, value: Callable[[Row], Any]) -> Callable[[Sequence[Row]], int]:
    """How many different values the rows have, without those that say nothing."""
    return lambda rows: len({found for row in rows if row.source == source and (found := value(row))})


def _model(row: Row) -> tuple[str, str] | None:
    model = row.names["response_model"] or row.names["request_model"]
    return (row.names["provider"], model) if model else None


def _mcp_sessions(rows: Sequence[Row]) -> int:
    return len(frozenset[int]().union(*(row.sessions for row in rows if row.names.get("kind") == "mcp")))


_METRICS: dict[str, Callable[[Sequence[Row]], Any]] = {
    "request_count": _of("api", "requests"),
    "billable_requests": lambda rows: _billable(rows, is_billable=True),
    "not_billable_requests": lambda rows: _billable(rows, is_billable=False),
    "error_count": _errors,
    "error_rate": _share(_errors, _answered),
    "requests_without_status": lambda rows: _of("api", "requests")(rows) - _answered(rows),
    "request_size_sum": _of("api", "request_bytes"),
    "response_size_sum": _of("api", "response_bytes"),
    "request_size_avg": _share(_of("api", "request_bytes")),
    "response_size_avg": _share(_of("api", "response_bytes")),
    **{
        name: _of("llm", name)
        for name in (
            *("prompt_tokens", "completion_tokens", "total_tokens", "embeddings_tokens", *UNIT_NAMES),
            *("unpriced_calls", "calls_without_reported_cost", "cost_savings"),
        )
    },
    "requests_without_request_size": lambda _rows: 0,
    "requests_without_response_size": lambda _rows: 0,
    "requests_without_request_size_sketch": lambda _rows: 0,
    "requests_without_response_size_sketch": lambda _rows: 0,
    "llm_calls": _of("llm", "calls"),
    "llm_cost": _llm_cost,
    "llm_cost_evidence_computed": _llm_cost_part("computed"),
    "llm_cost_evidence_estimated": _llm_cost_part("estimated"),
    "llm_cost_evidence_reported": _llm_cost_reported,
    "llm_error_count": lambda rows: _llm_calls(rows, lambda row: row.names["client_status"] >= 400),
    "llm_calls_without_status": lambda rows: _llm_calls(rows, lambda row: row.names["client_status"] < 100),
    "llm_error_rate": _share(
        lambda rows: _llm_calls(rows, lambda row: row.names["client_status"] >= 400),
        lambda rows: _llm_calls(rows, lambda row: row.names["client_status"] >= 100),
    ),
    "cache_hits": lambda rows: _llm_calls(rows, lambda row: row.names["cache_status"] == "hit"),
    "calls_without_cache": lambda rows: _llm_calls(rows, lambda row: not row.names["cache_status"]),
    "cache_hit_rate": _share(
        lambda rows: _llm_calls(rows, lambda row: row.names["cache_status"] == "hit"),
        lambda rows: _llm_calls(rows, lambda row: bool(row.names["cache_status"])),
    ),
    "active_consumers": _different("api", lambda row: row.names["consumer_id"]),
    "active_services": _different("api", lambda row: row.dimension("service")),
    "active_routes": _different(
        "api", lambda row: row.dimension("route") and (row.dimension("service"), row.dimension("route"))
    ),
    "active_workspaces": _different("api", lambda row: row.names["workspace"]),
    "active_providers": _different("llm", lambda row: row.names["provider"]),
    "active_models": _different("llm", _model),
    "active_tools": _different("agentic", lambda row: row.names["kind"] == "mcp" and row.names["tool"]),
    "mcp_calls_without_response_size": lambda _rows: 0,
    "a2a_calls_without_response_size": lambda _rows: 0,
    "mcp_calls": _of("agentic", "calls", kind="mcp"),
    "mcp_errors": _of("agentic", "errors", kind="mcp"),
    "mcp_response_size_sum": _of("agentic", "response_bytes", kind="mcp"),
    "mcp_sessions": _mcp_sessions,
    "a2a_calls": _of("agentic", "calls", kind="a2a"),
    "a2a_errors": _of("agentic", "errors", kind="a2a"),
    "a2a_response_size_sum": _of("agentic", "response_bytes", kind="a2a"),
}

KNOWN_METRICS = (
    *_METRICS,
    *(f"{name}_{statistic}" for name in _LATENCIES for statistic in ("avg", "p50", "p90", "p99", "p99_9")),
    *(f"{name}_{statistic}" for name in _SIZES for statistic in ("p50", "p95", "p99", "p0_1")),
)
"""Every metric that the oracle can tell."""
