"""What the questions of docs/sql.md tell, in the words of the query engine, whose oracle counts in plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatemeter.metrics.filters import Filter, Operator
from gatemeter.reports.period import Period

MCP, A2A = Filter("kind", Operator.IN, ("mcp",)), Filter("kind", Operator.IN, ("a2a",))


@dataclass(frozen=True, slots=True)
class Told:
    """Which dimension, period or metric of the query engine each column tells; `rel` is how far it may be off."""

    columns: Mapping[str, str]
    filters: Sequence[Filter] = ()
    limit: int | None = None
    rel: float = 1e-9
    period: Period = Period.DAY


TOLD = {
    "What is the month's bill of each consumer?": Told(
        {
            "consumer_id": "consumer",
            "billable_requests": "billable_requests",
            "not_billable_requests": "not_billable_requests",
            "response_bytes": "response_size_sum",
        }
    ),
    "Who makes most of the requests?": Told({"consumer_id": "consumer", "total": "request_count"}, limit=10),
    "How many requests were there each day?": Told({"day": "period", "total": "request_count"}),
    "Which share of requests fails, by consumer and day?": Told(
        {"day": "period", "consumer_id": "consumer", "error_share": "error_rate"}
    ),
    "Which errors does each route answer with?": Told(
        {"route": "route", "status": "status", "total": "request_count"},
        [Filter("status_class", Operator.IN, ("4xx", "5xx"))],
    ),
    "What does the gateway answer by itself?": Told(
        {"source": "source", "status_class": "status_class", "total": "request_count"}
    ),
    "Which services are called without a consumer?": Told(
        {"service": "service", "total": "request_count"}, [Filter("consumer", Operator.IN, ("anonymous",))]
    ),
    "How many bytes went to each consumer?": Told(
        {
            "consumer_id": "consumer",
            "total_bytes": "response_size_sum",
            "requests_without_bytes": "requests_without_response_size",
        }
    ),
    "How large are the answers of each service?": Told(
        {"service": "service", "p50": "response_size_p50", "p99": "response_size_p99"}
    ),
    "What does the license count?": Told({"workspace": "workspace", "total": "request_count"}),
    "Which routes are slowest?": Told({"route": "route", "p99_ms": "latency_request_p99"}, limit=5),
    "What are the percentiles of each service?": Told(
        {"service": "service", **{f"p{each}_ms": f"latency_upstream_p{each}" for each in (50, 90, 99)}}
    ),
    "How does the p90 of the gateway go from day to day?": Told({"day": "period", "p90_ms": "latency_gateway_p90"}),
    "How long did one consumer wait, by day and route?": Told(
        {
            "day": "period",
            "service": "service",
            "route": "route",
            "count": "request_count",
            **{f"p{each}_ms": f"latency_request_p{each}" for each in (50, 90, 99)},
        },
        [Filter("consumer", Operator.IN, ("anonymous",))],
        rel=0.0101,  # kept inside of the exact minimum and maximum
    ),
    "In which hours was each model slow for one consumer?": Told(
        {
            "hour": "period",
            "provider": "provider",
            "response_model": "response_model",
            **{f"p{each}_ms": f"llm_latency_p{each}" for each in (50, 95, 99)},
        },
        [Filter("consumer", Operator.IN, ("anonymous",))],
        rel=0.0101,
        period=Period.HOUR,
    ),
    "What is the mean latency, and which part of it is the gateway's?": Told(
        {"service": "service", "request_ms": "latency_request_avg", "gateway_ms": "latency_gateway_avg"}
    ),
    "How many tokens went through each provider and model?": Told(
        {
            "provider": "provider",
            "response_model": "response_model",
            "all_calls": "llm_calls",
            "prompts": "prompt_tokens",
            "completions": "completion_tokens",
            "total": "total_tokens",
        }
    ),
    "What does each team pay for each model?": Told(
        {
            "team": "team",
            "response_model": "response_model",
            "total_cost": "llm_cost",
            "unpriced": "unpriced_calls",
        }
    ),
    "Which models have no price?": Told(
        {"provider": "provider", "response_model": "response_model", "unpriced": "unpriced_calls"}
    ),
    "What does each consumer spend on models each day?": Told(
        {"day": "period", "consumer_id": "consumer", "total_cost": "llm_cost"}
    ),
    "What did caches of answers save?": Told({"provider": "provider", "saved": "cost_savings"}),
    "How fast does each provider answer?": Told({"provider": "provider", "p90_ms": "llm_latency_p90"}),
    "Which tools fail?": Told({"tool": "tool", "all_calls": "mcp_calls", "failed": "mcp_errors"}, [MCP]),
    "With which errors?": Told(
        {"tool": "tool", "error": "error", "failed": "mcp_errors"}, [MCP, Filter("error", Operator.NOT_EMPTY, ())]
    ),
    "How many sessions of agents had each consumer?": Told(
        {"consumer_id": "consumer", "sessions": "mcp_sessions"}, [MCP]
    ),
    "How do tasks of other agents end?": Told(
        {"task_state": "task_state", "all_calls": "a2a_calls", "total_bytes": "a2a_response_size_sum"}, [A2A]
    ),
}
DIMENSIONS = {"period", "consumer", "service", "route", "workspace", "team", "status", "status_class", "source"} | {
    *("provider", "response_model", "tool", "error", "task_state"),
}
"""Columns that say of which group a row is; all others are numbers."""
