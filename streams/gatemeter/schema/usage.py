"""The tables of usage per hour: API requests, calls to models, calls of agents, stream sessions.

The monthly request counters are derived from the API requests. Calls of agents go to tools over MCP and to other
agents over A2A. Stream sessions (TCP, TLS, UDP) are metered apart from API requests.
"""

from gatemeter.schema.table import (
    ADDED_CALLER,
    CALLER,
    LINEAGE,
    MONEY,
    Column,
    Table,
    exact_sums,
    latency_columns,
    size_columns,
    texts,
)
from gatemeter.schema.units import UNIT_NAMES

LATENCIES = ("request", "upstream", "gateway")
"""The measured latencies: client to client, waiting for the upstream, spent in the gateway."""

SIZES = ("request", "response")
"""Whose bytes are summed and sketched: `request_bytes` and `request_size_count` are of one size."""

STATUS_UNKNOWN = -1
"""Stored where an event gives no status: neither a success nor a failure, and never 0."""

OTHER_NAMES = "(other)"
"""Stored in place of names that a client can choose, where it chose more than an hour has room for."""

SIZE_KINDS = ("request_bytes_kind", "response_bytes_kind")
"""What the bytes of a row are (`events.size_kind`): bytes of a body and bytes on the wire are in different rows."""

API_USAGE_DIMENSIONS = (*CALLER, *texts("method"), Column("status", "Int64"), *texts("source", *SIZE_KINDS))

API_USAGE = Table(
    name="api_usage_hourly",
    dimensions=API_USAGE_DIMENSIONS,
    added_dimensions=(*ADDED_CALLER, *SIZE_KINDS),
    lineage=LINEAGE,
    measures=(
        Column("requests", "Int64"),
        *exact_sums("request_bytes", "response_bytes"),
        *latency_columns(*LATENCIES),
        *size_columns(*SIZES),
    ),
)
"""Requests per hour and everything they are asked by; an absent text is '', an unknown status is `STATUS_UNKNOWN`.

The `_size_count` of a row is 0 where its events tell no size, and in epochs that a ruleset version below 9 counted,
which kept sums alone. Elsewhere it is `requests`."""

MONTHLY_REQUESTS = Table(
    name="monthly_requests",
    dimensions=(Column("month", "Date"), *texts("workspace", "source")),
    lineage=LINEAGE,
    measures=(Column("requests", "Int64"),),
)
"""The license counters: requests per calendar month (UTC, by the event's own time)."""


LLM_LATENCIES = ("llm", "time_per_token", "time_to_first_token", "embeddings", "cache_fetch")

LLM_SUMS = (
    "calls",
    "answers",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    *UNIT_NAMES,
    "embeddings_tokens",
    "calls_without_reported_cost",
)
"""Prompt, completion and total tokens are as logged; the units are disjoint, so that nothing is priced twice.
`answers` are events that only complete a call which another event counts."""

LLM_AMOUNTS = ("cost_reported", "cost_reported_spend", "cost_savings_reported")
"""What the log says, and what of it was spent or saved by a cache."""

LLM_USAGE = Table(
    name="llm_usage_hourly",
    dimensions=(
        *CALLER,
        *texts(
            "plugin_name",
            "plugin_id",
            "provider",
            "request_model",
            "response_model",
            "cache_status",
            "outcome",
            "embeddings_provider",
            "embeddings_model",
            "service_tier",
        ),
        Column("context_above_tokens", "UInt32"),
        *texts("tokens_evidence", "embeddings_evidence", "token_classes", "modifiers", "unknown_units"),
        *texts("counting_rule", "cost_reported_currency"),
        *(Column(name, "Int64") for name in ("client_status", "provider_status")),
    ),
    added_dimensions=(
        *("modifiers", "unknown_units", "counting_rule", "cost_reported_currency", "client_status", "provider_status"),
        *ADDED_CALLER,
    ),
    lineage=LINEAGE,
    measures=(
        *exact_sums(*LLM_SUMS),
        *latency_columns(*LLM_LATENCIES),
        *(Column(name, MONEY) for name in LLM_AMOUNTS),
        *(Column(name, MONEY) for name in ("cost_computed", "embeddings_cost", "cost_savings")),
        Column("unpriced_calls", "Int64"),
        *texts("cost_evidence", "price_version", "cost_currency", "cost_gaps"),
    ),
)
"""Everything a price can depend on is part of the key, so the costs of a row follow from its sums: the columns after
`LLM_AMOUNTS` are a pure function of the others and of the price book that `price_version` names.

`token_classes` are the names of the units that its calls have counts of, joined by commas. `modifiers` are what else
decides about prices (`llm.modifiers`), `unknown_units` the names of what the usage object counts and no rule of ours
knows. `counting_rule` names the rule by which tokens were divided, the statuses are `STATUS_UNKNOWN` where not known,
and `cost_reported_currency` is '' where the log does not name it. `cost_gaps` says what is missing for a cost to be
`computed`."""


AGENTIC_USAGE = Table(
    name="agentic_usage_hourly",
    dimensions=(*CALLER, *texts("kind", "method", "tool", "task_state", "error", "response_bytes_kind")),
    added_dimensions=(*ADDED_CALLER, "response_bytes_kind"),
    lineage=LINEAGE,
    measures=(
        Column("calls", "Int64"),
        *exact_sums("errors", "response_bytes"),
        *latency_columns("call"),
        Column("session_hashes", "Array(UInt64)"),
    ),
)
"""One call is one entry of `ai.mcp.rpc` or `ai.a2a.rpc`. Of a session only a hash is kept, to count distinct ones,
of an error its class and code."""


STREAM_SESSIONS = Table(
    name="stream_sessions_hourly",
    dimensions=(*CALLER, Column("status", "Int64")),
    added_dimensions=ADDED_CALLER,
    lineage=LINEAGE,
    measures=(
        Column("sessions", "Int64"),
        *exact_sums("received_bytes", "sent_bytes", "upstream_received_bytes", "upstream_sent_bytes"),
        *latency_columns("session", "gateway"),
    ),
)
"""`received_bytes` and `sent_bytes` are the client's side as the gateway sees it, `status` is nginx's for streams."""
